import type { CodeCell } from '@jupyterlab/cells';
import type { KernelError, NotebookPanel } from '@jupyterlab/notebook';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { applyFix, FixConflict, undoFix } from './apply';
import { NotebookHost } from './host';
import type { DiagnosisModel } from './model';
import { NotebookErrors } from './model';
import type {
  Cell,
  DiagnosisRequest,
  Done,
  PostedError,
  Trouble
} from './protocol';
import { RequestError } from './request';
import { appliedSentence, conflictSentence } from './sentences';
import type {
  DiagnosisEvent,
  IDoctor,
  IDoctorClient,
  INotebookDoctor,
  JobEvent
} from './tokens';

/** Not errors of the user's code: the person, or the code itself, ended it. */
const NOT_ERRORS: readonly string[] = ['KeyboardInterrupt', 'SystemExit'];

/** The errors of one notebook and what can be done about them. */
export class NotebookDoctor implements INotebookDoctor {
  /**
   * @param options - The notebook and the services.
   */
  constructor(options: NotebookDoctor.IOptions) {
    this._options = options;
    this._trans = options.translator.load('nbdoctor');
    this.panel.sessionContext.statusChanged.connect(this._onStatus, this);
    this.panel.content.modelContentChanged.connect(this._prune, this);
  }

  readonly errors = new NotebookErrors();

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
    if (!this.speaksPython || !Private.counts(cell, error.errorName)) {
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
    if (this.speaksPython && Private.counts(cell, error.name)) {
      this.errors.add({ cellId: cell.model.id, error, saved: true });
    }
  }

  diagnose(model: DiagnosisModel, ask: DiagnosisRequest['model']): void {
    void this._options.doctor.server.load();
    this._start(model, ask, (request, signal) =>
      this._options.client.diagnose(request, signal)
    );
  }

  async apply(model: DiagnosisModel): Promise<void> {
    const { fix } = model;
    if (!fix || model.state === 'applying') {
      return;
    }
    const signal = model.setApplying();
    const host = this._host(model, signal);
    try {
      const applied = await applyFix(fix, model.cellId, model.sources, host);
      const sentence = appliedSentence(applied, this._trans);
      if (applied.ok) {
        model.setApplied(applied, sentence);
      } else {
        model.setRefused('failed', sentence, applied);
      }
      if (applied.edits.length || applied.reran) {
        host.focus();
      }
    } catch (reason) {
      if (reason instanceof FixConflict) {
        const sentence = conflictSentence(reason.reason, this._trans);
        model.setRefused('stale', sentence);
      } else {
        model.setRefused('failed', String(reason));
      }
    }
  }

  undo(model: DiagnosisModel): void {
    const { applied } = model;
    if (!applied) {
      return;
    }
    const host = this._host(model, new AbortController().signal);
    const complete = undoFix(applied, host);
    model.setUndone(
      complete
        ? this._trans.__(
            'The text is as it was. Variables and installed packages are not.'
          )
        : this._trans.__(
            'A cell was changed after the fix and was left alone. Use undo in the cell.'
          )
    );
    host.focus();
  }

  async loadInKernel(model: DiagnosisModel): Promise<void> {
    const kernelId = this._kernelId;
    let loaded = false;
    let trouble: Trouble | null = null;
    await model.follow<JobEvent>(
      signal => {
        model.setProgress(this._trans.__('Loading nbdoctor in this kernel'));
        return this._options.client.load(kernelId, signal);
      },
      event => {
        if (event.event === 'progress') {
          model.setProgress(event.data.sentence);
        } else if (event.event === 'trouble') {
          trouble = event.data;
        } else if (event.event === 'done') {
          loaded = event.data.ok;
          if (!loaded && event.data.sentence) {
            trouble ??= { code: 'load', message: event.data.sentence };
          }
        }
      }
    );
    if (loaded) {
      this.diagnose(model, 'auto');
    } else if (trouble) {
      model.fail(trouble);
    }
  }

  mute(model: DiagnosisModel): void {
    this._options.muted.add(Private.kind(model));
    model.hide();
  }

  async reveal(cellId: string): Promise<void> {
    const { content } = this.panel;
    const index = content.widgets.findIndex(({ model }) => model.id === cellId);
    if (index >= 0) {
      content.activeCellIndex = index;
      try {
        await content.scrollToItem(index, 'smart');
      } catch {
        // Another scroll took its place.
      }
      content.activate();
    }
  }

  label(cellId: string): string {
    const { widgets } = this.panel.content;
    const index = widgets.findIndex(({ model }) => model.id === cellId);
    const count = (widgets[index] as CodeCell | undefined)?.model
      .executionCount;
    return typeof count === 'number'
      ? `[${count}]`
      : this._trans.__('cell %1', index + 1);
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
    const cells = this.panel.content.widgets.map(({ model }): Cell => {
      const count = (model as CodeCell['model']).executionCount;
      return {
        id: model.id,
        source: model.sharedModel.getSource(),
        kind: model.type as Cell['kind'],
        execution_count: typeof count === 'number' ? count : null,
        tags: Private.tags(model)
      };
    });
    const cell = cells.find(({ id }) => id === model.cellId);
    if (!cell) {
      return null;
    }
    const { error } = model;
    return { kernel_id: this._kernelId, cell, error, cells, model: ask };
  }

  private _host(model: DiagnosisModel, signal: AbortSignal): NotebookHost {
    return new NotebookHost({
      failingCell: model.cellId,
      install: requirement => this._install(model, requirement, signal),
      onError: (cell, error) => this.onError(cell, error),
      panel: this.panel,
      translator: this._options.translator
    });
  }

  private async _install(
    model: DiagnosisModel,
    requirement: string,
    signal: AbortSignal
  ): Promise<Done> {
    const kernelId = this._kernelId;
    if (!kernelId) {
      return {
        ok: false,
        sentence: this._trans.__('Start a kernel first, then try again.')
      };
    }
    let done: Done = { ok: false };
    let said = '';
    model.setProgress(this._trans.__('Installing %1', requirement));
    try {
      const events = this._options.client.install(
        kernelId,
        requirement,
        signal
      );
      for await (const event of events) {
        if (event.event === 'words') {
          model.addOutput(event.data.text);
        } else if (event.event === 'progress') {
          model.setProgress(event.data.sentence);
        } else if (event.event === 'trouble') {
          said = [event.data.message, event.data.hint]
            .filter(Boolean)
            .join(' ');
        } else if (event.event === 'done') {
          done = event.data;
        }
      }
    } catch (reason) {
      const stopped = this._trans.__('Stopped.');
      said = signal.aborted
        ? stopped
        : reason instanceof RequestError
          ? reason.trouble.message
          : String(reason);
    }
    model.setProgress('');
    return { ...done, sentence: done.sentence || said };
  }

  private get _kernelId(): string {
    return this.panel.sessionContext.session?.kernel?.id ?? '';
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

  /** A cell's tags. */
  export function tags(model: { getMetadata(key: string): unknown }): string[] {
    const tags = model.getMetadata('tags');
    return Array.isArray(tags) ? tags.map(String) : [];
  }

  /** Whether an error is one to diagnose. */
  export function counts(cell: CodeCell, name: string): boolean {
    return (
      !NOT_ERRORS.includes(name) &&
      !tags(cell.model).includes('raises-exception')
    );
  }
}
