import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import type { NotebookErrors } from './errors/errors';
import type { DiagnosisModel } from './errors/model';
import type {
  About,
  Confinement,
  Correction,
  DeathRequest,
  Diagnosis,
  DiagnosisRequest,
  Done,
  Fix,
  KernelStatus,
  LoadRequest,
  PostedError,
  Progress,
  Prompt,
  ServerStatus,
  TrialRequest,
  Trouble,
  Words
} from './protocol';
import type { Lost, Rung } from './errors/state';

/** An event of the stream of a diagnosis. */
export type DiagnosisEvent =
  | { event: 'findings'; data: Diagnosis }
  | { event: 'progress'; data: Progress }
  | { event: 'category'; data: Progress }
  | { event: 'words'; data: Words }
  | { event: 'fix'; data: Fix }
  | { event: 'prompt'; data: Prompt }
  | { event: 'trouble'; data: Trouble }
  | { event: 'diagnosis'; data: Diagnosis };

/** An event of the stream of an install or of loading nbdoctor in a kernel. */
export type JobEvent =
  | { event: 'words'; data: Words }
  | { event: 'progress'; data: Progress }
  | { event: 'trouble'; data: Trouble }
  | { event: 'done'; data: Done };

/** An event of the stream of a check. */
export type TrialEvent = JobEvent | { event: 'fix'; data: Fix };

/** What the front end asks of the server part. */
export interface IDoctorClient {
  /** Ask for a diagnosis. */
  diagnose(
    request: DiagnosisRequest,
    signal: AbortSignal
  ): AsyncIterable<DiagnosisEvent>;

  /** Ask why a kernel died; rejects where the server part knows of no death. */
  explain(
    kernelId: string,
    request: DeathRequest,
    signal: AbortSignal
  ): AsyncIterable<DiagnosisEvent>;

  /** Install a distribution in the kernel's environment. */
  install(
    kernelId: string,
    requirement: string,
    signal: AbortSignal
  ): AsyncIterable<JobEvent>;

  /** Try a fix in a copy of the kernel. */
  check(
    kernelId: string,
    request: TrialRequest,
    signal: AbortSignal
  ): AsyncIterable<TrialEvent>;

  /**
   * Look for a kernel whose connection is lost; never rejects. Null where nothing is to be said: Jupyter Server answers with
   * something else, or it was this page that has ended the kernel.
   */
  find(kernelId: string): Promise<Lost | null>;

  /** What nbdoctor in a kernel says of itself. */
  kernel(kernelId: string): Promise<KernelStatus>;

  /** Load nbdoctor in a running kernel, and have it look at the error just raised. */
  load(
    kernelId: string,
    request: LoadRequest,
    signal: AbortSignal
  ): AsyncIterable<JobEvent>;

  /** What is known of a kind of problem. */
  about(kind: string): Promise<About>;

  /** How the server part is configured, at once; `look` asks the model servers how they stand, too. */
  status(look?: boolean): Promise<ServerStatus>;

  /** Keep what a person did with a fix, or said of a diagnosis. */
  keep(correction: Correction): Promise<void>;

  /** What was kept, newest first. */
  corrections(): Promise<Correction[]>;

  /** Delete what was kept: one of them, or all. */
  forget(number?: number): Promise<void>;
}

/** When a diagnosis starts by itself; `server` means as the server is configured. */
export type Auto = 'server' | 'off' | 'rules' | 'model';

/** What is known of the server part; asked for once, when first needed. */
export interface IServerState {
  /** Emitted when any of it changes. */
  readonly changed: ISignal<IServerState, void>;
  /** Its answer, once there is one. */
  readonly status: ServerStatus | null;
  /** Why there is none, or no newer one. */
  readonly trouble: Trouble | null;
  /** Whether it has said how the model servers stand. */
  readonly looked: boolean;
  /** Ask, unless it has answered before; `look`: in any case, and the model servers, too. Never rejects. */
  load(look?: boolean): Promise<ServerStatus | null>;
}

/** What people did with fixes, kept on the server's machine. */
export interface IMemory {
  /** Emitted when something was kept or deleted. */
  readonly changed: ISignal<IMemory, void>;
  /** Keep a correction, unless nothing is to be kept. Never rejects; says whether it was kept. */
  keep(correction: Correction): Promise<boolean>;
  /** What was kept, newest first. */
  list(): Promise<Correction[]>;
  /** Delete one of them, or all. */
  forget(number?: number): Promise<void>;
}

/** A setting that a person may change, unless the administrator has fixed it. */
export type Setting = 'auto' | 'cards' | 'hints';

