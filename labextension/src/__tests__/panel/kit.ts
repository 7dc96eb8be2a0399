import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { NotebookErrors } from '../../errors/errors';
import type { DiagnosisModel } from '../../errors/model';
import type { Diagnosis, Fix, ServerStatus, Trouble } from '../../protocol';
import type { Rung } from '../../errors/state';
import type { INotebookPlace, IServerState } from '../../tokens';

export const TRANS = nullTranslator.load('nbdoctor');

export const STATUS: ServerStatus = {
  version: '0.1',
  protocol: 1,
  auto: 'model',
  model_configured: true
};

/** What is known of a server part, to be changed by the test. */
export function server(
  status: ServerStatus | null = STATUS,
  trouble: Trouble | null = null
) {
  const state = {
    asked: [] as boolean[],
    looked: true,
    status,
    trouble,
    async load(look = false) {
      state.asked.push(look);
      return state.status;
    }
  };
  const changed = new Signal<IServerState, void>(
    state as unknown as IServerState
  );
  return Object.assign(state, { changed });
}

/** A notebook's doctor that does nothing but note what it was asked. */
export function notebook(rung: Rung = 'solution') {
  const fake = {
    diagnose: jest.fn(),
    errors: new NotebookErrors(),
    kernel: { confinement: null, changed: new Signal({}), load: jest.fn() },
    label: (cellId: string) => `[${cellId.slice(1)}]`,
    panel: { sessionContext: { kernelChanged: new Signal({}) } },
    reveal: jest.fn(async () => undefined),
    rung: jest.fn(() => rung),
    undo: jest.fn()
  };
  return { fake, doctor: fake as unknown as INotebookPlace };
}

/** An error of a notebook, diagnosed where there is something to say of it. */
export async function addError(
  { errors }: Pick<INotebookPlace, 'errors'>,
  cellId: string,
  diagnosis: Partial<Diagnosis> | null = null
): Promise<DiagnosisModel> {
  const error = { name: 'NameError', value: `value of ${cellId}` };
  const model = errors.add({ cellId, error });
  if (diagnosis) {
    const data: Diagnosis = {
      id: cellId,
      headline: `headline of ${cellId}`,
      kind: 'name_typo',
      ...diagnosis
    };
    await model.diagnose(
      {
        async *diagnose() {
          yield { event: 'diagnosis', data };
        }
      },
      { kernel_id: 'k', cell: { source: '' }, error }
    );
  }
  return model;
}

/** A fix was carried out. */
export function setApplied(model: DiagnosisModel, restartNeeded = false): void {
  model.setApplying();
  model.setApplied(
    {
      ok: true,
      failedAt: null,
      edits: [{ cellId: model.cellId, before: 'a', after: 'b' }],
      inserted: [],
      reran: true,
      installSentence: '',
      restartNeeded
    },
    'Fixed.'
  );
}

/** A fix that runs cells. */
export function runsCells(...ids: string[]): Fix {
  return {
    id: `run ${ids.join()}`,
    title: 'Run',
    actions: [{ kind: 'run_cells', cell_ids: ids }]
  };
}

/** The elements of a class. */
export function all(node: HTMLElement, name: string): HTMLElement[] {
  return Array.from(node.querySelectorAll<HTMLElement>(`.jp-nbdoctor-${name}`));
}

/** Open or fold something. */
export function toggle(details: Element | null, open = true): void {
  (details as HTMLDetailsElement).open = open;
  details?.dispatchEvent(new Event('toggle'));
}

/** Let what was started come to its end. */
export const settled = () => new Promise(resolve => setTimeout(resolve));
