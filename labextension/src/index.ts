import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { DoctorClient } from './server/api';
import { addCommands } from './commands';
import { confirm } from './panel/confirm';
import { DeathCards } from './notebook/deathcards';
import { Doctor } from './doctor';
import { DoctorPanel } from './panel/panel';
import { addErrorRenderer } from './place/renderer';
import { IDoctor } from './tokens';

export { IDoctor } from './tokens';
export type { IKernelState, INotebookPlace, IServerState } from './tokens';

/** Watches for errors and shows cards. */
const doctorPlugin: JupyterFrontEndPlugin<IDoctor> = {
  id: 'nbdoctor:plugin',
  description: 'Explains the errors of notebook cells and offers fixes.',
  autoStart: true,
  provides: IDoctor,
  requires: [IRenderMimeRegistry, INotebookTracker],
  optional: [
    ISettingRegistry,
    ITranslator,
    IEditorLanguageRegistry,
    IConsoleTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    tracker: INotebookTracker,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null,
    consoles: IConsoleTracker | null
  ): IDoctor => {
    const language = translator ?? nullTranslator;
    const doctor = new Doctor({
      client: new DoctorClient(app.serviceManager.serverSettings),
      consoles,
      tracker,
      translator: language
    });
    const services = { doctor, languages, trans: language.load('nbdoctor') };
    // Now, not later: each notebook takes a copy of the registry when it opens.
    addErrorRenderer(rendermime, services);
    tracker.widgetAdded.connect((sender, panel) => {
      const place = doctor.of(panel);
      if (place) {
        new DeathCards(panel, place, services);
      }
    });
    settingRegistry
      ?.load(doctorPlugin.id)
      .then(settings => {
        doctor.configure(settings);
        settings.changed.connect(doctor.configure, doctor);
      })
      .catch(reason => {
        console.error('nbdoctor: the settings could not be loaded.', reason);
      });
    return doctor;
  }
};

/** Adds the side panel and the commands. */
const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbdoctor:panel',
  description: 'Lists the errors of the current notebook in a side panel.',
  autoStart: true,
  requires: [IDoctor, INotebookTracker],
  optional: [
    ISettingRegistry,
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
    IConsoleTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    doctor: IDoctor,
    tracker: INotebookTracker,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    consoles: IConsoleTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('nbdoctor');
    const panel = new DoctorPanel({
      commands: app.commands,
      confirm: (title, body, accept) => confirm(title, body, accept, trans),
      doctor,
      tracker,
      trans
    });
    settingRegistry
      ?.load(doctorPlugin.id)
      .then(settings => panel.configure(settings))
      .catch(() => {
        // The other plugin has said so; without settings there is nothing to change here.
      });
    app.shell.add(panel, 'right', { rank: 900, type: 'nbdoctor' });
    restorer?.add(panel, panel.id);
    const panelId = panel.id;
    addCommands({ app, consoles, doctor, palette, panelId, tracker, trans });
  }
};

export default [doctorPlugin, panelPlugin];
