import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { doctorIcon } from './icons';
import type { DiagnosisModel } from './model';
import type { IDoctor, INotebookDoctor } from './tokens';

/** The commands' ids. */
export namespace CommandIDs {
  export const showPanel = 'nbdoctor:show-panel';
  export const diagnoseCell = 'nbdoctor:diagnose-cell';
  export const fixCell = 'nbdoctor:fix-cell';
}

/** What the commands work on. */
export interface ICommandServices {
  app: JupyterFrontEnd;
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
  const category = trans.__('nbdoctor');
  const noArguments = {
    args: { type: 'object', properties: {}, additionalProperties: false }
  } as const;

  /** The active cell's error. */
  const current = (): {
    model: DiagnosisModel;
    notebook: INotebookDoctor;
  } | null => {
    const panel = tracker.currentWidget;
    const cell = tracker.activeCell;
    const notebook = panel && doctor.of(panel);
    const model = cell && notebook?.errors.get(cell.model.id);
    return model && notebook ? { model, notebook } : null;
  };

  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show the Errors of This Notebook'),
    icon: doctorIcon,
    describedBy: noArguments,
    execute: () => app.shell.activateById(panelId)
  });
  commands.addCommand(CommandIDs.diagnoseCell, {
    label: trans.__('Diagnose the Error of This Cell'),
    describedBy: noArguments,
    isEnabled: () => {
      const state = current()?.model.state;
      return !!state && state !== 'working' && state !== 'applying';
    },
    execute: () => {
      const error = current();
      error?.notebook.diagnose(error.model, 'auto');
    }
  });
  commands.addCommand(CommandIDs.fixCell, {
    label: trans.__('Apply the Suggested Fix to This Cell'),
    describedBy: noArguments,
    isEnabled: () => {
      const model = current()?.model;
      const open = model?.state === 'ready' || model?.state === 'working';
      return open && !!model?.fix;
    },
    execute: async () => {
      const error = current();
      await error?.notebook.apply(error.model);
    }
  });
  Object.values(CommandIDs).forEach(command =>
    palette?.addItem({ command, category })
  );
}
