import type { CodeConsole } from '@jupyterlab/console';
import type { TranslationBundle } from '@jupyterlab/translation';

import { endsWithError, entries, entry } from './cells';
import type { IFixableCell } from '../fixes/apply';
import type { IFocusableHost } from '../fixes/fixing';
import { restartKernel } from '../place/restart';
import type { Done } from '../protocol';

/**
 * A console, as one fix sees it. What was entered stays as it is: a corrected text is entered anew, and what stands in
 * the prompt is left there.
 */
export class ConsoleHost implements IFocusableHost {
  /**
   * @param options - The console, and what depends on whose fix it is.
   */
  constructor(options: ConsoleHost.IOptions) {
    this._options = options;
  }

  cell(cellId: string): IFixableCell | null {
    const source = this._source(cellId);
    if (source === null) {
      return null;
    }
    const shared = {
      getSource: () => this._source(cellId) ?? '',
      updateSource: (start: number, end: number, value = '') => {
        this._texts.set(cellId, value);
        this._waiting = cellId;
      },
      undo: () => undefined
    };
    return { shared, editable: true };
  }

  insertBefore(cellId: string, source: string): string {
    const id = `${cellId}-${this._texts.size}`;
    this._texts.set(id, source);
    return id;
  }

  remove(cellId: string): void {
    this._texts.delete(cellId);
  }

  run(cellId: string): Promise<boolean> {
    return this._enter(cellId, this._source(cellId));
  }

  runFrom(cellId: string, line: number): Promise<boolean> {
    const lines = this._source(cellId)
      ?.split('\n')
      .slice(line - 1);
    return this._enter(cellId, lines?.join('\n') ?? null);
  }

  install(requirement: string): Promise<Done> {
    return this._options.install(requirement);
  }

  restart(): Promise<boolean> {
    const { console, trans } = this._options;
    return restartKernel(console.sessionContext, trans);
  }

  /** Put a text that was not run into the prompt, below what stands there, and the cursor after it. */
  focus(): void {
    const { promptCell } = this._options.console;
    const text = this._texts.get(this._waiting);
    if (promptCell && text !== undefined) {
      const { sharedModel } = promptCell.model;
      const now = sharedModel.getSource();
      sharedModel.setSource(now ? `${now}\n${text}` : text);
      this._waiting = '';
    }
    promptCell?.editor?.focus();
  }

  private async _enter(
    cellId: string,
    source: string | null
  ): Promise<boolean> {
    if (source === null) {
      return false;
    }
    if (this._waiting === cellId) {
      this._waiting = '';
    }
    const { console } = this._options;
    const before = new Set(entries(console));
    await console.inject(source);
    const entered = entries(console).find(cell => !before.has(cell));
    return !!entered && !endsWithError(entered);
  }

  /** The text of an entry as the fix has left it. */
  private _source(cellId: string): string | null {
    const { console } = this._options;
    const model = entry(console, cellId)?.model;
    return this._texts.get(cellId) ?? model?.sharedModel.getSource() ?? null;
  }

  private readonly _options: ConsoleHost.IOptions;
  /** What the fix has written, by entry. */
  private readonly _texts = new Map<string, string>();
  /** The entry whose corrected text was not run. */
  private _waiting = '';
}

/** The namespace for `ConsoleHost`'s options. */
export namespace ConsoleHost {
  /** The console, and what depends on whose fix it is. */
  export interface IOptions {
    /** The console. */
    console: CodeConsole;
    /** Installs in the kernel's environment. */
    install: (requirement: string) => Promise<Done>;
    /** The translation. */
    trans: TranslationBundle;
  }
}
