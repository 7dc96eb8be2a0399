import type { Cell, CodeCell } from '@jupyterlab/cells';
import type { ConsolePanel, IConsoleTracker } from '@jupyterlab/console';
import type {
  INotebookTracker,
  KernelError,
  Notebook,
  NotebookPanel
} from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { ConsolePlace } from './console/console';
import { Memory } from './server/memory';
import { NotebookPlace } from './notebook/notebook';
import type { About } from './protocol';
import type { Place } from './place/place';
import { ServerState } from './server/status';
import type { Auto, IDoctor, IDoctorClient, IPlace, Setting } from './tokens';

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

  hints(panel: NotebookPanel | null): boolean {
    if (this.server.status?.hints) {
      return true;
    }
    const metadata = panel?.content.model?.getMetadata('nbdoctor') as
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
    for (const places of [this._notebooks, this._consoles]) {
      places.forEach(place => place.dispose());
      places.clear();
    }
  }

  about(kind: string): Promise<About> {
    return this._options.client.about(kind);
  }

  of(panel: NotebookPanel): NotebookPlace | null {
    if (this._isDisposed || panel.isDisposed) {
      return null;
    }
    return this._place(
      this._notebooks,
      panel,
      services => new NotebookPlace({ ...services, panel })
    );
  }

  at(widget: Widget): IPlace | null {
    const notebook = this._notebookOf(widget);
    if (notebook) {
      return notebook;
    }
    const panel = this._options.consoles?.find(
      ({ console }) => console === widget
    );
    return panel && !this._isDisposed
      ? this._place(
          this._consoles,
          panel,
          services => new ConsolePlace({ ...services, console: panel.console })
        )
      : null;
  }

  /** Take over the settings of the person. */
  configure(settings: ISettingRegistry.ISettings): void {
    const { auto, hints, showCards } = settings.composite;
    this._auto = auto as Auto;
    this._hints = hints as boolean;
    this._showCards = showCards as boolean;
    this._settingsChanged.emit();
  }

  private _notebookOf(widget: Widget): NotebookPlace | null {
    const panel = this._options.tracker.find(
      ({ content }) => content === widget
    );
    return panel ? this.of(panel) : null;
  }

  /** What a panel shows, made when first asked for and disposed of with the panel. */
  private _place<P extends Widget, T extends IDisposable>(
    known: Map<P, T>,
    panel: P,
    create: (services: Place.IServices) => T
  ): T {
    let place = known.get(panel);
    if (!place) {
      const { client, translator } = this._options;
      const muted = this._muted;
      place = create({ client, doctor: this, muted, translator });
      known.set(panel, place);
      panel.disposed.connect(() => {
        known.get(panel)?.dispose();
        known.delete(panel);
      });
    }
    return place;
  }

  private _onScheduled(
    sender: unknown,
    { cell, notebook }: { cell: Cell; notebook: Notebook }
  ): void {
    this._notebookOf(notebook)?.intake.onScheduled(cell as CodeCell);
  }

  private _onExecuted(
    sender: unknown,
    { cell, error, notebook, success }: Doctor.IExecuted
  ): void {
    this._notebookOf(notebook)?.intake.onExecuted(
      cell as CodeCell,
      error ?? null,
      success && cell.model.type === 'code'
    );
  }

  /** What the administrator has fixed is known now. */
  private _onServer(): void {
    this._settingsChanged.emit();
  }

  private _auto: Auto = 'server';
  private readonly _consoles = new Map<ConsolePanel, ConsolePlace>();
  private _hints = false;
  private _isDisposed = false;
  private readonly _muted = new Set<string>();
  private readonly _notebooks = new Map<NotebookPanel, NotebookPlace>();
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
    /** The application's consoles; null where it has none. */
    consoles: IConsoleTracker | null;
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
