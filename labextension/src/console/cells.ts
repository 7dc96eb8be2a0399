import { CodeCell } from '@jupyterlab/cells';
import type { CodeConsole } from '@jupyterlab/console';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Cell } from '../protocol';

/** What was entered in a console, in order. */
export function entries({ cells }: CodeConsole): CodeCell[] {
  return Array.from(cells).filter(cell => cell instanceof CodeCell);
}

/** An entry of a console. */
export function entry(console: CodeConsole, cellId: string): CodeCell | null {
  return entries(console).find(({ model }) => model.id === cellId) ?? null;
}

/** A console's entries as they are posted. */
export function readEntries(console: CodeConsole): Cell[] {
  return entries(console).map(({ model }): Cell => ({
    id: model.id,
    source: model.sharedModel.getSource(),
    kind: 'code',
    execution_count: model.executionCount,
    tags: []
  }));
}

/** How an entry is called on screen. */
export function entryLabel(
  console: CodeConsole,
  cellId: string,
  trans: TranslationBundle
): string {
  const count = entry(console, cellId)?.model.executionCount;
  return typeof count === 'number' ? `[${count}]` : trans.__('the entry');
}

/** Whether an entry has ended with an error: nothing comes after one. */
export function endsWithError({ model }: CodeCell): boolean {
  const { outputs } = model;
  return outputs.length > 0 && outputs.get(outputs.length - 1).type === 'error';
}
