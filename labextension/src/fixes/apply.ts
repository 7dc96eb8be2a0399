import type { IYText } from '@jupyter/ydoc';

import { runs, writes } from './fixes';
import type { Action, Done, Fix } from '../protocol';

/** Why a fix was refused; nothing was overwritten. */
export type ConflictReason = 'changed' | 'gone' | 'readonly' | 'incomplete';

/** A fix does not fit the notebook as it is now. */
export class FixConflict extends Error {
  /**
   * @param reason - What does not fit.
   */
  constructor(readonly reason: ConflictReason) {
    super(reason);
    this.name = 'FixConflict';
  }
}

/** The part of a cell's shared model that an edit needs. */
export interface ISharedSource {
  getSource(): string;
  updateSource(start: number, end: number, value?: string): void;
  undo(): void;
}

/** A cell, as seen by a fix. */
export interface IFixableCell {
  readonly shared: ISharedSource;
  /** False where the notebook's author locked the cell. */
  readonly editable: boolean;
}

/** What a fix needs of a notebook and its kernel. */
export interface IFixHost {
  /** A cell; null if it is gone. */
  cell(cellId: string): IFixableCell | null;
  /** Insert a code cell before another one and return its id. */
  insertBefore(cellId: string, source: string): string;
  /** Delete a cell. */
  remove(cellId: string): void;
  /** Run a cell; false if it failed. */
  run(cellId: string): Promise<boolean>;
  /** Run a cell's source from a line on, into that cell's output; false if it failed. */
  runFrom(cellId: string, line: number): Promise<boolean>;
  /** Install a distribution in the kernel's environment. */
  install(requirement: string): Promise<Done>;
  /** Restart the kernel; false if the person would rather not. */
  restart(): Promise<boolean>;
}

/** What a fix did. */
export interface IApplied {
  /** Whether all steps were carried out and succeeded. */
  ok: boolean;
  /** The kind of the step that failed; null if none did. */
  failedAt: Action['kind'] | null;
  /** Texts that were replaced, in order. */
  edits: { cellId: string; before: string; after: string }[];
  /** Cells that were inserted, in order. */
  inserted: { cellId: string; source: string }[];
  /** Whether cells were run. */
  reran: boolean;
  /** The sentence of the installer, if it was called. */
  installSentence: string;
  /** Whether an installed distribution needs a restart of the kernel to be seen; nothing was run since. */
  restartNeeded: boolean;
}

/**
 * Replace a cell's text so that one undo brings back exactly the text that was there.
 *
 * #### Notes
 * yjs merges changes made within half a second into one undo step, so what was typed just before would be undone with
 * it, and what is typed just after, too: capturing is stopped on both sides. The edit is not wrapped in a transaction
 * of the notebook, which would put it out of reach of the cell's undo.
 */
export function replaceSource(shared: ISharedSource, text: string): void {
  const { undoManager } = shared as Partial<IYText>;
  undoManager?.stopCapturing();
  shared.updateSource(0, shared.getSource().length, text);
  undoManager?.stopCapturing();
}

/**
 * See whether a fix fits the notebook as it is now.
 *
 * @param fix - The plan.
 * @param cellId - The failing cell's id.
 * @param sources - The notebook's cells as they were when the fix was made.
 * @param host - The notebook.
 * @throws FixConflict, if a cell is not as it was.
 */
export function checkFits(
  fix: Fix,
  cellId: string,
  sources: ReadonlyMap<string, string>,
  host: Pick<IFixHost, 'cell'>
): void {
  for (const action of fix.actions) {
    Private.check(action, cellId, sources, host);
  }
}

/**
 * Carry out a fix, step by step; stops at the first step that fails. Where an install needs a restart of the kernel,
 * nothing is run before it.
 *
 * @param fix - The plan.
 * @param cellId - The failing cell's id.
 * @param sources - The notebook's cells as they were when the fix was made.
 * @param host - The notebook and its kernel.
 * @throws FixConflict, before anything is written, if a cell is not as it was.
 */
