import type { Cell, CodeCell } from '@jupyterlab/cells';
import type {
  INotebookTracker,
  KernelError,
  Notebook,
  NotebookPanel
} from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { Memory } from './server/memory';
import { NotebookDoctor } from './notebook/notebook';
import type { About } from './protocol';
import { ServerState } from './server/status';
import type { Auto, IDoctor, IDoctorClient, Setting } from './tokens';

/** Watches all notebooks of the application. */
export class Doctor implements IDoctor, IDisposable {
  /**
   * @param options - The services.
   */
  constructor(options: Doctor.IOptions) {
    this._options = options;
    this.server = new ServerState(options.client);
    this.memory = new Memory(options.client, this.server);
    this.server.changed.connect(this._onServer, this);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  readonly server: ServerState;

  readonly memory: Memory;

  get settingsChanged(): ISignal<this, void> {
    return this._settingsChanged;
  }

  get auto(): Auto {
    return this.isLocked('auto') ? 'server' : this._auto;
  }

  get showCards(): boolean {
    return this._showCards || this.isLocked('cards');
  }

  isLocked(setting: Setting): boolean {
    return this.server.status?.locked?.includes(setting) ?? false;
  }

  hints(panel: NotebookPanel): boolean {
    if (this.server.status?.hints) {
      return true;
    }
    const metadata = panel.content.model?.getMetadata('nbdoctor') as
      { hints?: unknown } | undefined;
    return !this.isLocked('hints') && (this._hints || metadata?.hints === true);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this._notebooks.forEach(notebook => notebook.dispose());
    this._notebooks.clear();
  }

  about(kind: string): Promise<About> {
    return this._options.client.about(kind);
  }

  of(panel: NotebookPanel): NotebookDoctor | null {
    if (this._isDisposed || panel.isDisposed) {
      return null;
    }
    let notebook = this._notebooks.get(panel);
    if (!notebook) {
      notebook = new NotebookDoctor({
        ...this._options,
        doctor: this,
        muted: this._muted,
        panel
      });
      this._notebooks.set(panel, notebook);
      panel.disposed.connect(this._onPanelDisposed, this);
    }
    return notebook;
  }

  /** Take over the settings of the person. */
  configure(settings: ISettingRegistry.ISettings): void {
    const { auto, hints, showCards } = settings.composite;
    this._auto = auto as Auto;
    this._hints = hints as boolean;
    this._showCards = showCards as boolean;
    this._settingsChanged.emit();
  }

  private _notebookOf(notebook: Notebook): NotebookDoctor | null {
    const panel = this._options.tracker.find(
      ({ content }) => content === notebook
    );
    return panel ? this.of(panel) : null;
  }

  private _onScheduled(
    sender: unknown,
    { cell, notebook }: { cell: Cell; notebook: Notebook }
  ): void {
    this._notebookOf(notebook)?.intake.onScheduled(cell as CodeCell);
  }

  private _onExecuted(
    sender: unknown,
    { cell, error, notebook }: Doctor.IExecuted
  ): void {
    this._notebookOf(notebook)?.intake.onExecuted(
      cell as CodeCell,
      error ?? null
    );
  }

  /** What the administrator has fixed is known now. */
  private _onServer(): void {
    this._settingsChanged.emit();
  }

  private _onPanelDisposed(panel: NotebookPanel): void {
    this._notebooks.get(panel)?.dispose();
    this._notebooks.delete(panel);
  }

  private _auto: Auto = 'server';
  private _hints = false;
  private _isDisposed = false;
  private readonly _muted = new Set<string>();
  private readonly _notebooks = new Map<NotebookPanel, NotebookDoctor>();
  private readonly _options: Doctor.IOptions;
  private _settingsChanged = new Signal<this, void>(this);
  private _showCards = true;
}

/** The namespace for `Doctor`'s options. */
export namespace Doctor {
  /** The services. */
  export interface IOptions {
    /** The server part. */
    client: IDoctorClient;
    /** The application's notebooks. */
    tracker: INotebookTracker;
    /** The application's translator. */
    translator: ITranslator;
  }

  /** What `NotebookActions.executed` says. */
  export interface IExecuted {
    cell: Cell;
    error?: KernelError | null;
    notebook: Notebook;
    success: boolean;
  }
}
