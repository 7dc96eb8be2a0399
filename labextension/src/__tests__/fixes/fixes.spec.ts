import {
  BEING_CHECKED,
  correctedText,
  isBeingChecked,
  textOnly
} from '../../fixes/fixes';
import { DiagnosisModel } from '../../errors/model';
import type {
  Action,
  Diagnosis,
  DiagnosisRequest,
  Fix,
  Verdict
} from '../../protocol';
import type { DiagnosisEvent } from '../../tokens';

const REQUEST: DiagnosisRequest = {
  kernel_id: 'k',
  cell: { id: 'c', source: 'pritn()' },
  error: { name: 'NameError', value: 'pritn' }
};

function fix(id: string, status?: Verdict['status'], reason = ''): Fix {
  return { id, title: id, actions: [], verdict: { status, reason } };
}

function diagnosis(...fixes: Fix[]): Diagnosis {
  return { id: 'd', headline: 'pritn is not defined.', kind: 'k', fixes };
}

const waiting = (id: string) => fix(id, 'not_tried', BEING_CHECKED);

/** A stream whose next event is taken when `send` is called. */
function start() {
  const model = new DiagnosisModel({ cellId: 'c', error: REQUEST.error });
  const queue: (DiagnosisEvent | null)[] = [];
  let wake = () => undefined as void;
  async function* diagnose() {
    for (;;) {
      while (!queue.length) {
        await new Promise<void>(resolve => (wake = resolve));
      }
      const event = queue.shift();
      if (!event) {
        return;
      }
      yield event;
    }
  }
  const ended = model.diagnose({ diagnose }, REQUEST);
  const send = async (event: DiagnosisEvent | null) => {
    queue.push(event);
    wake();
    await new Promise(resolve => setTimeout(resolve));
  };
  return { ended, model, send };
}

const ids = (model: DiagnosisModel) =>
  model.diagnosis?.fixes?.map(({ id }) => id);

describe('what a plan writes', () => {
  const edit: Action = { kind: 'replace_cell', new_source: 'print()' };
  const other: Action = { ...edit, cell_id: 'a', new_source: 'x = 1' };
  const insert: Action = { kind: 'insert_cell', new_source: 'import six' };
  const run: Action = { kind: 'run_cells' };
  const plan = (...actions: Action[]) => ({ ...fix('f'), actions });

  it('is taken from it, where there is more in it', () => {
    expect(textOnly(plan(insert, edit, run))?.actions).toEqual([insert, edit]);
    expect(textOnly(plan(edit))).toBeNull();
    expect(textOnly(plan(run))).toBeNull();
  });

  it("is the failing cell's text, whatever else it writes", () => {
    expect(correctedText(plan(other, edit, insert, run), 'c')).toBe('print()');
    expect(correctedText(plan(other), 'a')).toBe('x = 1');
    expect(correctedText(plan(other, insert), 'c')).toBeNull();
    expect(correctedText(plan({ kind: 'replace_cell' }), 'c')).toBeNull();
  });
});

describe('fixes with verdicts', () => {
  it('are updated in their own place, and appended where they are new', async () => {
    const { model, send } = start();
    await send({
      event: 'findings',
      data: diagnosis(waiting('a'), waiting('b'))
    });
    await send({ event: 'fix', data: fix('a', 'failed', 'so') });
    await send({ event: 'fix', data: fix('x', 'passed') });
    await send({ event: 'fix', data: fix('b', 'passed') });
    expect(ids(model)).toEqual(['a', 'b', 'x']);
    expect(model.diagnosis?.fixes?.map(one => one.verdict?.status)).toEqual([
      'failed',
      'passed',
      'passed'
    ]);
    // Nothing jumps before the end.
    expect(model.fix?.id).toBe('a');
  });

  it.each([
    ['the first, where one passed', 'b', ['not_tried', 'passed']],
    ['the first, where the one on show failed', 'b', ['failed', 'not_tried']],
    ['the one on show, where none passed', 'a', ['not_tried', 'not_tried']]
  ] as const)('end with %s', async (_, shown, [a, b]) => {
    const { model, send } = start();
    await send({ event: 'findings', data: diagnosis(fix('a'), fix('b')) });
    const data = diagnosis(fix('b', b), fix('a', a));
    await send({ event: 'diagnosis', data });
    expect(ids(model)).toEqual(['b', 'a']);
    expect(model.fix?.id).toBe(shown);
  });

  it('end with the one that the person chose', async () => {
    const { model, send } = start();
    await send({ event: 'findings', data: diagnosis(fix('a'), fix('b')) });
    model.select('b');
    await send({
      event: 'diagnosis',
      data: diagnosis(fix('a', 'passed'), fix('b', 'failed'))
    });
    expect(model.fix?.id).toBe('b');
  });

  it('leave alone what the person has clicked', async () => {
    const { model, send } = start();
    await send({ event: 'findings', data: diagnosis(waiting('a'), fix('b')) });
    model.setApplying();
    await send({
      event: 'diagnosis',
      data: diagnosis(fix('b', 'passed'), fix('a', 'failed'))
    });
    expect(model.fix?.id).toBe('a');
    expect(model.state).toBe('applying');
  });

  it('are being checked only as long as the stream lasts', async () => {
    const { ended, model, send } = start();
    await send({ event: 'findings', data: diagnosis(waiting('a'), fix('b')) });
    const checked = () =>
      model.diagnosis?.fixes?.map(one => isBeingChecked(one, model));
    expect(checked()).toEqual([true, false]);
    model.stop();
    expect(checked()).toEqual([false, false]);
    await send(null);
    await ended;
  });
});
