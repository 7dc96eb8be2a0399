import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IApplied } from './apply';
import type {
  Diagnosis,
  DiagnosisRequest,
  Fix,
  PostedError,
  Trouble
} from './protocol';
import type { DiagnosisEvent, IDoctorClient } from './tokens';

/**
 * Where an error stands.
 *
 * - `offer`: nothing was asked yet.
 * - `working`: a stream is open; a diagnosis may be there already.
 * - `ready`: diagnosed. `empty`: asked, and nothing was found.
 * - `applying`, `applied`: a fix is being carried out; it was.
 * - `stale`: the fix was refused, because the cell changed. `failed`: no answer, or the fix did not work.
 */
export type DiagnosisState =
  | 'offer'
  | 'working'
  | 'ready'
  | 'applying'
  | 'applied'
  | 'stale'
  | 'failed'
  | 'empty';

/** The code of the trouble that can be ended by loading nbdoctor in the kernel. */
export const KERNEL_WITHOUT_NBDOCTOR = 'kernel_without_nbdoctor';

/** The stages of progress that only a model has. */
const MODEL_STAGES: readonly string[] = ['summarize', 'categorize', 'fix'];

/** Whether a diagnosis says no more than that nothing was found. */
export function saysNothing(diagnosis: Diagnosis): boolean {
  const { fixes, kind, origin } = diagnosis;
  return !kind && !fixes?.length && (origin ?? 'rule') === 'rule';
}

/**
 * One error of one cell and what is known of it. Cards and the panel are views of it; it knows neither.
 */
export class DiagnosisModel implements IDisposable {
  /**
   * @param options - What happened, and where.
   */
  constructor(options: DiagnosisModel.IOptions) {
    this.cellId = options.cellId;
    this.error = options.error;
    this.saved = options.saved ?? false;
  }

  /** The failing cell's id. */
  readonly cellId: string;

  /** The error as the notebook shows it. */
  readonly error: PostedError;

  /** Whether the error was read from a file rather than raised just now. */
  readonly saved: boolean;

  /** Emitted when anything here changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): DiagnosisState {
    return this._state;
  }

  /** The newest diagnosis; the rules' one is there before the model speaks. */
  get diagnosis(): Diagnosis | null {
    return this._diagnosis;
  }

  /** The model's words so far; empty once they are part of the diagnosis. */
  get words(): string {
    return this._words;
  }

  /** What is happening now, in a sentence. */
  get progress(): string {
    return this._progress;
  }

  /** The last trouble, and never one of the user's code. */
  get trouble(): Trouble | null {
    return this._trouble;
  }

  /** What was said where nbdoctor is not loaded in the kernel. */
  get kernelWithoutNbdoctor(): Trouble | null {
    return this._kernelWithoutNbdoctor;
  }

  /** Whether a model was asked for this diagnosis. */
  get modelAsked(): boolean {
    return this._modelAsked;
  }

  /** What an installer printed. */
  get output(): string {
    return this._output;
  }

  /** What became of a fix, in a sentence. */
  get sentence(): string {
    return this._sentence;
  }

  /** What the last fix changed, so that it can be put back. */
  get applied(): IApplied | null {
    return this._applied;
  }

  /** Whether the person put the card away. */
  get hidden(): boolean {
    return this._hidden;
  }

  /** The fix on show. */
  get fix(): Fix | null {
    const fixes = this._diagnosis?.fixes ?? [];
    return fixes.find(fix => fix.id === this._fixId) ?? fixes[0] ?? null;
  }

  /** The notebook's cells as they were posted, by id: what the fixes refer to. */
  get sources(): ReadonlyMap<string, string> {
    return this._sources;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._abort();
    Signal.clearData(this);
  }

  /**
   * Ask for a diagnosis and take it in as it arrives. Resolves when the stream has ended, however it did.
   */
  async diagnose(
    client: Pick<IDoctorClient, 'diagnose'>,
    request: DiagnosisRequest
  ): Promise<void> {
    this._sources = new Map(
      request.cells?.map(cell => [cell.id ?? '', cell.source])
    );
    this._sources.set(this.cellId, request.cell.source);
    this._modelAsked = request.model === 'always';
    this._kernelWithoutNbdoctor = null;
    this._fixId = '';
    await this.follow(signal => client.diagnose(request, signal), this._take);
  }

  /**
   * Show the progress of a stream and take its events until it ends or `stop` is called.
   */
  async follow<E>(
    open: (signal: AbortSignal) => AsyncIterable<E>,
    take: (event: E) => void
  ): Promise<void> {
    this._abort();
    const controller = new AbortController();
    this._controller = controller;
    this._words = '';
    this._progress = '';
    this._trouble = null;
    this._sentence = '';
    this._set('working');
    try {
      for await (const event of open(controller.signal)) {
        if (controller.signal.aborted) {
          return;
        }
        take(event);
      }
    } catch (reason) {
      if (!controller.signal.aborted) {
        this._trouble = Private.trouble(reason);
      }
    } finally {
      if (this._controller === controller) {
        this._controller = null;
        this._settle();
      }
    }
  }

  /** Abort the request, not the kernel; what has arrived stays. */
  stop(): void {
    if (this._state === 'applying') {
      // Who carries the fix out hears of it and says how it ended.
      this._controller?.abort();
    } else if (this._controller) {
      this._abort();
      this._settle();
    }
  }

