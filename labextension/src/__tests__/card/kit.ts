import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { ICardContext } from '../../card/card';
import { DiagnosisModel } from '../../errors/model';
import type { Diagnosis, Fix, ServerStatus } from '../../protocol';
import type { DiagnosisEvent } from '../../tokens';

export const TRANS = nullTranslator.load('nbdoctor');

/** The text that the errors of these tests are about. */
export const SOURCE = 'print(revenu)';

export const FIX: Fix = {
  id: 'f',
  title: 'Write revenue',
  origin: 'rule',
  by: 'name_typo',
  actions: [
    { kind: 'replace_cell', new_source: 'print(revenue)' },
    { kind: 'run_cells', cell_ids: [] }
  ],
  verdict: { status: 'passed' }
};

export const DIAGNOSIS: Diagnosis = {
  id: 'd',
  headline: '`revenu` is not defined.',
  explanation: 'There is `revenue`.',
  category: 'python',
  kind: 'name_typo',
  facts: ['`revenue` is an int.'],
  fixes: [FIX],
  hint: 'Look at line 1.'
};

export const STATUS: ServerStatus = {
  version: '0.1',
  protocol: 1,
  auto: 'rules'
};

/** An error that nothing is known of yet. */
export function newError(cellId = 'c'): DiagnosisModel {
  const error = { name: 'NameError', value: "name 'revenu' is not defined" };
  return new DiagnosisModel({ cellId, error });
}

/** Stream events to an error. */
export async function stream(
  model: DiagnosisModel,
  ...events: DiagnosisEvent[]
): Promise<void> {
  await model.diagnose(
    {
      async *diagnose() {
        yield* events;
      }
    },
    {
      kernel_id: 'k',
      cell: { id: model.cellId, source: SOURCE },
      error: model.error
    }
  );
}

/** An error that has been diagnosed. */
export async function diagnosed(
  diagnosis: Partial<Diagnosis> = {}
): Promise<DiagnosisModel> {
  const model = newError();
  const data = { ...DIAGNOSIS, ...diagnosis };
  await stream(model, { event: 'diagnosis', data });
  return model;
}

/** What a card needs: a doctor and a notebook that note what they are asked. */
export function context(model: DiagnosisModel, hints = false) {
  // A cell, as a notebook shows it: it can take the focus as a whole.
  const cell = new Widget();
  cell.node.tabIndex = -1;
  Object.assign(cell, { model: { id: model.cellId } });
  const content = {
    activate: jest.fn(),
    activeCell: cell,
    activeCellIndex: 0,
    mode: 'command',
    widgets: [cell]
  };
  const doctor = {
    about: jest.fn(async () => Promise.reject(new Error('not asked for'))),
    isLocked: jest.fn(() => false),
    server: { changed: new Signal({}), status: STATUS as ServerStatus | null },
    settingsChanged: new Signal({})
  };
  const place = {
    activate: jest.fn(),
    apply: jest.fn(),
    applyText: jest.fn(),
    check: jest.fn(),
    copy: jest.fn(),
    diagnose: jest.fn(),
    editable: true,
    focus: jest.fn(() => cell.node.focus()),
    hasKernel: true,
    hints,
    isDisposed: false,
    judge: jest.fn(),
    keep: jest.fn(),
    label: String,
    mute: jest.fn(),
    panel: { content },
    reconnect: jest.fn(),
    reveal: jest.fn(async () => undefined),
    rung: () => (place.hints ? model.rung : 'solution'),
    undo: jest.fn()
  };
  const fakes = { doctor, languages: null, model, place, trans: TRANS };
  return { cell, fakes, context: fakes as unknown as ICardContext };
}

/** Put a part of a card into the page and keep it up to date; returns what finds its nodes by the ends of their classes. */
export function show(
  part: Widget & { render?: () => void },
  { model }: ICardContext,
  parent: HTMLElement = document.body
) {
  Widget.attach(part, parent);
  if (part.render) {
    model.changed.connect(() => part.render!());
    part.render();
  }
  return (name: string) =>
    part.node.querySelector<HTMLElement>(`.jp-nbdoctor-${name}`)!;
}

/** Whether a node is to be seen. */
export function seen(node: HTMLElement | null): boolean {
  return !!node && !node.closest('[hidden], .lm-mod-hidden');
}

/** Have the updates that were asked for carried out now. */
export function flush(): void {
  MessageLoop.flush();
}

// jsdom has none.
Object.assign(window, {
  IntersectionObserver: class {
    disconnect(): void {
      // Nothing is ever seen.
    }
    observe(): void {
      // Nothing is ever seen.
    }
  }
});
