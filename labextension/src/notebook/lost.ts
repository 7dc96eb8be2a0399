import type { ISessionContext, SessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { NotebookErrors } from '../errors/errors';
import { lostDiagnosis } from '../errors/lost';
import type { DiagnosisModel } from '../errors/model';
import type { Lost } from '../errors/state';
import { LOST_KERNEL } from '../errors/state';
import type { Intake } from '../place/intake';
import type { Cell } from '../protocol';
import type { IDoctorClient, IPlace } from '../tokens';

/**
 * How long JupyterLab may take to connect again before anything is said, in milliseconds; and how often it is looked
 * after that, because a server that did not answer may be back.
 */
const PATIENCE = 10_000;

/**
 * Takes in that a notebook's kernel cannot be reached, or is gone, while a cell runs: an error of that cell. Where the
 * connection is back, the error goes by itself.
 */
export class LostIntake {
  /**
   * @param options - The notebook, its session, and who goes on with what was lost.
   */
  constructor(options: LostIntake.IOptions) {
    this._options = options;
    const { connectionStatusChanged, kernelChanged } = options.sessionContext;
    connectionStatusChanged.connect(this._onConnection, this);
    kernelChanged.connect(this._end, this);
  }

  /**
   * A kernel is gone, and it did not die in the server's eyes.
   *
   * @param kernelId - The kernel.
   * @param known - What it had run.
   */
  async onGone(kernelId: string, known: Intake.IKnown): Promise<void> {
    const { client, sessionContext } = this._options;
    // The person shuts it down: it is known at once.
    if (known.running === null || !kernelId || sessionContext.isTerminating) {
      return;
    }
    const lost = await client.find(kernelId);
    const now = sessionContext.session?.kernel?.id ?? kernelId;
    if (lost === 'kernel' && now === kernelId) {
      this._show(lost, kernelId, known);
    }
  }

  private _onConnection(
    sender: unknown,
    status: Kernel.ConnectionStatus
  ): void {
    if (status === 'connected') {
      this._end();
    } else if (this._options.intake.known.running !== null) {
      clearTimeout(this._timer);
      if (status === 'disconnected') {
        void this._look();
      } else {
        this._lookLater();
      }
    }
  }

  private _lookLater(): void {
    this._timer = setTimeout(() => void this._look(), PATIENCE);
  }

  private async _look(): Promise<void> {
    const { client, intake, place, sessionContext } = this._options;
    const kernel = sessionContext.session?.kernel;
    const { known } = intake;
    if (!kernel || known.running === null || place.isDisposed) {
      this._end();
      return;
    }
    const turn = ++this._turn;
    const lost = await client.find(kernel.id);
    // The connection may be back, or the kernel another one.
    if (turn !== this._turn) {
      return;
    }
    if (lost) {
      this._show(lost, kernel.id, known);
    }
    if (lost !== 'kernel') {
      this._lookLater();
    }
  }

  private _show(
    lost: Lost,
    kernelId: string,
    { ran, running }: Intake.IKnown
  ): void {
    const { cells, errors, onLost, place, sessionContext, trans } =
      this._options;
    const known = errors.get(running!)?.death;
    const again = known?.lost === lost && known.kernelId === kernelId;
    if (again || place.isDisposed || !place.speaksPython) {
      return;
    }
    if (lost === 'kernel') {
      // JupyterLab would find it out by and by, and starts a kernel only where it knows of none.
      void sessionContext.sessionManager.refreshRunning().catch(() => {
        // It tries again by itself.
      });
    }
    const there = new Set(cells().map(({ id }) => id));
    const runnable = ran.filter(id => id !== running && there.has(id));
    const model = errors.add({
      cellId: running!,
      death: { kernelId, lost, ran, running: true },
      diagnosis: lostDiagnosis(lost, runnable, trans),
      error: { name: LOST_KERNEL, value: '', traceback: [] }
    });
    this._model = model;
    onLost(model);
  }

  /** The connection is back, or it is another kernel's: what was said of it is no longer true. */
  private _end(): void {
    this._turn++;
    clearTimeout(this._timer);
    const { errors } = this._options;
    const { _model: model } = this;
    const passes = model && model.death?.lost !== 'kernel';
    if (passes && errors.get(model.cellId) === model) {
      errors.remove(model.cellId);
    }
    this._model = null;
  }

  private _model: DiagnosisModel | null = null;
  private readonly _options: LostIntake.IOptions;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** What is answered to an earlier question is no longer of interest. */
  private _turn = 0;
}

/** The namespace for `LostIntake`'s options. */
export namespace LostIntake {
  /** The notebook, its session, and who goes on with what was lost. */
  export interface IOptions {
    /** The cells as they are now. */
    cells: () => Cell[];
    /** Looks for a kernel. */
    client: Pick<IDoctorClient, 'find'>;
    /** The errors of the notebook. */
    errors: NotebookErrors;
    /** Knows what ran. */
    intake: Pick<Intake, 'known'>;
    /** Called with what has just been lost. */
    onLost: (model: DiagnosisModel) => void;
    /** The notebook. */
    place: Pick<IPlace, 'isDisposed' | 'speaksPython'>;
    /** Whose kernel it is. */
    sessionContext: Pick<
      ISessionContext,
      'connectionStatusChanged' | 'kernelChanged' | 'session'
    > &
      Pick<SessionContext, 'isTerminating' | 'sessionManager'>;
    /** The translation. */
    trans: TranslationBundle;
  }
}
