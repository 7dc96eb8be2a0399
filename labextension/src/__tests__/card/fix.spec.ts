import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { ICardContext } from '../../card/card';
import { FixView } from '../../card/fix';
import { DiagnosisModel } from '../../errors/model';
import type { Fix, Verdict } from '../../protocol';

const trans = {
  __: (text: string, ...args: unknown[]) =>
    text.replace(/%(\d)/g, (_, index) => String(args[Number(index) - 1])),
  _n: (text: string) => text
} as unknown as TranslationBundle;

const FIX: Fix = {
  id: 'f',
  title: 'print',
  actions: [{ kind: 'run_cells', cell_ids: [] }]
};

async function view(verdict: Verdict, hasKernel = true) {
  const model = new DiagnosisModel({
    cellId: 'c',
    error: { name: 'NameError', value: '' }
  });
  const data = { id: 'd', headline: '', fixes: [{ ...FIX, verdict }] };
  await model.diagnose(
    {
      async *diagnose() {
        yield { event: 'diagnosis', data };
      }
    },
    { kernel_id: 'k', cell: { source: '' }, error: model.error }
  );
  const check = jest.fn();
  const restart = jest.fn();
  const rung = () => 'solution';
  const place = {
    check,
    editable: true,
    hasKernel,
    label: String,
    restart,
    rung
  };
  const widget = new FixView({
    model,
    place,
    trans
  } as unknown as ICardContext);
  model.changed.connect(() => widget.render());
  Widget.attach(widget, document.body);
  widget.render();
  const find = (name: string) =>
    widget.node.querySelector<HTMLElement>(`.jp-nbdoctor-${name}`)!;
  return { check, find, model, restart };
}

describe('FixView', () => {
  it('shows the output of a check as text, and only where there is some', async () => {
    const { find, model } = await view({
      status: 'failed',
      reason: 'so',
      output: '<b>3</b>'
    });
    expect(find('check-output').hidden).toBe(false);
    expect(find('printed').textContent).toBe('<b>3</b>');
    expect(find('printed').children).toHaveLength(0);
    expect(find('mark').textContent).toBe('✗');
    expect(find('verdict').dataset.status).toBe('failed');
    model.takeFix({ ...FIX, verdict: { status: 'passed' } });
    expect(find('check-output').hidden).toBe(true);
    expect(find('mark').textContent).toBe('✓');
  });

  it('offers to check what can be checked', async () => {
    const can: Verdict = { status: 'not_tried', can_check: true };
    expect((await view(can)).find('check').hidden).toBe(false);
    expect((await view(can, false)).find('check').hidden).toBe(true);
    expect((await view({ status: 'not_tried' })).find('check').hidden).toBe(
      true
    );
  });

  it('keeps the focus while it checks, and hands it on', async () => {
    const { check, find, model } = await view({ can_check: true });
    find('check').focus();
    find('check').click();
    expect(check).toHaveBeenCalled();
    await model.follow(
      async function* () {
        yield 1;
      },
      () => {
        expect(find('check').hidden).toBe(false);
        expect(find('check').getAttribute('aria-disabled')).toBe('true');
        expect(find('verdict').textContent).toBe('Being checked…');
        expect(document.activeElement).toBe(find('check'));
        model.takeFix({ ...FIX, verdict: { status: 'passed' } });
      },
      'f'
    );
    expect(find('check').hidden).toBe(true);
    expect(find('fix').textContent).toBe('Fix it');
    expect(document.activeElement).toBe(find('fix'));
  });

  it('offers a restart where one is needed, and hands the focus to it', async () => {
    const { find, model, restart } = await view({ status: 'passed' });
    expect(find('restart').hidden).toBe(true);
    find('fix').focus();
    model.setApplying();
    const applied = {
      ok: true,
      failedAt: null,
      edits: [],
      inserted: [],
      reran: false,
      installSentence: '',
      restartNeeded: true
    };
    model.setApplied(applied, 'Restart.');
    expect(find('fix').hidden).toBe(true);
    expect(find('restart').hidden).toBe(false);
    expect(find('restart').textContent).toBe('Restart kernel');
    expect(document.activeElement).toBe(find('restart'));
    find('restart').click();
    expect(restart).toHaveBeenCalledWith(model);
    model.setRestarted('Run this cell again.');
    expect(find('restart').hidden).toBe(true);
    expect(find('said').textContent).toBe('Run this cell again.');
  });

  it('shows what is to be known of a fix that passed', async () => {
    const { find } = await view({
      status: 'passed',
      seconds: 0.01,
      reason: 'it downgrades numpy 2.4.6 → 1.26.4'
    });
    expect(find('verdict').textContent).toBe(
      'Checked: ran in a copy of your kernel; it downgrades numpy 2.4.6 → 1.26.4'
    );
    expect(find('mark').textContent).toBe('✓');
  });
});
