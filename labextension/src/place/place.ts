import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { copyText } from '../card/clipboard';
import { Recorder } from './corrections';
import { Diagnoser } from './diagnosing';
import { NotebookErrors } from '../errors/errors';
import type { IFocusableHost } from '../fixes/fixing';
import { FixRunner } from '../fixes/fixing';
import { correctedText } from '../fixes/fixes';
import { loadInKernel } from '../server/jobs';
import { KernelState } from '../server/kernels';
import { SERVER_MISSING } from '../server/request';
import type { DiagnosisModel } from '../errors/model';
import type { Cell, DiagnosisRequest, Done } from '../protocol';
import type { Rung } from '../errors/state';
import type { IDoctor, IDoctorClient, IIntake, IPlace } from '../tokens';

/** The codes of the trouble where the server part knows nothing of a kernel's death, or is not there. */
const UNKNOWN_DEATH: readonly string[] = ['http_404', SERVER_MISSING];

/** The errors of one notebook or console and what can be done about them. */
export abstract class Place implements IPlace {
  /**
   * @param options - The session and the services.
   */
  constructor(options: Place.IOptions) {
    const { client, doctor, muted, sessionContext, translator } = options;
    this._client = client;
    this._muted = muted;
    this._sessionContext = sessionContext;
    this.trans = translator.load('nbdoctor');
    const cells = () => this.cells();
    const kernelId = () => this._kernelId;
    this.kernel = new KernelState(client, kernelId);
    this.recorder = new Recorder(doctor.memory);
    this.diagnoser = new Diagnoser({
      cells,
      client,
      doctor,
      kernelId,
      onDiagnosed: model => this.onDiagnosed(model)
    });
    this._fixes = new FixRunner({
      cells,
      client,
      error: id => this.errors.get(id),
      host: (failingCell, install) => this.host(failingCell, install),
      kernelId,
      label: id => this.label(id),
      recorder: this.recorder,
      trans: this.trans
    });
    sessionContext.kernelChanged.connect(this._onKernel, this);
    sessionContext.statusChanged.connect(this._onStatus, this);
  }

  readonly errors = new NotebookErrors();

  abstract readonly intake: IIntake;

  readonly kernel: KernelState;

  abstract readonly editable: boolean;

  abstract readonly speaksPython: boolean;

  get hasKernel(): boolean {
    return this._kernelId !== '';
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
    Signal.clearData(this.kernel);
    this.errors.dispose();
  }

  rung(model: DiagnosisModel): Rung {
    // That the connection is lost is nothing to learn from.
    return this.hints && !model.death?.lost ? model.rung : 'solution';
  }

  diagnose(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    remark = ''
  ): void {
    this.diagnoser.ask(model, ask, remark);
  }

  apply(model: DiagnosisModel): Promise<void> {
    return this._fixes.apply(model);
  }

  applyText(model: DiagnosisModel): Promise<void> {
    return this._fixes.applyText(model);
  }

  async copy(model: DiagnosisModel): Promise<void> {
    const text = model.fix && correctedText(model.fix, model.cellId);
    if (typeof text === 'string') {
      await copyText(text);
      model.notify(this.trans.__('The corrected cell was copied.'));
    }
  }

  abstract keep(model: DiagnosisModel): void;

  async judge(
    model: DiagnosisModel,
    right: boolean,
    comment = ''
  ): Promise<void> {
    const { trans } = this;
    const kept = await this.recorder.judged(model, right, comment);
    model.setJudged(
      kept
        ? trans.__('Thank you. It is kept on this machine.')
        : trans.__(
            "It could not be kept. The Jupyter server's log may say why."
          )
    );
  }

  check(model: DiagnosisModel): Promise<void> {
    return this._fixes.check(model);
  }

  restart(model: DiagnosisModel): Promise<void> {
    return this._fixes.restart(model);
  }

  undo(model: DiagnosisModel): void {
    this._fixes.undo(model);
  }

