import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';

import type { NotebookErrors } from '../errors/errors';
import type { DiagnosisModel } from '../errors/model';
import { DEAD_KERNEL } from '../errors/state';
import type { Intake } from '../place/intake';
import type { IPlace } from '../tokens';

/**
 * Takes in the deaths of a notebook's kernel: an error of the cell that was running, or of the one that ran last. Of a
 * kernel that has run nothing Jupyter says enough. One that is gone without a death is told to who goes on with it.
 */
export class DeathIntake {
  /**
   * @param options - The notebook, its session, and who goes on with a death.
   */
  constructor(options: DeathIntake.IOptions) {
    this._options = options;
    options.sessionContext.statusChanged.connect(this._onStatus, this);
    options.sessionContext.kernelChanged.connect(this._onKernel, this);
  }

  /**
   * Jupyter says `restarting`, and then `autorestarting` where nobody asked for it; each attempt to start the kernel anew
   * says both.
   */
  private _onStatus(sender: ISessionContext, status: Kernel.Status): void {
    const before = this._status;
    this._status = status;
    if (status === 'autorestarting') {
      this._onDeath(sender.session?.kernel?.id ?? '');
    } else if (status !== 'restarting' && before === 'restarting') {
      this._options.intake.onNewKernel();
    } else if (status === 'dead') {
      const { intake, onGone } = this._options;
      onGone(sender.session?.kernel?.id ?? '', intake.onDeath());
    }
  }

  private _onDeath(kernelId: string): void {
    const { errors, intake, onDied, place } = this._options;
    const { ran, running } = intake.onDeath();
    const cellId = running ?? ran[ran.length - 1];
    if (!cellId || !kernelId || !place.speaksPython) {
      return;
    }
    const error = { name: DEAD_KERNEL, value: '', traceback: [] };
    const death = { kernelId, ran, running: running !== null };
    onDied(errors.add({ cellId, death, error }));
  }

  private _onKernel(
    sender: ISessionContext,
    { newValue, oldValue }: Session.ISessionConnection.IKernelChangedArgs
  ): void {
    // One that is started anew is announced, too, and is the same.
    if (newValue?.id !== oldValue?.id) {
      const { intake, onGone } = this._options;
      const known = intake.onDeath();
      if (oldValue && !newValue) {
        onGone(oldValue.id, known);
      }
    }
  }

  private readonly _options: DeathIntake.IOptions;
  private _status: Kernel.Status = 'unknown';
}

/** The namespace for `DeathIntake`'s options. */
export namespace DeathIntake {
  /** The notebook, its session, and who goes on with a death. */
  export interface IOptions {
    /** The errors of the notebook. */
    errors: NotebookErrors;
    /** Knows what ran. */
    intake: Pick<Intake, 'onDeath' | 'onNewKernel'>;
    /** Called with a death that has just happened. */
    onDied: (model: DiagnosisModel) => void;
    /** Called with a kernel that is gone and what it had run. */
    onGone: (kernelId: string, known: Intake.IKnown) => void;
    /** The notebook. */
    place: Pick<IPlace, 'speaksPython'>;
    /** Whose kernel it is. */
    sessionContext: Pick<ISessionContext, 'kernelChanged' | 'statusChanged'>;
  }
}