  /** Put another fix on show. */
  select(fixId: string): void {
    this._fixId = fixId;
    if (this._state === 'stale' || this._state === 'failed') {
      this._sentence = '';
      this._settle();
    } else {
      this._emit();
    }
  }

  /** Put the card away. */
  hide(): void {
    this.stop();
    this._hidden = true;
    this._emit();
  }

  /** A fix is being carried out; the signal is aborted when the person stops it. */
  setApplying(): AbortSignal {
    this._abort();
    this._controller = new AbortController();
    this._progress = '';
    this._output = '';
    this._sentence = '';
    this._trouble = null;
    this._set('applying');
    return this._controller.signal;
  }

  /** A fix was carried out. */
  setApplied(applied: IApplied, sentence: string): void {
    this._controller = null;
    this._progress = '';
    this._applied = applied;
    this._sentence = sentence;
    this._set('applied');
  }

  /** A fix was refused (`stale`) or did not work (`failed`). */
  setRefused(
    state: 'stale' | 'failed',
    sentence: string,
    applied: IApplied | null = null
  ): void {
    this._controller = null;
    this._progress = '';
    this._sentence = sentence;
    this._applied = applied;
    this._set(state);
  }

  /** The text that a fix changed was put back. */
  setUndone(sentence: string): void {
    this._applied = null;
    this._sentence = sentence;
    this._settle();
  }

  /** Say something without changing where the error stands. */
  say(sentence: string): void {
    this._sentence = sentence;
    this._emit();
  }

  /** Report trouble that did not come in a stream. */
  fail(trouble: Trouble): void {
    this._note(trouble);
    this._settle();
  }

  /** The next piece of what an installer prints. */
  addOutput(text: string): void {
    this._output += text;
    this._emit();
  }

  /** Say what is happening now. */
  setProgress(sentence: string): void {
    this._progress = sentence;
    this._emit();
  }

  private _take = (event: DiagnosisEvent): void => {
    switch (event.event) {
      case 'findings':
        this._diagnosis = event.data;
        break;
      case 'diagnosis':
        this._diagnosis = event.data;
        // Where the rules had spoken before, the model's words are not part of the diagnosis; they were read, and stay.
        this._words = Private.says(event.data, this._words) ? '' : this._words;
        break;
      case 'progress':
        this._progress = event.data.sentence;
        this._modelAsked ||= MODEL_STAGES.includes(event.data.stage);
        break;
      case 'category':
        this._progress = event.data.sentence;
        break;
      case 'words':
        this._words += event.data.text;
        this._modelAsked = true;
        break;
      case 'fix':
        this._addFix(event.data);
        break;
      case 'trouble':
        this._note(event.data);
        break;
      // Other events are a newer server's: not for us.
    }
    this._emit();
  };

  private _addFix(fix: Fix): void {
    const before = this._diagnosis;
    if (before) {
      const others = (before.fixes ?? []).filter(({ id }) => id !== fix.id);
      this._diagnosis = { ...before, fixes: [...others, fix] };
    }
  }

  private _note(trouble: Trouble): void {
    if (trouble.code === KERNEL_WITHOUT_NBDOCTOR) {
      this._kernelWithoutNbdoctor = trouble;
    } else {
      this._trouble = trouble;
    }
  }

  private _settle(): void {
    this._progress = '';
    const { _diagnosis: diagnosis, _words: words } = this;
    if (!diagnosis) {
      this._set(this._trouble ? 'failed' : words ? 'ready' : 'offer');
    } else {
      this._set(saysNothing(diagnosis) && !words ? 'empty' : 'ready');
    }
  }

  private _abort(): void {
    this._controller?.abort();
    this._controller = null;
  }

  private _set(state: DiagnosisState): void {
    this._state = state;
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _applied: IApplied | null = null;
  private _changed = new Signal<this, void>(this);
  private _controller: AbortController | null = null;
  private _diagnosis: Diagnosis | null = null;
  private _fixId = '';
  private _hidden = false;
  private _isDisposed = false;
  private _kernelWithoutNbdoctor: Trouble | null = null;
  private _modelAsked = false;
  private _output = '';
  private _progress = '';
  private _sentence = '';
  private _sources = new Map<string, string>();
  private _state: DiagnosisState = 'offer';
  private _trouble: Trouble | null = null;
  private _words = '';
}

/** The namespace for `DiagnosisModel`'s options. */
export namespace DiagnosisModel {
  /** What happened, and where. */
  export interface IOptions {
    /** The failing cell's id. */
    cellId: string;
    /** The error as the notebook shows it. */
    error: PostedError;
    /** Whether it was read from a file. */
    saved?: boolean;
  }
}

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
  add(options: DiagnosisModel.IOptions): DiagnosisModel {
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

namespace Private {
  /** Whether a diagnosis holds a model's words, however they are broken into lines. */
  export function says(diagnosis: Diagnosis, words: string): boolean {
    const { explanation, headline } = diagnosis;
    const flat = (text: string): string => text.split(/\s+/).join(' ').trim();
    return [explanation ?? '', `${headline} ${explanation ?? ''}`].some(text =>
      flat(text).includes(flat(words))
    );
  }

  /** A `RequestError` brings its trouble along; anything else is told as it is. */
  export function trouble(reason: unknown): Trouble {
    if (reason instanceof Error && 'trouble' in reason) {
      return reason.trouble as Trouble;
    }
    return { code: 'unexpected', message: String(reason), retryable: true };
  }
}