  async reconnect(model: DiagnosisModel): Promise<void> {
    model.say(this.trans.__('Connecting to the kernel…'));
    try {
      // Where it succeeds, who watches the connection takes the card away.
      await this._sessionContext.session?.kernel?.reconnect();
    } catch {
      model.say(
        this.trans.__('The connection to the kernel could not be made.')
      );
    }
  }

  async loadInKernel(model: DiagnosisModel): Promise<void> {
    const client = this._client;
    const job = { client, kernelId: this._kernelId, model, trans: this.trans };
    const cell = this.cells().find(({ id }) => id === model.cellId);
    if (await loadInKernel(job, { cell, error: model.error })) {
      this.diagnose(model, 'auto');
    }
  }

  mute(model: DiagnosisModel): void {
    this._muted.add(Private.kind(model));
    model.hide();
  }

  abstract activate(): void;

  abstract focus(cellId: string): void;

  abstract reveal(cellId: string): Promise<void>;

  abstract label(cellId: string): string;

  /** The cells as they are now, in order, as they are posted. */
  protected abstract cells(): Cell[];

  /** Where the fixes of a failing cell are carried out. */
  protected abstract host(
    failingCell: string,
    install: (requirement: string) => Promise<Done>
  ): IFocusableHost;

  /** Whether hints come first here. */
  protected abstract readonly hints: boolean;

  protected readonly diagnoser: Diagnoser;
  protected readonly recorder: Recorder;
  protected readonly trans: TranslationBundle;

  /** A diagnosis has ended, however it did: it may be of a kind that is not to be shown. */
  protected onDiagnosed(model: DiagnosisModel): void {
    const unknown = UNKNOWN_DEATH.includes(model.trouble?.code ?? '');
    if (model.death && unknown && this.errors.get(model.cellId) === model) {
      // Jupyter has said that the kernel died, and there is no more to say.
      this.errors.remove(model.cellId);
    }
    if (model.diagnosis && this._muted.has(Private.kind(model))) {
      model.hide();
    }
  }

  private get _kernelId(): string {
    return this._sessionContext.session?.kernel?.id ?? '';
  }

  /** A kernel that is restarted is announced as changed, too, though it is the same one. */
  private _onKernel(
    { isReady }: ISessionContext,
    { newValue, oldValue }: Session.ISessionConnection.IKernelChangedArgs
  ): void {
    if (isReady && newValue && newValue === oldValue) {
      this.errors.all().forEach(model => this._fixes.restarted(model));
    }
  }

  private _onStatus(sender: ISessionContext, status: Kernel.Status): void {
    if (
      status === 'restarting' ||
      status === 'autorestarting' ||
      status === 'dead'
    ) {
      this.errors
        .all()
        .filter(({ death, state }) => state === 'working' && !death)
        .forEach(model => model.stop());
    }
  }

  private readonly _client: IDoctorClient;
  private readonly _fixes: FixRunner;
  private _isDisposed = false;
  private readonly _muted: Set<string>;
  private readonly _sessionContext: ISessionContext;
}

/** The namespace for `Place`'s options. */
export namespace Place {
  /** What every place needs of the application. */
  export interface IServices {
    /** The server part. */
    client: IDoctorClient;
    /** Whose settings hold. */
    doctor: Pick<IDoctor, 'auto' | 'hints' | 'memory' | 'server'>;
    /** The kinds that are not to be shown in this session. */
    muted: Set<string>;
    /** The application's translator. */
    translator: ITranslator;
  }

  /** The session and the services. */
  export interface IOptions extends IServices {
    /** Whose kernel the cells are run by. */
    sessionContext: ISessionContext;
  }
}

namespace Private {
  /** What a diagnosis is muted by: its kind, or the error's name where no rule spoke. */
  export function kind(model: DiagnosisModel): string {
    return model.diagnosis?.kind || model.error.name;
  }
}
