import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { caption, isOpen, setBadge } from './badge';
import { doctorIcon } from '../icons';
import { ErrorsSection } from './errors';
import { HistorySection } from './history';
import { isWell, ModelsSection } from './models';
import { SettingsSection } from './settings';
import type { IPanelSection } from './section';
import type { IDoctor, INotebookPlace } from '../tokens';
import { WelcomeSection } from './welcome';

/** The side panel: what is wrong in the current notebook, who answers, what was done, and how nbdoctor is set. */
export class DoctorPanel extends Widget {
  /**
   * @param options - What the sections are about.
   */
  constructor(options: DoctorPanel.IOptions) {
    super();
    this._options = options;
    const { doctor, tracker, trans } = options;
    this.id = 'nbdoctor-panel';
    this.addClass('jp-nbdoctor-panel');
    this.title.icon = doctorIcon;
    this.title.caption = caption(0, trans);
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);

    const errors = new ErrorsSection(trans);
    this._history = new HistorySection(options);
    this._settings = new SettingsSection(options);
    this._welcome = new WelcomeSection(
      { server: doctor.server, trans },
      // What was read is gone; what it was about comes next.
      () => errors.heading.focus()
    );
    this._sections = [
      this._welcome,
      errors,
      new ModelsSection(doctor.server, trans),
      this._history,
      this._settings
    ];
    this.node.append(...this._sections.map(({ node }) => node));

    tracker.currentChanged.connect(this._onCurrent, this);
    doctor.server.changed.connect(this.update, this);
    doctor.settingsChanged.connect(this.update, this);
    doctor.memory.changed.connect(this._onMemory, this);
    this._onCurrent();
  }

  /** Take the person's settings over. */
  configure(settings: DoctorPanel.ISettings): void {
    this._settings.configure(settings);
    this._welcome.configure(settings);
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    const { server } = this._options.doctor;
    // What was amiss may be well again.
    void server.load(!isWell(server));
    this._onMemory();
    this._ask();
    this.update();
  }

  protected onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    const notebook = this._notebook?.isDisposed ? null : this._notebook;
    const open = notebook?.errors.all().filter(isOpen).length ?? 0;
    setBadge(this.title, open, this._options.trans);
    // Errors come and go while the panel is closed; drawing waits until it is open.
    if (this.isVisible) {
      this._sections.forEach(section => section.render(notebook));
    }
  }

  private _onCurrent(): void {
    const panel = this._options.tracker.currentWidget;
    const notebook = panel && this._options.doctor.of(panel);
    if (notebook !== this._notebook) {
      if (this._notebook) {
        const { errors, kernel, panel: old } = this._notebook;
        errors.changed.disconnect(this._onError, this);
        kernel.changed.disconnect(this.update, this);
        old.sessionContext.kernelChanged.disconnect(this._onKernel, this);
      }
      this._notebook = notebook;
      if (notebook) {
        notebook.errors.changed.connect(this._onError, this);
        notebook.kernel.changed.connect(this.update, this);
        notebook.panel.sessionContext.kernelChanged.connect(
          this._onKernel,
          this
        );
      }
    }
    this._onKernel();
  }

  private _onKernel(): void {
    this._ask();
    this.update();
  }

  private _onError(sender: unknown, cellId: string): void {
    const model = this._notebook?.errors.get(cellId);
    if (model?.state === 'ready' && model.diagnosis?.live !== false) {
      // The kernel has nbdoctor, perhaps only since then.
      this._ask();
    }
    this.update();
  }

  private _onMemory(): void {
    if (this.isVisible) {
      void this._history.load();
    }
  }

  /** Ask the kernel how it confines trials, where somebody is there to read it. */
  private _ask(): void {
    if (this.isVisible && !this._notebook?.isDisposed) {
      void this._notebook?.kernel.load();
    }
  }

  private readonly _history: HistorySection;
  private _notebook: INotebookPlace | null = null;
  private readonly _options: DoctorPanel.IOptions;
  private readonly _sections: readonly IPanelSection[];
  private readonly _settings: SettingsSection;
  private readonly _welcome: WelcomeSection;
}

/** The namespace for `DoctorPanel`'s options. */
export namespace DoctorPanel {
  /** What the sections are about. */
  export interface IOptions {
    /** The application's commands. */
    commands: Pick<CommandRegistry, 'execute' | 'hasCommand'>;
    /** Asks a question; says whether the person agreed. */
    confirm(title: string, body: string, accept: string): Promise<boolean>;
    doctor: IDoctor;
    tracker: INotebookTracker;
    trans: TranslationBundle;
  }

  /** Where the person's settings are read and written. */
  export type ISettings = Pick<ISettingRegistry.ISettings, 'composite' | 'set'>;
}
