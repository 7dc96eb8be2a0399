import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { DiagnosisModel } from './model';
import type { ErrorState } from './state';

/**
 * The errors of a notebook, one a cell: a newer error replaces the older.
 */
export class NotebookErrors implements IDisposable {
  /** Emitted with the cell's id when its error, or anything known of it, changes. */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The errors, newest first. */
  all(): DiagnosisModel[] {
    return [...this._models.values()].reverse();
  }

  /** The error of a cell. */
  get(cellId: string): DiagnosisModel | null {
    return this._models.get(cellId) ?? null;
  }

  /** Take a new error in; what was known of the cell's last one is dropped and its request aborted. */
  add(options: ErrorState.IOptions): DiagnosisModel {
    const { cellId } = options;
    this._models.get(cellId)?.dispose();
    // A map keeps the order of insertion, so a replaced error must be taken out to become the newest.
    this._models.delete(cellId);
    const model = new DiagnosisModel(options);
    model.changed.connect(this._onChanged, this);
    this._models.set(cellId, model);
    this._changed.emit(cellId);
    return model;
  }

  /** Forget a cell's error. */
  remove(cellId: string): void {
    const model = this._models.get(cellId);
    if (model) {
      this._models.delete(cellId);
      model.dispose();
      this._changed.emit(cellId);
    }
  }

  /**
   * Forget the errors of cells that are gone.
   *
   * @param cellIds - The cells that there are; not asked where there is no error.
   */
  retain(cellIds: () => Iterable<string>): void {
    if (this._models.size) {
      const ids = new Set(cellIds());
      [...this._models.keys()]
        .filter(cellId => !ids.has(cellId))
        .forEach(cellId => this.remove(cellId));
    }
  }

  /** Abort all requests; what has arrived stays. */
  stopAll(): void {
    this._models.forEach(model => model.stop());
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._models.forEach(model => model.dispose());
    this._models.clear();
    Signal.clearData(this);
  }

  private _onChanged(model: DiagnosisModel): void {
    this._changed.emit(model.cellId);
  }

  private _changed = new Signal<this, string>(this);
  private _isDisposed = false;
  private _models = new Map<string, DiagnosisModel>();
}
