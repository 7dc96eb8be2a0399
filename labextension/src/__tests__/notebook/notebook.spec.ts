import { Clipboard } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import type { KernelError, NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { NotebookPlace } from '../../notebook/notebook';
import type { Correction } from '../../protocol';
import { RequestError } from '../../server/request';
import { DIAGNOSIS, FIX, SOURCE, STATUS } from '../card/kit';

// Nothing is run here, and their modules are many.
jest.mock('@jupyterlab/apputils', () => ({
  Clipboard: { copyToSystem: jest.fn() }
}));
jest.mock('@jupyterlab/notebook', () => ({}));
jest.mock('@jupyterlab/outputarea', () => ({}));

const tick = () => new Promise(resolve => setTimeout(resolve));

/** A notebook of one cell that has just failed and been diagnosed. */
async function bench({ hints = false, keeps = true } = {}) {
  const kept: Correction[] = [];
  const text = { source: SOURCE };
  const cell = {
    model: {
      id: 'c',
      type: 'code',
      executionCount: 1,
      getMetadata: () => undefined,
      sharedModel: {
        getSource: () => text.source,
        updateSource: (start: number, end: number, value = '') => {
          text.source = value;
        },
        undo: () => undefined
      }
    }
  };
  const content = {
    activeCellIndex: 0,
    model: { getMetadata: () => undefined },
    modelContentChanged: new Signal({}),
    widgets: [cell]
  };
  const kernel = { id: 'k', reconnect: jest.fn(async () => undefined) };
  const session = { kernel };
  const sessionContext = {
    connectionStatusChanged: new Signal({}),
    kernelChanged: new Signal({}),
    session,
    statusChanged: new Signal({ session })
  };
  const panel = { content, node: document.body, sessionContext };
  const doctor = {
    auto: 'server' as const,
    hints: jest.fn(() => hints),
    memory: {
      keep: async (correction: Correction) => {
        kept.push(correction);
        return keeps;
      }
    },
    server: { load: async () => STATUS }
  };
  async function* diagnose() {
    yield { event: 'diagnosis' as const, data: DIAGNOSIS };
  }
  const explain = jest.fn(async function* () {
    yield { event: 'diagnosis' as const, data: DIAGNOSIS };
  });
  const notebook = new NotebookPlace({
    client: { diagnose, explain, find: async () => 'connection' } as never,
    doctor: doctor as never,
    muted: new Set(),
    panel: panel as unknown as NotebookPanel,
    translator: nullTranslator
  });
  const failed = cell as unknown as CodeCell;
  notebook.intake.onError(failed, {
    errorName: 'NameError',
    errorValue: "name 'revenu' is not defined",
    traceback: []
  } as unknown as KernelError);
  await tick();
  const model = notebook.errors.get('c')!;
  return { cell: failed, doctor, explain, kept, model, notebook, panel, text };
}

const outcomes = (kept: Correction[]) => kept.map(({ outcome }) => outcome);

describe('NotebookPlace', () => {
  it('says how much is shown: all of it, or what was asked for', async () => {
    const { doctor, model, notebook, panel } = await bench();
    expect(notebook.rung(model)).toBe('solution');
    expect(doctor.hints).toHaveBeenCalledWith(panel);
    const learner = await bench({ hints: true });
    expect(learner.notebook.rung(learner.model)).toBe('hint');
    learner.model.show('explanation');
    expect(learner.notebook.rung(learner.model)).toBe('explanation');
  });

  it('keeps what the person made of a fix that was applied, and nothing of others', async () => {
    const { cell, kept, model, notebook, text } = await bench();
    await notebook.applyText(model);
    expect(text.source).toBe('print(revenue)');
    expect(outcomes(kept)).toEqual(['accepted']);
    text.source = 'print(total)';
    notebook.intake.onScheduled(cell);
    expect(outcomes(kept)).toEqual(['accepted', 'edited']);
    expect(kept[1].after).toBe('print(total)');
    expect(notebook.errors.get('c')).toBeNull();
    notebook.intake.onScheduled(cell);
    expect(kept).toHaveLength(2);
  });

  it('keeps that a fix was taken back', async () => {
    const { kept, model, notebook, text } = await bench();
    await notebook.applyText(model);
    notebook.undo(model);
    expect(text.source).toBe(SOURCE);
    expect(outcomes(kept)).toEqual(['accepted', 'undone']);
  });

  it('keeps nothing of what was put away', async () => {
    const { cell, kept, model, notebook, text } = await bench();
    notebook.mute(model);
    text.source = 'print(total)';
    notebook.intake.onScheduled(cell);
    expect(kept).toEqual([]);
  });

  it('thanks for an answer, and says where it could not be kept', async () => {
    const { kept, model, notebook } = await bench();
    await notebook.judge(model, false, 'total');
    expect(kept[0]).toMatchObject({ outcome: 'rejected', comment: 'total' });
    expect(model.judged).toBe(true);
    expect(model.notice).toBe('Thank you. It is kept on this machine.');
    const full = await bench({ keeps: false });
    await full.notebook.judge(full.model, true);
    expect(full.model.notice).toContain('could not be kept');
  });

  it('explains the death of its kernel, and leaves what the server does not know to Jupyter', async () => {
    const { cell, explain, notebook, panel } = await bench();
    const { sessionContext } = panel;
    const dies = async () => {
      notebook.intake.onScheduled(cell);
      sessionContext.statusChanged.emit('restarting' as never);
      sessionContext.statusChanged.emit('autorestarting' as never);
      await tick();
    };
    await dies();
    expect(notebook.errors.get('c')!.state).toBe('ready');
    explain.mockImplementationOnce(() => {
      throw new RequestError({ code: 'http_404', message: 'It lives.' });
    });
    await dies();
    expect(explain).toHaveBeenCalledTimes(2);
    expect(notebook.errors.all()).toEqual([]);
  });

  it('connects to a kernel that is there again, and says where that fails', async () => {
    const { cell, notebook, panel } = await bench({ hints: true });
    const { connectionStatusChanged, session } = panel.sessionContext;
    notebook.intake.onScheduled(cell);
    connectionStatusChanged.emit('disconnected' as never);
    await tick();
    const model = notebook.errors.get('c')!;
    expect(model.death!.lost).toBe('connection');
    expect(notebook.rung(model)).toBe('solution');
    await notebook.reconnect(model);
    expect(model.sentence).toBe('Connecting to the kernel…');
    const { reconnect } = session!.kernel as unknown as {
      reconnect: jest.Mock;
    };
    reconnect.mockRejectedValueOnce(new Error());
    await notebook.reconnect(model);
    expect(model.sentence).toContain('could not be made');
    connectionStatusChanged.emit('connected' as never);
    expect(notebook.errors.all()).toEqual([]);
  });

  it('copies the corrected cell', async () => {
    const writeText = jest.fn(async () => undefined);
    Object.assign(navigator, { clipboard: { writeText } });
    const { model, notebook } = await bench();
    await notebook.copy(model);
    expect(writeText).toHaveBeenCalledWith(FIX.actions[0].new_source);
    expect(model.notice).toBe('The corrected cell was copied.');
    // As where the page came over plain HTTP.
    Object.assign(navigator, { clipboard: undefined });
    await notebook.copy(model);
    expect(Clipboard.copyToSystem).toHaveBeenCalledWith('print(revenue)');
  });
});
