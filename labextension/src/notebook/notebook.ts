import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import {
  cellLabel,
  keepBelow,
  readCells,
  revealCell,
  speaksPython
} from './cells';
import { copyText } from '../card/clipboard';
import { Recorder } from './corrections';
import { Diagnoser } from './diagnosing';
import { NotebookErrors } from '../errors/errors';
import { FixRunner } from '../fixes/fixing';
import { correctedText } from '../fixes/fixes';
import { NotebookHost } from './host';
import { Intake } from './intake';
import { loadInKernel } from '../server/jobs';
import { asMarkdown } from './keep';
import { KernelState } from '../server/kernels';
import type { DiagnosisModel } from '../errors/model';
import type { DiagnosisRequest } from '../protocol';
import type { Rung } from '../errors/state';
import { proseOf } from '../errors/state';
import type { IDoctor, IDoctorClient, INotebookDoctor } from '../tokens';

/** The errors of one notebook and what can be done about them. */
export class NotebookDoctor implements INotebookDoctor {
  /**
   * @param options - The notebook and the services.
   */
  constructor(options: NotebookDoctor.IOptions) {
    this._options = options;
    this._trans = options.translator.load('nbdoctor');
    const { client, doctor, panel, translator } = options;
    const cells = () => readCells(panel);
    const kernelId = () => this._kernelId;
    this.kernel = new KernelState(client, kernelId);
    this._recorder = new Recorder(doctor.memory);
    this._diagnoser = new Diagnoser({
      cells,
      client,
      doctor,
      kernelId,
      onDiagnosed: model => this._hideMuted(model)
    });
    this._fixes = new FixRunner({
      cells,
      client,
      error: id => this.errors.get(id),
      host: (failingCell, install) =>
        new NotebookHost({
          failingCell,
          install,
          onError: (cell, error) => this.intake.onError(cell, error),
          panel,
          translator
        }),
      kernelId,
      label: id => this.label(id),
      recorder: this._recorder,
      trans: this._trans
    });
    this.intake = new Intake({
      errors: this.errors,
      onRaised: model => this._diagnoser.byItself(model),
      panel,
      recorder: this._recorder
    });
    const { kernelChanged, statusChanged } = this.panel.sessionContext;
    kernelChanged.connect(this._onKernel, this);
    statusChanged.connect(this._onStatus, this);
    this.panel.content.modelContentChanged.connect(this._prune, this);
  }

  readonly errors = new NotebookErrors();

  readonly intake: Intake;

  readonly kernel: KernelState;

  get panel(): NotebookPanel {
    return this._options.panel;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get hasKernel(): boolean {
    return this._kernelId !== '';
  }

  get speaksPython(): boolean {
    return speaksPython(this.panel);
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
    return this._options.doctor.hints(this.panel) ? model.rung : 'solution';
  }

  diagnose(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    remark = ''
  ): void {
    this._diagnoser.ask(model, ask, remark);
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
      model.notify(this._trans.__('The corrected cell was copied.'));
    }
  }

  keep(model: DiagnosisModel): void {
    const { cellId, diagnosis, words } = model;
    const prose = diagnosis ? proseOf(diagnosis) : '';
    const text = asMarkdown(diagnosis?.headline ?? '', prose, words);
    model.notify(
      keepBelow(this.panel, cellId, text)
        ? this._trans.__('Kept in a cell below this one.')
        : this._trans.__('It is in the cell below this one already.')
    );
  }

  async judge(
    model: DiagnosisModel,
    right: boolean,
    comment = ''
  ): Promise<void> {
    const kept = await this._recorder.judged(model, right, comment);
    model.setJudged(
      kept
        ? this._trans.__('Thank you. It is kept on this machine.')
        : this._trans.__(
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

  async loadInKernel(model: DiagnosisModel): Promise<void> {
    const { client } = this._options;
    const job = { client, kernelId: this._kernelId, model, trans: this._trans };
    const cells = readCells(this.panel);
    const cell = cells.find(({ id }) => id === model.cellId);
    if (await loadInKernel(job, { cell, error: model.error })) {
      this.diagnose(model, 'auto');
    }
  }

  mute(model: DiagnosisModel): void {
    this._options.muted.add(Private.kind(model));
    model.hide();
  }

  reveal(cellId: string): Promise<void> {
    return revealCell(this.panel, cellId);
  }

  label(cellId: string): string {
    return cellLabel(this.panel, cellId, this._trans);
  }

  private _hideMuted(model: DiagnosisModel): void {
    const { muted } = this._options;
    if (model.diagnosis && muted.has(Private.kind(model))) {
      model.hide();
    }
  }

  private get _kernelId(): string {
    return this.panel.sessionContext.session?.kernel?.id ?? '';
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
        .filter(model => model.state === 'working')
        .forEach(model => model.stop());
    }
  }

  /** Forget the errors of cells that were deleted. */
  private _prune(): void {
    const errors = this.errors.all();
    if (errors.length) {
      const ids = new Set(
        this.panel.content.widgets.map(({ model }) => model.id)
      );
      errors
        .filter(({ cellId }) => !ids.has(cellId))
        .forEach(({ cellId }) => this.errors.remove(cellId));
    }
  }

  private readonly _diagnoser: Diagnoser;
  private readonly _fixes: FixRunner;
  private _isDisposed = false;
  private readonly _options: NotebookDoctor.IOptions;
  private readonly _recorder: Recorder;
  private readonly _trans: TranslationBundle;
}

/** The namespace for `NotebookDoctor`'s options. */
export namespace NotebookDoctor {
  /** The notebook and the services. */
  export interface IOptions {
    /** The server part. */
    client: IDoctorClient;
    /** Whose settings hold. */
    doctor: Pick<IDoctor, 'auto' | 'hints' | 'memory' | 'server'>;
    /** The kinds that are not to be shown in this session. */
    muted: Set<string>;
    /** The notebook. */
    panel: NotebookPanel;
    /** The application's translator. */
    translator: ITranslator;
  }
}

namespace Private {
  /** What a diagnosis is muted by: its kind, or the error's name where no rule spoke. */
  export function kind(model: DiagnosisModel): string {
    return model.diagnosis?.kind || model.error.name;
  }
}
