import type { TranslationBundle } from '@jupyterlab/translation';

import { changedLines } from '../fixes/change';
import { BEING_CHECKED, reruns } from '../fixes/fixes';
import { planSentences, restartedSentence } from '../fixes/plan';
import type { Action, Cell, Fix, Verdict } from '../protocol';
import { applyLabel, stateLabel, verdictSentence } from '../sentences';
import type { ErrorState } from '../errors/state';

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
    expect(
      verdictSentence({ status: 'failed', reason: 'ValueError: 3' }, trans)
    ).toBe('Checked: failed in a copy of your kernel: ValueError: 3');
    expect(verdictSentence({ status: 'failed' }, trans)).toBe(
      'Checked: failed in a copy of your kernel'
    );
  });

  it('leaves out times that are nothing', () => {
    const said = (seconds: number | null) =>
      verdictSentence({ status: 'passed', seconds }, trans);
    const ran = 'Checked: ran in a copy of your kernel';
    expect(said(0.05)).toBe(`${ran} in 0.1 s`);
    expect(said(0.049)).toBe(ran);
    expect(said(0)).toBe(ran);
    expect(said(null)).toBe(ran);
  });

  it('goes on with what is to be known of a fix that passed', () => {
    const reason = 'it downgrades numpy 2.4.6 → 1.26.4';
    expect(
      verdictSentence({ status: 'passed', seconds: 0.41, reason }, trans)
    ).toBe(
      'Checked: ran in a copy of your kernel in 0.4 s; it downgrades numpy 2.4.6 → 1.26.4'
    );
    expect(verdictSentence({ status: 'passed', reason }, trans)).toBe(
      'Checked: ran in a copy of your kernel; it downgrades numpy 2.4.6 → 1.26.4'
    );
  });

  it('says that a fix is being checked only while it is', () => {
    const verdict: Verdict = { status: 'not_tried', reason: BEING_CHECKED };
    expect(verdictSentence(verdict, trans, true)).toBe('Being checked…');
    expect(verdictSentence(verdict, trans)).toBe('Not checked yet');
  });
});

describe('applyLabel', () => {
  const run: Action = { kind: 'run_cells' };
  const edit: Action = { kind: 'replace_cell', new_source: '' };
  const install: Action = { kind: 'install', requirement: 'six' };
  const label = (
    verdict: Verdict | undefined,
    actions: Action[] = [edit, run],
    state = 'ready',
    checked = false
  ) => {
    const model = { state, checking: '', wasChecked: () => checked };
    const one = { ...fix(...actions), verdict };
    return applyLabel(one, model as unknown as ErrorState, trans);
  };
  const waiting: Verdict = { status: 'not_tried', reason: BEING_CHECKED };
  const clickable: Verdict = { status: 'not_tried', can_check: true };

  it.each<[string, string, Verdict | undefined, Action[]?, string?, boolean?]>([
    ['Fix it', 'passed', { status: 'passed' }],
    ['Apply', 'passed, but runs nothing', { status: 'passed' }, [edit]],
    ['Apply anyway', 'failed', { status: 'failed' }],
    ['Apply', 'without a verdict', undefined],
    ['Apply', 'not tried', { status: 'not_tried', reason: 'no confinement' }],
    ['Apply', 'not tried, and can be checked', clickable],
    ['Fix it', 'being checked', waiting, undefined, 'working'],
    ['Apply', 'no longer being checked', waiting],
    ['Fix it', 'an install that can be checked', clickable, [install, run]],
    ['Apply', 'an install that cannot', undefined, [install, run]],
    [
      'Apply',
      'an install whose check did not tell',
      clickable,
      [install, run],
      'ready',
      true
    ]
  ])('says "%s" where the fix is %s', (said, _, verdict, ...rest) => {
    expect(label(verdict, ...rest)).toBe(said);
  });
});

describe('stateLabel', () => {
  it('says whether the fix on show was checked', () => {
    const label = (verdict?: Verdict, state = 'ready', checking = '') =>
      stateLabel(
        { state, checking, fix: { ...fix(), verdict } } as ErrorState,
        trans
      );
    expect(label()).toBe('Fix available');
    expect(label({ status: 'failed' })).toBe('Fix available');
    expect(label({ status: 'passed' })).toBe('Fix checked');
    expect(label({}, 'working')).toBe('Working');
    expect(label({}, 'working', 'f')).toBe('Checking');
    const applied = { restartNeeded: true };
    expect(stateLabel({ state: 'applied', applied } as ErrorState, trans)).toBe(
      'Restart needed'
    );
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

describe('restartedSentence', () => {
  const cells: Cell[] = [
    { id: 'text', kind: 'markdown', source: '' },
    { id: 'a', source: '', execution_count: 1 },
    { id: 'b', source: '', execution_count: null },
    { id: 'c', source: '', execution_count: 3 },
    { id: 'd', source: '', execution_count: 2 }
  ];
  const said = (some: Cell[], one: Fix | null = null) =>
    restartedSentence(one, 'c', some, id => `[${id}]`, trans);
  const gone = 'The kernel was restarted, and its variables are gone.';

  it('names what was run above', () => {
    expect(said(cells)).toBe(
      `${gone} Run the cells above again, then this cell.`
    );
    expect(said(cells.filter(({ id }) => id !== 'a'))).toBe(
      `${gone} Run this cell again.`
    );
    expect(said([])).toBe(`${gone} Run this cell again.`);
  });

  it('names what else the plan runs', () => {
    const run: Action = { kind: 'run_cells', cell_ids: ['a', 'd', 'c'] };
    expect(said(cells, fix(run))).toBe(
      `${gone} Run the cells above, [d] again, then this cell.`
    );
    expect(
      said(
        cells.slice(2),
        fix({ kind: 'run_cells', cell_ids: ['b'] }, { kind: 'run_cells' })
      )
    ).toBe(`${gone} Run [b] again, then this cell.`);
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
