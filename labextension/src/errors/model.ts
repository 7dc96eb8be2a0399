import type { IApplied } from '../fixes/apply';
import { staysOnShow, withFix } from '../fixes/fixes';
import type { Diagnosis, DiagnosisRequest, Fix } from '../protocol';
import type { Rung } from './state';
import { StreamedState } from './stream';
import type { DiagnosisEvent, IDoctorClient } from '../tokens';

/** The stages of progress that only a model has. */
const MODEL_STAGES: readonly string[] = ['summarize', 'categorize', 'fix'];

/**
 * One error of one cell and what is known of it. Cards and the panel are views of it; it knows neither.
 */
export class DiagnosisModel extends StreamedState {
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
    this._judged = false;
    this._checked.clear();
    await this.follow(signal => client.diagnose(request, signal), this._take);
  }

  /** The cell has ended, with this error. */
  confirm(): void {
    this._foreseen = false;
    this._settle();
  }

  /** Put another fix on show. */
  select(fixId: string): void {
    this._fixId = fixId;
    this._chosen = true;
    // They were about another fix.
    this._sentence = '';
    this._notice = '';
    if (this._state === 'stale' || this._state === 'failed') {
      this._settle();
    } else {
      this._emit();
    }
  }

  /** Show somebody who learns more of the diagnosis, or less. */
  show(rung: Rung): void {
    this._rung = rung;
    this._emit();
  }

  /** The person has said whether the diagnosis was right. */
  setJudged(notice: string): void {
    this._judged = true;
    this.notify(notice);
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
    this._notice = '';
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
    this._applied = applied ?? this._applied;
    this._set(state);
  }

  /** A fix of the error that this one came after was carried out: it can still be taken back. */
  setFollows(applied: IApplied, sentence: string): void {
    this._applied = applied;
    this.say(sentence);
  }

  /** The text that a fix changed was put back. */
  setUndone(sentence: string): void {
    this._applied = null;
    this._sentence = sentence;
    if (this._controller) {
      // A diagnosis is still on its way.
      this._emit();
    } else {
      this._settle();
    }
  }

  /** The kernel that did not see what was installed was restarted. */
  setRestarted(sentence: string): void {
    if (this._applied) {
      this._applied = { ...this._applied, restartNeeded: false };
    }
    this.say(sentence);
  }

  /** Take a fix in: a new one, or one that is there already and has another verdict now. */
  takeFix(fix: Fix): void {
    if (this._diagnosis) {
      this._diagnosis = withFix(this._diagnosis, fix);
    }
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

  private _chosen = false;
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
}
