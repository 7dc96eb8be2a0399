import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { Trouble } from '../protocol';
import type { DiagnosisState } from './state';
import { ErrorState, saysNothing } from './state';

/** The code of the trouble that can be ended by loading nbdoctor in the kernel. */
const KERNEL_WITHOUT_NBDOCTOR = 'kernel_without_nbdoctor';

/**
 * What is known of one error while a stream brings more: one stream at a time, which can be stopped and which always
 * comes to a settled state.
 */
export class StreamedState extends ErrorState implements IDisposable {
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
    this._notice = '';
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

  /** Say something without changing where the error stands. */
  say(sentence: string): void {
    this._sentence = sentence;
    this._emit();
  }

  /** Say what was done beside carrying a fix out. */
  notify(notice: string): void {
    this._notice = notice;
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

  protected _note(trouble: Trouble): void {
    if (trouble.code === KERNEL_WITHOUT_NBDOCTOR) {
      this._kernelWithoutNbdoctor = trouble;
    } else {
      this._trouble = trouble;
    }
  }

  protected _settle(): void {
    this._checking = '';
    this._progress = '';
    const { _diagnosis: diagnosis, _words: words } = this;
    if (!diagnosis) {
      this._set(this._trouble ? 'failed' : words ? 'ready' : 'offer');
    } else {
      this._set(saysNothing(diagnosis) && !words ? 'empty' : 'ready');
    }
  }

  protected _abort(): void {
    this._controller?.abort();
    this._controller = null;
  }

  protected _set(state: DiagnosisState): void {
    this._state = state;
    this._emit();
  }

  protected _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  protected _controller: AbortController | null = null;
  private _isDisposed = false;
}

namespace Private {
  /** A `RequestError` brings its trouble along; anything else is told as it is. */
  export function trouble(reason: unknown): Trouble {
    if (reason instanceof Error && 'trouble' in reason) {
      return reason.trouble as Trouble;
    }
    return { code: 'unexpected', message: String(reason), retryable: true };
  }
}