export async function applyFix(
  fix: Fix,
  cellId: string,
  sources: ReadonlyMap<string, string>,
  host: IFixHost
): Promise<IApplied> {
  const applied: IApplied = {
    ok: true,
    failedAt: null,
    edits: [],
    inserted: [],
    reran: false,
    installSentence: '',
    restartNeeded: false
  };
  checkFits(fix, cellId, sources, host);
  for (const action of fix.actions) {
    if (applied.restartNeeded && runs(action)) {
      continue;
    }
    // Again, because an earlier step may have taken minutes.
    Private.check(action, cellId, Private.expected(sources, applied), host);
    if (!(await Private.carryOut(action, cellId, host, applied))) {
      applied.ok = false;
      applied.failedAt = action.kind;
      break;
    }
  }
  return applied;
}

/**
 * Put back the text that a fix changed: not variables, not installs.
 *
 * @returns Whether all of it was put back; a text that was changed since is left alone.
 */
export function undoFix(applied: IApplied, host: IFixHost): boolean {
  let complete = true;
  for (const { cellId, source } of [...applied.inserted].reverse()) {
    if (host.cell(cellId)?.shared.getSource() === source) {
      host.remove(cellId);
    } else {
      complete = false;
    }
  }
  for (const { cellId, before, after } of [...applied.edits].reverse()) {
    const shared = host.cell(cellId)?.shared;
    const now = shared?.getSource();
    if (!shared || (now !== after && now !== before)) {
      complete = false;
      continue;
    }
    if (now === after) {
      shared.undo();
    }
    if (shared.getSource() !== before) {
      // The undo stack held something else (another view's change): write the text instead, as one more undoable step.
      replaceSource(shared, before);
    }
  }
  return complete;
}

namespace Private {
  /** Refuse an action that does not fit the notebook as it is now. */
  export function check(
    action: Action,
    failing: string,
    sources: ReadonlyMap<string, string>,
    host: Pick<IFixHost, 'cell'>
  ): void {
    if (action.kind === 'install' || action.kind === 'restart_kernel') {
      if (action.kind === 'install' && !action.requirement) {
        throw new FixConflict('incomplete');
      }
      return;
    }
    const ids = targets(action, failing);
    for (const id of ids) {
      const cell = host.cell(id);
      if (!cell) {
        throw new FixConflict('gone');
      }
      if (action.kind === 'run_cells' || action.kind === 'insert_cell') {
        continue;
      }
      if (cell.shared.getSource() !== sources.get(id)) {
        throw new FixConflict('changed');
      }
      if (action.kind === 'replace_cell' && !cell.editable) {
        throw new FixConflict('readonly');
      }
    }
    if (writes(action) && typeof action.new_source !== 'string') {
      throw new FixConflict('incomplete');
    }
  }

  /** The texts that the cells should have after what was done so far. */
  export function expected(
    sources: ReadonlyMap<string, string>,
    applied: IApplied
  ): ReadonlyMap<string, string> {
    const edited = applied.edits.map(
      ({ cellId, after }) => [cellId, after] as const
    );
    return new Map([...sources, ...edited]);
  }

  /** Do one step; false if it failed. */
  export async function carryOut(
    action: Action,
    failing: string,
    host: IFixHost,
    applied: IApplied
  ): Promise<boolean> {
    const [target] = targets(action, failing);
    switch (action.kind) {
      case 'replace_cell': {
        const { shared } = host.cell(target)!;
        const before = shared.getSource();
        const after = action.new_source!;
        replaceSource(shared, after);
        applied.edits.push({ cellId: target, before, after });
        return true;
      }
      case 'insert_cell': {
        const source = action.new_source!;
        const cellId = host.insertBefore(target, source);
        applied.inserted.push({ cellId, source });
        return true;
      }
      case 'run_cells':
        applied.reran = true;
        for (const id of targets(action, failing)) {
          if (!(await host.run(id))) {
            return false;
          }
        }
        return true;
      case 'run_from':
        applied.reran = true;
        return host.runFrom(target, action.line ?? 1);
      case 'install': {
        const done = await host.install(action.requirement!);
        applied.installSentence = done.sentence ?? '';
        applied.restartNeeded ||= done.restart_needed ?? false;
        return done.ok;
      }
      case 'restart_kernel': {
        const restarted = await host.restart();
        applied.restartNeeded &&= !restarted;
        return restarted;
      }
    }
  }

  /** The cells that an action is about. */
  function targets(action: Action, failing: string): string[] {
    if (action.kind === 'run_cells' && action.cell_ids?.length) {
      return action.cell_ids;
    }
    return [action.cell_id ?? failing];
  }
}
