import type { CodeCell } from '@jupyterlab/cells';
import type { KernelError } from '@jupyterlab/notebook';

import { counts } from '../notebook/cells';
import type { Recorder } from './corrections';
import type { DiagnosisModel } from '../errors/model';
import type { NotebookErrors } from '../errors/errors';
import type { PostedError } from '../protocol';
import type { IIntake, IPlace } from '../tokens';

/** Takes in what goes wrong in a notebook's cells, as they run and as they are seen. */
export class Intake implements IIntake {
  /**
   * @param options - The notebook, and who goes on with its errors.
   */
  constructor(options: Intake.IOptions) {
    this._options = options;
  }

  /** A cell was asked to run: what was known of its last error is no longer true. */
  onScheduled(cell: CodeCell): void {
    const { errors, recorder } = this._options;
    const { id, sharedModel } = cell.model;
    this._running.delete(id);
    this._running.add(id);
    if (errors.get(id)?.state !== 'applying') {
      recorder.ran(id, sharedModel.getSource());
      errors.remove(id);
    }
  }

  /**
   * A cell has ended. One that was queued behind a failing one comes with an error that has no name.
   *
   * @param cell - The cell.
   * @param error - What it failed with.
   * @param success - Whether it ran to its end.
   */
  onExecuted(cell: CodeCell, error: KernelError | null, success = false): void {
    const { errors } = this._options;
    const { id } = cell.model;
    this._running.delete(id);
    if (success) {
      this._ran.delete(id);
      this._ran.add(id);
    }
    if (error?.errorName) {
      this.onError(cell, error);
    } else if (errors.get(id)?.foreseen) {
      errors.remove(id);
    }
  }

  /** A cell failed. */
  onError(cell: CodeCell, error: KernelError): void {
    const { errors, onRaised } = this._options;
    const { errorName: name, errorValue: value, traceback } = error;
    if (!this._counts(cell, name)) {
      return;
    }
    const cellId = cell.model.id;
    const shown = errors.get(cellId);
    const model =
      shown?.foreseen && shown.isOf({ name, value })
        ? shown
        : errors.add({ cellId, error: { name, value, traceback } });
    model.confirm();
    onRaised(model);
  }

  /**
   * A cell shows an error that is not known yet. While this page runs the cell, its end is close: the card is there at
   * once, and the diagnosis begins then. An error of long ago, or of somebody else's run, is offered to be diagnosed.
   */
  onSeen(cell: CodeCell, error: PostedError): void {
    const { errors } = this._options;
    const cellId = cell.model.id;
    const saved = cell.model.executionState === 'idle';
    const foreseen = !saved && this._running.has(cellId);
    if ((saved || foreseen) && this._counts(cell, error.name)) {
      errors.add({ cellId, error, foreseen, saved });
    }
  }

  /** What this page has run in the kernel. */
  get known(): Intake.IKnown {
    // What was asked for first runs; the others wait for it.
    const [running = null] = this._running;
    return { ran: [...this._ran], running };
  }

  /** The kernel has died or is gone: what had it run? Another one takes its place. */
  onDeath(): Intake.IKnown {
    const { known } = this;
    this.onNewKernel();
    return known;
  }

  /** Another kernel, or one that was started anew, takes the place of the one that ran the cells. */
  onNewKernel(): void {
    this._ran.clear();
    this._running.clear();
  }

  private _counts(cell: CodeCell, name: string): boolean {
    return this._options.place.speaksPython && counts(cell, name);
  }

  private readonly _options: Intake.IOptions;
  /** In the order in which they last ran. */
  private readonly _ran = new Set<string>();
  private readonly _running = new Set<string>();
}

/** The namespace for `Intake`'s options. */
export namespace Intake {
  /** What a kernel has run, as far as this page had it run. */
  export interface IKnown {
    /** The cells that have run to their end, in the order in which they last ran. */
    ran: string[];
    /** The cell that is running; null where none is. */
    running: string | null;
  }

  /** The notebook, and who goes on with its errors. */
  export interface IOptions {
    /** The errors of the notebook. */
    errors: NotebookErrors;
    /** Called with an error of a cell that was run just now. */
    onRaised: (model: DiagnosisModel) => void;
    /** The notebook. */
    place: Pick<IPlace, 'speaksPython'>;
    /** Keeps what became of fixes. */
    recorder: Recorder;
  }
}
