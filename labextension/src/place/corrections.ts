import type { IApplied } from '../fixes/apply';
import { correctedText, statusOf } from '../fixes/fixes';
import type { Correction, Fix } from '../protocol';
import type { ErrorState } from '../errors/state';
import type { IMemory } from '../tokens';

/**
 * Keeps what a person did with the fixes of one notebook. Each event is kept once; putting a card away is none.
 */
export class Recorder {
  /**
   * @param memory - Where corrections are kept.
   */
  constructor(memory: Pick<IMemory, 'keep'>) {
    this._memory = memory;
  }

  /** A fix was carried out, perhaps not to its end. */
  carriedOut(model: ErrorState, fix: Fix, applied: IApplied): void {
    const { cellId } = model;
    const edits = applied.edits.filter(edit => edit.cellId === cellId);
    const record = Private.describe(model, fix, 'accepted');
    const before = edits[0]?.before ?? record.before;
    const after = edits[edits.length - 1]?.after ?? before;
    this._carriedOut.set(cellId, { ...record, before, after });
    if (applied.ok && this._accepted.get(model) !== fix.id) {
      this._accepted.set(model, fix.id);
      void this._memory.keep({ ...record, before, after });
    }
  }

  /** The fix that was carried out last was taken back, all of it. */
  undone(model: ErrorState): void {
    const record = this._take(model.cellId);
    this._accepted.delete(model);
    if (record) {
      void this._memory.keep({ ...record, outcome: 'undone' });
    }
  }

  /**
   * The person runs a cell. Where a fix has changed its text, and the text is another one now, the person has changed
   * the fix or taken it back.
   */
  ran(cellId: string, source: string): void {
    const record = this._take(cellId);
    if (!record || record.after === record.before || record.after === source) {
      return;
    }
    void this._memory.keep(
      source === record.before
        ? { ...record, outcome: 'undone' }
        : { ...record, outcome: 'edited', after: source }
    );
  }

  /**
   * The person says whether a diagnosis was right.
   *
   * @param comment - What it should have been.
   * @returns Whether it is kept.
   */
  async judged(
    model: ErrorState,
    right: boolean,
    comment = ''
  ): Promise<boolean> {
    const { fix } = model;
    if (!right) {
      const record = Private.describe(model, fix, 'rejected');
      return this._memory.keep({ ...record, after: '', comment });
    }
    const id = fix?.id ?? '';
    if (this._accepted.get(model) === id) {
      return true;
    }
    this._accepted.set(model, id);
    return this._memory.keep(Private.describe(model, fix, 'accepted'));
  }

  private _take(cellId: string): Correction | undefined {
    const record = this._carriedOut.get(cellId);
    this._carriedOut.delete(cellId);
    return record;
  }

  /** The fix of each error that is kept as accepted, because it was carried out or called right. */
  private readonly _accepted = new WeakMap<ErrorState, string>();
  /** What was carried out last in each cell that has not been run since. */
  private readonly _carriedOut = new Map<string, Correction>();
  private readonly _memory: Pick<IMemory, 'keep'>;
}

namespace Private {
  /** What is to be known of an error and the fix on show, which may be none. */
  export function describe(
    model: ErrorState,
    fix: Fix | null,
    outcome: Correction['outcome']
  ): Correction {
    const { cellId, diagnosis, error, sources } = model;
    const { by, origin } = fix ?? diagnosis ?? {};
    return {
      outcome,
      fix_id: fix?.id ?? '',
      title: fix?.title ?? diagnosis?.headline ?? '',
      kind: diagnosis?.kind ?? '',
      category: diagnosis?.category ?? null,
      origin: origin ?? 'rule',
      by: by ?? '',
      status: statusOf(fix),
      error_name: error.name,
      error_message: error.value,
      before: sources.get(cellId) ?? '',
      after: (fix && correctedText(fix, cellId)) ?? ''
    };
  }
}
