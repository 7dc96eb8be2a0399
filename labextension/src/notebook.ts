import type { CodeCell } from '@jupyterlab/cells';
import type { KernelError, NotebookPanel } from '@jupyterlab/notebook';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { cellLabel, counts, readCells, revealCell } from './cells';
import { NotebookErrors } from './errors';
import { FixRunner } from './fixing';
import { NotebookHost } from './host';
import { loadInKernel } from './jobs';
import { KernelState } from './kernels';
import type { DiagnosisModel } from './model';
import type { DiagnosisRequest, PostedError } from './protocol';
import { RequestError } from './request';
import type {
  DiagnosisEvent,
  IDoctor,
  IDoctorClient,
  INotebookDoctor
} from './tokens';

/** The errors of one notebook and what can be done about them. */
export class NotebookDoctor implements INotebookDoctor {
  /**
   * @param options - The notebook and the services.
   */
  constructor(options: NotebookDoctor.IOptions) {
    this._options = options;
    this._trans = options.translator.load('nbdoctor');
    const { client, panel, translator } = options;
    const kernelId = () => this._kernelId;
    this.kernel = new KernelState(client, kernelId);
    this._fixes = new FixRunner({
      cells: () => readCells(panel),
      client,
      host: (failingCell, install) =>
        new NotebookHost({
          failingCell,
          install,
          onError: (cell, error) => this.onError(cell, error),
          panel,
          translator
        }),
      kernelId,
      label: id => this.label(id),
      trans: this._trans
    });
    const { kernelChanged, statusChanged } = this.panel.sessionContext;
    kernelChanged.connect(this._onKernel, this);
    statusChanged.connect(this._onStatus, this);
    this.panel.content.modelContentChanged.connect(this._prune, this);
  }

  readonly errors = new NotebookErrors();

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
    const { model } = this.panel.content;
    const info = model?.getMetadata('language_info') as
      { name?: string } | undefined;
    const spec = model?.getMetadata('kernelspec') as
      { language?: string } | undefined;
    // The first is empty, not absent, until a kernel has said what it speaks.
    return (info?.name || spec?.language || 'python') === 'python';
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

  /** A cell was asked to run: what was known of its last error is no longer true. */
  onScheduled(cell: CodeCell): void {
    const model = this.errors.get(cell.model.id);
    if (model?.state !== 'applying') {
      this.errors.remove(cell.model.id);
    }
  }

  /** A cell failed. */
  onError(cell: CodeCell, error: KernelError): void {
    if (!this.speaksPython || !counts(cell, error.errorName)) {
      return;
    }
    const model = this.errors.add({
      cellId: cell.model.id,
      error: {
        name: error.errorName,
        value: error.errorValue,
        traceback: error.traceback
      }
    });
    const { auto, server } = this._options.doctor;
    void server.load();
    if (auto === 'server') {
      this._start(model, 'auto', (request, signal) =>
        this._asConfigured(request, signal)
      );
    } else if (auto !== 'off') {
      this.diagnose(model, auto === 'rules' ? 'never' : 'always');
    }
  }

  offer(cell: CodeCell, error: PostedError): void {
    if (this.speaksPython && counts(cell, error.name)) {
      this.errors.add({ cellId: cell.model.id, error, saved: true });
    }
  }

  diagnose(model: DiagnosisModel, ask: DiagnosisRequest['model']): void {
    void this._options.doctor.server.load();
    this._start(model, ask, (request, signal) =>
      this._options.client.diagnose(request, signal)
    );
  }

  apply(model: DiagnosisModel): Promise<void> {
    return this._fixes.apply(model);
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

  private _start(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    diagnose: IDoctorClient['diagnose']
  ): void {
    const request = this._request(model, ask);
    if (request) {
      const { muted } = this._options;
      void model.diagnose({ diagnose }, request).then(() => {
        if (model.diagnosis && muted.has(Private.kind(model))) {
          model.hide();
        }
      });
    }
  }

  /** Ask for a diagnosis, unless the server is configured to wait for a click. */
  private async *_asConfigured(
    request: DiagnosisRequest,
    signal: AbortSignal
  ): AsyncGenerator<DiagnosisEvent, void, undefined> {
    const { client, doctor } = this._options;
    const status = await doctor.server.load();
    if (!status) {
      throw new RequestError(
        doctor.server.trouble ?? { code: 'unexpected', message: '' }
      );
    }
    if (status.auto !== 'off' && !signal.aborted) {
      yield* client.diagnose(request, signal);
    }
  }

  private _request(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model']
  ): DiagnosisRequest | null {
    const cells = readCells(this.panel);
    const cell = cells.find(({ id }) => id === model.cellId);
    if (!cell) {
      return null;
    }
    const { error } = model;
    return { kernel_id: this._kernelId, cell, error, cells, model: ask };
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

  private readonly _fixes: FixRunner;
  private _isDisposed = false;
  private readonly _options: NotebookDoctor.IOptions;
  private readonly _trans: TranslationBundle;
}

/** The namespace for `NotebookDoctor`'s options. */
export namespace NotebookDoctor {
  /** The notebook and the services. */
  export interface IOptions {
    /** The server part. */
    client: IDoctorClient;
    /** Whose settings hold. */
    doctor: Pick<IDoctor, 'auto' | 'server'>;
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
