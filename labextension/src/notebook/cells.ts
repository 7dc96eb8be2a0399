import type { ISharedNotebook, YNotebook } from '@jupyter/ydoc';
import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Cell } from '../protocol';

/** Not errors of the user's code: the person, or the code itself, ended it. */
const NOT_ERRORS: readonly string[] = ['KeyboardInterrupt', 'SystemExit'];

/** A notebook's cells as they are now, in order, as they are posted. */
export function readCells(panel: NotebookPanel): Cell[] {
  return panel.content.widgets.map(({ model }): Cell => {
    const count = (model as CodeCell['model']).executionCount;
    return {
      id: model.id,
      source: model.sharedModel.getSource(),
      kind: model.type as Cell['kind'],
      execution_count: typeof count === 'number' ? count : null,
      tags: Private.tags(model)
    };
  });
}

/** Whether a notebook's language is Python, or not known yet. */
export function speaksPython({ content }: NotebookPanel): boolean {
  const info = content.model?.getMetadata('language_info') as
    { name?: string } | undefined;
  const spec = content.model?.getMetadata('kernelspec') as
    { language?: string } | undefined;
  // The first is empty, not absent, until a kernel has said what it speaks.
  return (info?.name || spec?.language || 'python') === 'python';
}

/** Whether an error is one to diagnose. */
export function counts(cell: CodeCell, name: string): boolean {
  return (
    !NOT_ERRORS.includes(name) &&
    !Private.tags(cell.model).includes('raises-exception')
  );
}

/** Scroll to a cell and make it the active one. */
export async function revealCell(
  panel: NotebookPanel,
  cellId: string
): Promise<void> {
  const { content } = panel;
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

/** Give the focus to a cell as a whole; where it is gone, to the notebook. */
export function focusCell({ content }: NotebookPanel, cellId: string): void {
  const index = content.widgets.findIndex(({ model }) => model.id === cellId);
  if (index < 0) {
    content.activate();
    return;
  }
  content.activeCellIndex = index;
  content.mode = 'command';
  content.widgets[index].node.focus({ preventScroll: true });
}

/** Insert a Markdown cell below another one, unless it is there already; false if it is. */
export function keepBelow(
  { content }: NotebookPanel,
  cellId: string,
  source: string
): boolean {
  const index = content.widgets.findIndex(({ model }) => model.id === cellId);
  const next = content.widgets[index + 1]?.model;
  if (next?.type === 'markdown' && next.sharedModel.getSource() === source) {
    return false;
  }
  const notebook = content.model!.sharedModel as ISharedNotebook &
    Partial<Pick<YNotebook, 'undoManager'>>;
  // One undo of the notebook takes this cell out, and nothing that was done just before or after.
  notebook.undoManager?.stopCapturing();
  notebook.insertCell(index + 1, { cell_type: 'markdown', source });
  notebook.undoManager?.stopCapturing();
  return true;
}

/** How a cell is called on screen: `[3]`, or its position if it has not run. */
export function cellLabel(
  panel: NotebookPanel,
  cellId: string,
  trans: TranslationBundle
): string {
  const { widgets } = panel.content;
  const index = widgets.findIndex(({ model }) => model.id === cellId);
  const count = (widgets[index] as CodeCell | undefined)?.model.executionCount;
  return typeof count === 'number'
    ? `[${count}]`
    : trans.__('cell %1', index + 1);
}

namespace Private {
  /** A cell's tags. */
  export function tags(model: { getMetadata(key: string): unknown }): string[] {
    const tags = model.getMetadata('tags');
    return Array.isArray(tags) ? tags.map(String) : [];
  }
}