/** What is known of a notebook's kernel; asked for once a kernel, when first needed. */
export interface IKernelState {
  /** Emitted when it is known. */
  readonly changed: ISignal<IKernelState, void>;
  /** How trials are confined; null where the kernel has not said so. */
  readonly confinement: Confinement | null;
  /** Ask, unless the kernel has answered before. Never rejects. */
  load(): Promise<void>;
}

/** Takes in what goes wrong in a notebook's cells. */
export interface IIntake {
  /** A cell shows an error that is not known yet. */
  onSeen(cell: CodeCell, error: PostedError): void;
}

/** A notebook or a console: its errors and what can be done about them. */
export interface IPlace extends IDisposable {
  readonly errors: NotebookErrors;
  readonly intake: IIntake;
  readonly kernel: IKernelState;
  /** Whether cells can be changed and inserted: not in a console, where a fix is a new entry. */
  readonly editable: boolean;
  /** Whether this is one for nbdoctor: its language is Python, or not known yet. */
  readonly speaksPython: boolean;
  /** How much of a diagnosis is shown: all of it, unless hints come first. */
  rung(model: DiagnosisModel): Rung;
  /** Diagnose a cell's error, asking the model as `ask` says; `remark` is what the person tells it. */
  diagnose(
    model: DiagnosisModel,
    ask: DiagnosisRequest['model'],
    remark?: string
  ): void;
  /** Carry out the selected fix; an install is checked first. */
  apply(model: DiagnosisModel): Promise<void>;
  /** Write the text of the selected fix: nothing is installed and nothing is run. */
  applyText(model: DiagnosisModel): Promise<void>;
  /** Put the failing cell's text, as the selected fix would leave it, on the clipboard. */
  copy(model: DiagnosisModel): Promise<void>;
  /** Put headline and explanation, as text, into a cell of their own below the failing one. */
  keep(model: DiagnosisModel): void;
  /** The person says whether a diagnosis was right, and what it should have been. */
  judge(model: DiagnosisModel, right: boolean, comment?: string): Promise<void>;
  /** Try the selected fix in a copy of the kernel. */
  check(model: DiagnosisModel): Promise<void>;
  /** Restart the kernel, after a question, so that it sees what a fix installed. */
  restart(model: DiagnosisModel): Promise<void>;
  /** Put back the text that the last fix changed. */
  undo(model: DiagnosisModel): void;
  /** Connect to a kernel again that is there still. */
  reconnect(model: DiagnosisModel): Promise<void>;
  /** Load nbdoctor in the kernel, then diagnose again. */
  loadInKernel(model: DiagnosisModel): Promise<void>;
  /** Put the card away and remember not to show this kind again in this session. */
  mute(model: DiagnosisModel): void;
  /** Give the focus back, to where it was. */
  activate(): void;
  /** Give the focus to a cell as a whole. */
  focus(cellId: string): void;
  /** Scroll to a cell and make it the active one. */
  reveal(cellId: string): Promise<void>;
  /** How a cell is called on screen: `[3]`, or its position if it has not run. */
  label(cellId: string): string;
  /** Whether a kernel runs. */
  readonly hasKernel: boolean;
}

/** A notebook. */
export interface INotebookPlace extends IPlace {
  readonly editable: true;
  readonly panel: NotebookPanel;
}

/** The service that watches notebooks and consoles for errors. */
export interface IDoctor {
  /** Emitted when a setting that the views depend on changes. */
  readonly settingsChanged: ISignal<IDoctor, void>;
  /** When a diagnosis starts by itself. */
  readonly auto: Auto;
  /** Whether cards are shown below errors. */
  readonly showCards: boolean;
  /** What is known of the server part. */
  readonly server: IServerState;
  /** What people did with fixes. */
  readonly memory: IMemory;
  /** Whether errors show a hint first: the person, the administrator, or the metadata of the notebook, if it is one, wants it. */
  hints(panel: NotebookPanel | null): boolean;
  /** Whether the administrator has fixed a setting. */
  isLocked(setting: Setting): boolean;
  /** What is known of a kind of problem; rejects where the server part does not say. */
  about(kind: string): Promise<About>;
  /** A notebook; null where the panel is not known or closed. */
  of(panel: NotebookPanel): INotebookPlace | null;
  /** The notebook or console that a widget shows the cells of; null where it shows none. */
  at(widget: Widget): IPlace | null;
}

/** The service's token, for other extensions. */
export const IDoctor = new Token<IDoctor>(
  'nbdoctor:IDoctor',
  'Diagnoses the errors of notebook cells and applies fixes.'
);
