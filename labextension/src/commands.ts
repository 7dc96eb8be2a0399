import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { mayAsk } from './card/asking';
import { Card } from './card/card';
import { textOnly } from './fixes/fixes';
import { doctorIcon } from './icons';
import type { DiagnosisModel } from './errors/model';
import { nextRung } from './errors/state';
import type { IDoctor, IPlace } from './tokens';

/** The commands' ids. */
export namespace CommandIDs {
  export const showPanel = 'nbdoctor:show-panel';
  export const diagnoseCell = 'nbdoctor:diagnose-cell';
  export const showNext = 'nbdoctor:show-next-step';
  export const fixCell = 'nbdoctor:fix-cell';
  export const applyText = 'nbdoctor:apply-text';
  export const undoFix = 'nbdoctor:undo-fix';
  export const askModel = 'nbdoctor:ask-model';
  export const dismiss = 'nbdoctor:dismiss';
  export const focusCard = 'nbdoctor:focus-card';
  export const nextError = 'nbdoctor:next-error';
  export const previousError = 'nbdoctor:previous-error';
}

/** What the commands work on. */
export interface ICommandServices {
  app: JupyterFrontEnd;
  consoles: IConsoleTracker | null;
  doctor: IDoctor;
  palette: ICommandPalette | null;
  panelId: string;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** Register the commands. */
export function addCommands(services: ICommandServices): void {
  const { app, doctor, palette, panelId, tracker, trans } = services;
  const { commands } = app;
  const describedBy = {
    args: { type: 'object', properties: {}, additionalProperties: false }
  } as const;

  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show the Errors of This Notebook'),
    icon: doctorIcon,
    describedBy,
    execute: () => app.shell.activateById(panelId)
  });
  Object.entries(Private.ofError(services)).forEach(([id, command]) =>
    commands.addCommand(id, {
      label: command.label,
      describedBy,
      isEnabled: () => {
        const error = Private.current(services);
        return !!error && command.isEnabled(error);
      },
      execute: async () => {
        const error = Private.current(services);
        if (error && command.isEnabled(error)) {
          await command.execute(error);
        }
      }
    })
  );
  const steps = [
    [CommandIDs.nextError, 1, trans.__('Go to the Next Error')],
    [CommandIDs.previousError, -1, trans.__('Go to the Previous Error')]
  ] as const;
  steps.forEach(([id, step, label]) =>
    commands.addCommand(id, {
      label,
      describedBy,
      isEnabled: () => !!Private.neighbour(doctor, tracker, step),
      execute: async () => {
        const error = Private.neighbour(doctor, tracker, step);
        await error?.place.reveal(error.model.cellId);
      }
    })
  );
  Object.values(CommandIDs).forEach(command =>
    palette?.addItem({ command, category: trans.__('nbdoctor') })
  );
}

namespace Private {
  /** An error and where it is. */
  export interface IError {
    doctor: IDoctor;
    model: DiagnosisModel;
    place: IPlace;
  }

  /** A command that is about the error of the active cell. */
  export interface ICommand {
    label: string;
    isEnabled: (error: IError) => boolean;
    execute: (error: IError) => unknown;
  }

  /** The commands about the active cell's error, by id. What would give a fix away waits until it is shown. */
  export function ofError({
    app,
    trans
  }: ICommandServices): Record<string, ICommand> {
    return {
      [CommandIDs.diagnoseCell]: {
        label: trans.__('Diagnose the Error of This Cell'),
        isEnabled: ({ model: { state } }) =>
          state !== 'working' && state !== 'applying',
        execute: ({ model, place }) => place.diagnose(model, 'auto')
      },
      [CommandIDs.showNext]: {
        label: trans.__('Show More of the Diagnosis: Explanation, Solution'),
        isEnabled: error => !!next(error),
        execute: error => error.model.show(next(error)!)
      },
      [CommandIDs.fixCell]: {
        label: trans.__('Apply the Suggested Fix to This Cell'),
        isEnabled: isOpen,
        execute: ({ model, place }) => place.apply(model)
      },
      [CommandIDs.applyText]: {
        label: trans.__('Apply the Suggested Fix Without Running'),
        isEnabled: error => isOpen(error) && !!textOnly(error.model.fix!),
        execute: ({ model, place }) => place.applyText(model)
      },
      [CommandIDs.undoFix]: {
        label: trans.__('Undo the Fix of This Cell'),
        isEnabled: ({ model: { state, undoable }, place }) =>
          place.editable && state !== 'applying' && undoable,
        execute: ({ model, place }) => place.undo(model)
      },
      [CommandIDs.askModel]: {
        label: trans.__('Ask the Model About the Error of This Cell'),
        isEnabled: ({ doctor, model, place }) =>
          mayAsk(model, place.rung(model), doctor),
        execute: ({ model, place }) => place.diagnose(model, 'always')
      },
      [CommandIDs.dismiss]: {
        label: trans.__('Dismiss the Diagnosis of This Cell'),
        isEnabled: ({ model }) => !model.hidden,
        execute: ({ model, place }) => {
          model.hide();
          place.focus(model.cellId);
        }
      },
      [CommandIDs.focusCard]: {
        label: trans.__('Go to the Diagnosis of This Cell'),
        isEnabled: ({ model }) => !model.hidden,
        execute: async ({ model, place }) => {
          await place.reveal(model.cellId);
          const card = Card.find(
            app.shell.currentWidget?.node ?? document,
            model.cellId
          );
          if (card) {
            Card.focus(card);
          }
        }
      }
    };
  }

  /** The error of the active cell; in a console the newest. */
  export function current(services: ICommandServices): IError | null {
    const { app, consoles, doctor, tracker } = services;
    const open = consoles?.currentWidget;
    if (open && open === app.shell.currentWidget) {
      const place = doctor.at(open.console);
      const model = place?.errors.all().find(({ hidden }) => !hidden);
      return place && model ? { doctor, model, place } : null;
    }
    const panel = tracker.currentWidget;
    const cell = tracker.activeCell;
    const notebook = panel && doctor.of(panel);
    const model = cell && notebook?.errors.get(cell.model.id);
    return model && notebook ? { doctor, model, place: notebook } : null;
  }

  /** The open error before or after the active cell, from the other end again where there is none. */
  export function neighbour(
    doctor: IDoctor,
    tracker: INotebookTracker,
    step: 1 | -1
  ): IError | null {
    const panel = tracker.currentWidget;
    const notebook = panel && doctor.of(panel);
    if (!notebook || !notebook.errors.all().length) {
      return null;
    }
    const { activeCellIndex, widgets } = panel.content;
    const count = widgets.length;
    for (let far = 1; far <= count; far++) {
      const index = (activeCellIndex + step * far + count) % count;
      const model = notebook.errors.get(widgets[index].model.id);
      if (model && !model.hidden && model.state !== 'applied') {
        return { doctor, model, place: notebook };
      }
    }
    return null;
  }

  function next({ model, place }: IError) {
    return model.diagnosis ? nextRung(place.rung(model), model) : null;
  }

  /** Whether a fix is shown that can be carried out. */
  function isOpen({ model, place }: IError): boolean {
    const { fix, state } = model;
    const open = state === 'ready' || state === 'working';
    return open && !!fix && place.rung(model) === 'solution';
  }
}
