import type { TranslationBundle } from '@jupyterlab/translation';

import { changedLines } from '../change';
import type { Action, Fix } from '../protocol';
import { planSentences, reruns, verdictSentence } from '../sentences';

/** Puts arguments in, translates nothing. */
const trans = {
  __: (text: string, ...args: unknown[]) =>
    text.replace(/%(\d)/g, (_, index) => String(args[Number(index) - 1]))
} as unknown as TranslationBundle;

function fix(...actions: Action[]): Fix {
  return { id: 'f', title: 'a fix', actions };
}

const plan = (...actions: Action[]) =>
  planSentences(fix(...actions), 'c', id => `[${id}]`, trans).filter(Boolean);

describe('verdictSentence', () => {
  it('never says more than is true', () => {
    expect(verdictSentence(undefined, trans)).toBe('Not checked yet');
    expect(verdictSentence({ status: 'not_tried' }, trans)).toBe(
      'Not checked yet'
    );
    expect(
      verdictSentence({ status: 'not_tried', reason: 'no fork here' }, trans)
    ).toBe('Not checked: no fork here');
    expect(
      verdictSentence(
        { status: 'not_tried', reason: 'Not checked: so.' },
        trans
      )
    ).toBe('Not checked: so.');
    expect(verdictSentence({ status: 'passed', seconds: 0.41 }, trans)).toBe(
      'Checked: ran in a copy of your kernel in 0.4 s'
    );
    expect(verdictSentence({ status: 'failed' }, trans)).toContain('failed');
  });
});

describe('reruns', () => {
  it('looks at the last step', () => {
    const edit: Action = { kind: 'replace_cell', new_source: '' };
    expect(reruns(fix(edit))).toBe(false);
    expect(reruns(fix(edit, { kind: 'run_cells' }))).toBe(true);
    expect(reruns(fix(edit, { kind: 'run_from', line: 2 }))).toBe(true);
    expect(reruns(fix())).toBe(false);
  });
});

describe('planSentences', () => {
  it('says what will be installed and run', () => {
    expect(
      plan({ kind: 'install', requirement: 'six' }, { kind: 'run_cells' })
    ).toEqual([
      "Installs six into this kernel's environment.",
      'Runs this cell again.'
    ]);
    expect(plan({ kind: 'run_cells', cell_ids: ['a', 'b', 'c'] })).toEqual([
      'Runs [a], [b], then this cell again.'
    ]);
    expect(plan({ kind: 'run_cells', cell_ids: ['a'] })).toEqual(['Runs [a].']);
  });
});

describe('changedLines', () => {
  it('finds the lines between the common head and tail', () => {
    expect(changedLines('a\nb\nc', 'a\nB\nB2\nc')).toEqual({
      line: 2,
      removed: ['b'],
      added: ['B', 'B2']
    });
    expect(changedLines('', 'x')).toEqual({
      line: 1,
      removed: [''],
      added: ['x']
    });
    expect(changedLines('a\na', 'a\na\na').added).toEqual(['a']);
  });
});
