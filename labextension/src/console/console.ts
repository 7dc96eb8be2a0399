import type { CodeConsole } from '@jupyterlab/console';

import { entries, entry, entryLabel, readEntries } from './cells';
import { ConsoleHost } from './host';
import { ConsoleIntake } from './intake';
import { Place } from '../place/place';
import type { Cell, Done } from '../protocol';

/** The errors of one console and what can be done about them. */
export class ConsolePlace extends Place {
  /**
   * @param options - The console and the services.
   */
  constructor(options: ConsolePlace.IOptions) {
    const { console } = options;
    super({ ...options, sessionContext: console.sessionContext });
    this._console = console;
    this._doctor = options.doctor;
    this.intake = new ConsoleIntake({
      errors: this.errors,
      onRaised: model => this.diagnoser.byItself(model),
      place: this
    });
    console.cells.changed.connect(this._prune, this);
  }

  readonly editable = false;

  readonly intake: ConsoleIntake;

  get speaksPython(): boolean {
    const { promptCell } = this._console;
    // Until the kernel has said what it speaks, a console takes it for IPython.
    return promptCell?.model.mimeType.includes('python') ?? true;
  }

  keep(): void {
    // There is no cell to keep it in; nobody offers to.
  }

  activate(): void {
    this._console.promptCell?.editor?.focus();
  }

  focus(): void {
    this.activate();
  }

  async reveal(cellId: string): Promise<void> {
    entry(this._console, cellId)?.node.scrollIntoView({ block: 'nearest' });
  }

  label(cellId: string): string {
    return entryLabel(this._console, cellId, this.trans);
  }

  protected cells(): Cell[] {
    return readEntries(this._console);
  }

  protected get hints(): boolean {
    return this._doctor.hints(null);
  }

  protected host(
    failingCell: string,
    install: (requirement: string) => Promise<Done>
  ): ConsoleHost {
    const { trans } = this;
    return new ConsoleHost({ console: this._console, install, trans });
  }

  /** Forget the errors of entries that were cleared away. */
  private _prune(): void {
    this.errors.retain(() =>
      entries(this._console).map(({ model }) => model.id)
    );
  }

  private readonly _console: CodeConsole;
  private readonly _doctor: Place.IServices['doctor'];
}

/** The namespace for `ConsolePlace`'s options. */
export namespace ConsolePlace {
  /** The console and the services. */
  export interface IOptions extends Place.IServices {
    /** The console. */
    console: CodeConsole;
  }
}
