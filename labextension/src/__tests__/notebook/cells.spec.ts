import { YNotebook } from '@jupyter/ydoc';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

import { focusCell, keepBelow } from '../../notebook/cells';

beforeAll(() => {
  // yjs warns of how ydoc builds cells before they are in a document.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

/** A panel with a notebook of code cells. */
function open(...sources: string[]) {
  const notebook = YNotebook.create({
    disableDocumentWideUndoRedo: true
  }) as YNotebook;
  sources.forEach((source, index) =>
    notebook.addCell({ id: `c${index}`, cell_type: 'code', source })
  );
  notebook.undoManager.clear();
  const widgets = () =>
    notebook.cells.map(sharedModel =>
      Object.assign(new Widget(), {
        model: {
          id: sharedModel.getId(),
          sharedModel,
          type: sharedModel.cell_type
        }
      })
    );
  const content = {
    activate: jest.fn(),
    activeCellIndex: 0,
    mode: 'edit',
    model: { sharedModel: notebook },
    get widgets() {
      return widgets();
    }
  };
  const panel = { content } as unknown as NotebookPanel;
  return { content, notebook, panel };
}

const texts = ({ cells }: YNotebook) => cells.map(cell => cell.getSource());

describe('keepBelow', () => {
  it('puts a Markdown cell below, which one undo of the notebook takes out', () => {
    const { notebook, panel } = open('a', 'b');
    notebook.insertCell(2, { cell_type: 'code', source: 'just before' });
    expect(keepBelow(panel, 'c0', '**It is.**')).toBe(true);
    notebook.insertCell(4, { cell_type: 'code', source: 'just after' });
    expect(notebook.cells[1].cell_type).toBe('markdown');
    expect(notebook.cells[1].toJSON()).toMatchObject({
      source: '**It is.**',
      metadata: {}
    });
    notebook.undo();
    expect(texts(notebook)).toEqual(['a', '**It is.**', 'b', 'just before']);
    notebook.undo();
    expect(texts(notebook)).toEqual(['a', 'b', 'just before']);
  });

  it('keeps the same once', () => {
    const { notebook, panel } = open('a', 'b');
    keepBelow(panel, 'c0', 'x');
    expect(keepBelow(panel, 'c0', 'x')).toBe(false);
    expect(texts(notebook)).toEqual(['a', 'x', 'b']);
    expect(keepBelow(panel, 'c1', 'x')).toBe(true);
    expect(texts(notebook)).toEqual(['a', 'x', 'b', 'x']);
  });
});

describe('focusCell', () => {
  it('makes the cell the active one, as a whole', () => {
    const { content, panel } = open('a', 'b');
    focusCell(panel, 'c1');
    expect(content.activeCellIndex).toBe(1);
    expect(content.mode).toBe('command');
  });

  it('goes to the notebook where the cell is gone', () => {
    const { content, panel } = open('a');
    focusCell(panel, 'gone');
    expect(content.activate).toHaveBeenCalled();
    expect(content.activeCellIndex).toBe(0);
  });
});
