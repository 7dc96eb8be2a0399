import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IApplied } from './apply';
import { staysOnShow, withFix } from './fixes';
import type { Diagnosis, DiagnosisRequest, Fix, Trouble } from './protocol';
import type { DiagnosisState } from './state';
import { ErrorState, saysNothing } from './state';
import type { DiagnosisEvent, IDoctorClient } from './tokens';

/** The code of the trouble that can be ended by loading nbdoctor in the kernel. */
export const KERNEL_WITHOUT_NBDOCTOR = 'kernel_without_nbdoctor';

/** The stages of progress that only a model has. */
const MODEL_STAGES: readonly string[] = ['summarize', 'categorize', 'fix'];

/**
 * One error of one cell and what is known of it. Cards and the panel are views of it; it knows neither.
 */
export class DiagnosisModel extends ErrorState implements IDisposable {
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
    this._prompts = [];
    this._words = '';
    this._fixId = '';
    this._chosen = false;
    this._checked.clear();
    await this.follow(signal => client.diagnose(request, signal), this._take);
  }

  /**
   * Show the progress of a stream and take its events until it ends or `stop` is called.
   *
   * @param open - Opens the stream.
   * @param take - Takes an event.
   * @param checking - The fix that the stream checks, if it does.
   * @returns Whether the stream came to its end, a bad one included.
   */
  async follow<E>(
    open: (signal: AbortSignal) => AsyncIterable<E>,
    take: (event: E) => void,
    checking = ''
  ): Promise<boolean> {
    this._abort();
    const controller = new AbortController();
    this._controller = controller;
    this._checking = checking;
    this._progress = '';
    this._trouble = null;
    this._sentence = '';
    if (checking) {
      this._output = '';
    }
    this._set('working');
    try {
      for await (const event of open(controller.signal)) {
        if (controller.signal.aborted) {
          break;
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
        if (checking) {
          this._checked.add(checking);
        }
        this._settle();
      }
    }
    return !controller.signal.aborted;
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
    this._chosen = true;
    // It was about another fix.
    this._sentence = '';
    if (this._state === 'stale' || this._state === 'failed') {
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
    this._checking = '';
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

  /** The kernel that did not see what was installed was restarted. */
  setRestarted(sentence: string): void {
    if (this._applied) {
      this._applied = { ...this._applied, restartNeeded: false };
    }
    this.say(sentence);
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

  /** Take a fix in: a new one, or one that is there already and has another verdict now. */
  takeFix(fix: Fix): void {
    if (this._diagnosis) {
      this._diagnosis = withFix(this._diagnosis, fix);
    }
    this._emit();
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
        if (!this._chosen) {
          const shown = this.fix?.id ?? '';
          this._fixId = staysOnShow(shown, event.data.fixes ?? []) ? shown : '';
        }
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
        this.takeFix(event.data);
        return;
      case 'prompt':
        this._prompts.push(event.data);
        break;
      case 'trouble':
        this._note(event.data);
        break;
      // Other events are a newer server's: not for us.
    }
    this._emit();
  };

  private _note(trouble: Trouble): void {
    if (trouble.code === KERNEL_WITHOUT_NBDOCTOR) {
      this._kernelWithoutNbdoctor = trouble;
    } else {
      this._trouble = trouble;
    }
  }

  private _settle(): void {
    this._checking = '';
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

  private _chosen = false;
  private _controller: AbortController | null = null;
  private _isDisposed = false;
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
