import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IApplied } from '../fixes/apply';
import type { IChecking } from '../fixes/fixes';
import type { Diagnosis, Fix, PostedError, Prompt, Trouble } from '../protocol';

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

/**
 * How much of a diagnosis somebody who learns has asked for. Outside of hint mode all of it is shown.
 *
 * - `hint`: where to look. `explanation`: what is wrong, and why. `solution`: the fixes, too.
 */
export type Rung = 'hint' | 'explanation' | 'solution';

/** What is shown next, on request; null where nothing is left to show. */
export function nextRung(
  rung: Rung,
  { fix }: Pick<ErrorState, 'fix'>
): Rung | null {
  if (rung === 'hint') {
    return 'explanation';
  }
  return rung === 'explanation' && fix ? 'solution' : null;
}

/** Whether a diagnosis says no more than that nothing was found. */
export function saysNothing(diagnosis: Diagnosis): boolean {
  const { fixes, kind, origin } = diagnosis;
  return !kind && !fixes?.length && (origin ?? 'rule') === 'rule';
}

/** A diagnosis' explanation without its headline, which a model's begins with and which is not said twice. */
export function proseOf(diagnosis: Diagnosis): string {
  const { explanation = '', headline } = diagnosis;
  const again = headline && explanation.startsWith(headline);
  return again ? explanation.slice(headline.length).trim() : explanation;
}

/**
 * What was lost while a cell was running, and no kernel died.
 *
 * - `server`: the Jupyter server does not answer. `connection`: it answers and has the kernel. `kernel`: it has it no more.
 */
export type Lost = 'server' | 'connection' | 'kernel';

/** A kernel that died, or was lost, while a notebook used it. */
export interface IDeath {
  /** The kernel; it has the same id after it was started anew. */
  kernelId: string;
  /** What was lost; absent where the kernel died. */
  lost?: Lost;
  /** The cells that it had run to their end, in the order in which they last ran. */
  ran: string[];
  /** Whether a cell was running: the one that this error is shown at. */
  running: boolean;
}

/** The name of the error of a kernel that died, which raises none. */
export const DEAD_KERNEL = 'DeadKernel';

/** The name of the error of a kernel that was lost, which raises none either. */
export const LOST_KERNEL = 'LostKernel';

/** What is known of one error of one cell; `DiagnosisModel` is what changes it. */
export class ErrorState implements IChecking {
  /**
   * @param options - What happened, and where.
   */
  constructor(options: ErrorState.IOptions) {
    this.cellId = options.cellId;
    this.error = options.error;
    this.saved = options.saved ?? false;
    this.death = options.death ?? null;
    this._diagnosis = options.diagnosis ?? null;
    this._foreseen = options.foreseen ?? false;
    const unknown = this._foreseen ? 'working' : 'offer';
    this._state = this._diagnosis ? 'ready' : unknown;
  }

  /** The failing cell's id. */
  readonly cellId: string;

  /** The error as the notebook shows it. */
  readonly error: PostedError;

  /** Whether the error was read from a file rather than raised just now. */
  readonly saved: boolean;

  /** What is known of the kernel that died or was lost, where this is no error of its code; null where it is. */
  readonly death: IDeath | null;

  /** Emitted when anything here changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether the cell has shown the error and not ended yet. */
  get foreseen(): boolean {
    return this._foreseen;
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

  /** The id of the fix that is checked after a click; empty where none is. */
  get checking(): string {
    return this._checking;
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

  /** What a model was sent, in order; it stays in this page and is never saved. */
  get prompts(): readonly Prompt[] {
    return this._prompts;
  }

  /** What an installer printed. */
  get output(): string {
    return this._output;
  }

  /** What became of a fix, in a sentence. */
  get sentence(): string {
    return this._sentence;
  }

  /** What was done beside carrying a fix out (copied, kept, an answer sent), in a sentence. */
  get notice(): string {
    return this._notice;
  }

  /** Whether the person has said if the diagnosis was right. */
  get judged(): boolean {
    return this._judged;
  }

  /** How much somebody who learns has asked for; it counts in hint mode only. */
  get rung(): Rung {
    return this._rung;
  }

  /** What the last fix changed, so that it can be put back. */
  get applied(): IApplied | null {
    return this._applied;
  }

  /** Whether the last fix left a text behind that can be put back. */
  get undoable(): boolean {
    return !!(this._applied?.edits.length || this._applied?.inserted.length);
  }

  /** Whether this is about the very error that a cell shows: it may show several, and one card is enough. */
  isOf({ name, value }: Pick<PostedError, 'name' | 'value'>): boolean {
    return this.error.name === name && this.error.value === value;
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

  /** Whether a check of a fix was carried to its end after a click. */
  wasChecked(fixId: string): boolean {
    return this._checked.has(fixId);
  }

  protected _applied: IApplied | null = null;
  protected _changed = new Signal<this, void>(this);
  protected _checked = new Set<string>();
  protected _checking = '';
  protected _diagnosis: Diagnosis | null;
  protected _fixId = '';
  protected _foreseen: boolean;
  protected _hidden = false;
  protected _judged = false;
  protected _kernelWithoutNbdoctor: Trouble | null = null;
  protected _modelAsked = false;
  protected _notice = '';
  protected _output = '';
  protected _progress = '';
  protected _prompts: Prompt[] = [];
  protected _rung: Rung = 'hint';
  protected _sentence = '';
  protected _sources = new Map<string, string>();
  protected _state: DiagnosisState;
  protected _trouble: Trouble | null = null;
  protected _words = '';
}

/** The namespace for `ErrorState`'s options. */
export namespace ErrorState {
  /** What happened, and where. */
  export interface IOptions {
    /** The failing cell's id. */
    cellId: string;
    /** The kernel that died or was lost, where this is no error of its code. */
    death?: IDeath;
    /** The diagnosis, where the front end knows it by itself. */
    diagnosis?: Diagnosis;
    /** The error as the notebook shows it. */
    error: PostedError;
    /** Whether the cell has shown it and not ended yet. */
    foreseen?: boolean;
    /** Whether it was read from a file. */
    saved?: boolean;
  }
}
