import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApplied, IFixHost } from './apply';
import { applyFix, checkFits, FixConflict, undoFix } from './apply';
import type { Recorder } from '../place/corrections';
import { needsCheck, statusOf, textOnly } from './fixes';
import type { IJob } from '../server/jobs';
import { checkFix, install } from '../server/jobs';
import type { DiagnosisModel } from '../errors/model';
import { restartedSentence } from './plan';
import type { Cell, Done, Fix } from '../protocol';
import {
  appliedSentence,
  conflictSentence,
  failedAgainSentence
} from '../sentences';
import type { IDoctorClient } from '../tokens';

/** Checks, carries out and takes back the fixes of one notebook. */
export class FixRunner {
  /**
   * @param options - The notebook, its kernel and the server part.
   */
  constructor(options: FixRunner.IOptions) {
    this._options = options;
  }

  /**
   * Carry out the fix on show. One that installs is checked first, and left alone where the check failed, was stopped or
   * had trouble.
   */
  async apply(model: DiagnosisModel): Promise<void> {
    const { fix } = model;
    if (!fix || Private.isBusy(model)) {
      return;
    }
    if (this._options.kernelId() && needsCheck(fix, model)) {
      const checked = await this._check(model, fix);
      if (!checked || statusOf(checked) === 'failed') {
        return;
      }
    }
    await this._carryOut(model, fix);
  }

  /** Write the text of the fix on show: nothing is installed and nothing is run. */
  async applyText(model: DiagnosisModel): Promise<void> {
    const text = model.fix && textOnly(model.fix);
    if (text && !Private.isBusy(model)) {
      await this._carryOut(model, text);
    }
  }

  /** Try the fix on show in a copy of the kernel. */
  async check(model: DiagnosisModel): Promise<void> {
    const { fix } = model;
    if (fix && !Private.isBusy(model) && this._options.kernelId()) {
      await this._check(model, fix);
    }
  }

  /** Restart the kernel, if the person agrees, so that it sees what a fix installed. */
  async restart(model: DiagnosisModel): Promise<void> {
    if (this._restarting || !model.applied?.restartNeeded) {
      return;
    }
    this._restarting = true;
    try {
      const host = this._host(model, new AbortController().signal);
      if (await host.restart()) {
        this.restarted(model);
        host.focus();
      }
    } finally {
      this._restarting = false;
    }
  }

  /** The kernel was restarted, by whomever: say so where a fix was waiting for it. */
  restarted(model: DiagnosisModel): void {
    if (model.applied?.restartNeeded) {
      const { cells, label, trans } = this._options;
      model.setRestarted(
        restartedSentence(model.fix, model.cellId, cells(), label, trans)
      );
    }
  }

  /** Put back the text that the last fix changed. */
  undo(model: DiagnosisModel): void {
    const { applied } = model;
    if (!applied) {
      return;
    }
    const { trans } = this._options;
    const host = this._host(model, new AbortController().signal);
    const complete = undoFix(applied, host);
    if (complete) {
      this._options.recorder.undone(model);
    }
    model.setUndone(
      complete
        ? trans.__(
            'The text is as it was. Variables and installed packages are not.'
          )
        : trans.__(
            'A cell was changed after the fix and was left alone. Use undo in the cell.'
          )
    );
    host.focus();
  }

  private async _carryOut(model: DiagnosisModel, fix: Fix): Promise<void> {
    const host = this._host(model, model.setApplying());
    const { recorder } = this._options;
    try {
      const applied = await applyFix(fix, model.cellId, model.sources, host);
      recorder.carriedOut(model, fix, applied);
      this._report(model, applied);
      if (applied.edits.length || applied.reran) {
        host.focus();
      }
    } catch (reason) {
      this._refuse(model, reason);
    }
  }

  /** Say how a fix ended: where its own cell failed again, that cell has a newer error by now. */
  private _report(model: DiagnosisModel, applied: IApplied): void {
    const { error, trans } = this._options;
    const newer = model.isDisposed ? error(model.cellId) : null;
    const sentence = appliedSentence(applied, trans, !!model.death);
    if (newer) {
      newer.setFollows(applied, failedAgainSentence(applied, trans));
    } else if (applied.ok) {
      model.setApplied(applied, sentence);
    } else {
      model.setRefused('failed', sentence, applied);
    }
  }

  /** Check a fix, unless it does not fit the notebook any more. */
  private async _check(model: DiagnosisModel, fix: Fix): Promise<Fix | null> {
    const cells = this._options.cells();
    const host = this._host(model, new AbortController().signal);
    try {
      checkFits(fix, model.cellId, model.sources, host);
    } catch (reason) {
      this._refuse(model, reason);
      return null;
    }
    const cell = cells.find(({ id }) => id === model.cellId);
    return cell ? checkFix(this._job(model), { fix, cell, cells }) : null;
  }

  private _refuse(model: DiagnosisModel, reason: unknown): void {
    if (reason instanceof FixConflict) {
      const sentence = conflictSentence(reason.reason, this._options.trans);
      model.setRefused('stale', sentence);
    } else {
      model.setRefused('failed', String(reason));
    }
  }

  private _host(model: DiagnosisModel, signal: AbortSignal): IFocusableHost {
    return this._options.host(model.cellId, requirement =>
      install(this._job(model), requirement, signal)
    );
  }

  private _job(model: DiagnosisModel): IJob {
    const { client, kernelId, trans } = this._options;
    return { client, kernelId: kernelId(), model, trans };
  }

  private readonly _options: FixRunner.IOptions;
  private _restarting = false;
}

/** A notebook that fixes are carried out in and that can take the focus. */
export interface IFocusableHost extends IFixHost {
  /** Put the cursor into the failing cell. */
  focus(): void;
}

/** The namespace for `FixRunner`'s options. */
export namespace FixRunner {
  /** The notebook, its kernel and the server part. */
  export interface IOptions {
    /** The notebook's cells as they are now, in order. */
    cells: () => Cell[];
    /** The server part. */
    client: Pick<IDoctorClient, 'check' | 'install'>;
    /** The newest error of a cell. */
    error: (cellId: string) => DiagnosisModel | null;
    /** The notebook, for one failing cell. */
    host: (
      failingCell: string,
      install: (requirement: string) => Promise<Done>
    ) => IFocusableHost;
    /** The kernel now; empty where none runs. */
    kernelId: () => string;
    /** How a cell is called on screen. */
    label: (cellId: string) => string;
    /** Keeps what was done with the fixes. */
    recorder: Pick<Recorder, 'carriedOut' | 'undone'>;
    /** The translation. */
    trans: TranslationBundle;
  }
}

namespace Private {
  /** Whether a fix is being carried out or checked. */
  export function isBusy({ checking, state }: DiagnosisModel): boolean {
    return state === 'applying' || checking !== '';
  }
}
