import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { KernelError, NotebookActions } from '@jupyterlab/notebook';
import { OutputArea } from '@jupyterlab/outputarea';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

import type { IFixableCell, IFixHost } from '../fixes/apply';
import { restartKernel } from '../place/restart';
import type { Done } from '../protocol';

/** A notebook in a panel, as fixes see it. */
export class NotebookHost implements IFixHost {
  /**
   * @param options - The notebook, and what depends on whose fix it is.
   */
  constructor(options: NotebookHost.IOptions) {
    this._options = options;
    this._trans = options.translator.load('nbdoctor');
  }

  cell(cellId: string): IFixableCell | null {
    const model = Private.widget(this._panel, cellId)?.model;
    if (!model) {
      return null;
    }
    return {
      shared: model.sharedModel,
      editable: model.getMetadata('editable') !== false
    };
  }

  insertBefore(cellId: string, source: string): string {
    const { content } = this._panel;
    const index = content.widgets.findIndex(({ model }) => model.id === cellId);
    const inserted = content.model!.sharedModel.insertCell(index, {
      cell_type: 'code',
      source,
      metadata: { trusted: true }
    });
    return inserted.getId();
  }

  remove(cellId: string): void {
    const { content } = this._panel;
    const index = content.widgets.findIndex(({ model }) => model.id === cellId);
    if (index >= 0) {
      content.model!.sharedModel.deleteCell(index);
    }
  }

  async run(cellId: string): Promise<boolean> {
    const cell = Private.widget(this._panel, cellId);
    if (!cell) {
      return false;
    }
    const { content, sessionContext } = this._panel;
    const running = NotebookActions.runCells(
      content,
      [cell],
      sessionContext,
      undefined,
      this._options.translator
    );
    // Running puts the notebook into command mode; a cell may run for minutes, and undo should work meanwhile.
    this.focus();
    return running;
  }

  async runFrom(cellId: string, line: number): Promise<boolean> {
    const cell = Private.widget(this._panel, cellId) as CodeCell | undefined;
    const { sessionContext } = this._panel;
    if (!cell || !sessionContext.session?.kernel) {
      return false;
    }
    const { model } = cell;
    const source = model.sharedModel.getSource();
    const code = source
      .split('\n')
      .slice(line - 1)
      .join('\n');
    model.executionState = 'running';
    this.focus();
    try {
      const reply = await OutputArea.execute(
        code,
        cell.outputArea,
        sessionContext,
        { ...model.metadata, cellId }
      );
      if (!reply || cell.isDisposed) {
        return false;
      }
      model.executionCount = reply.content.execution_count;
      if (reply.content.status === 'error') {
        // `NotebookActions` did not run this and tells nobody of the error.
        this._options.onError(cell, new KernelError(reply.content));
      }
      return reply.content.status === 'ok';
    } finally {
      if (!cell.isDisposed) {
        model.executionState = 'idle';
      }
    }
  }

  install(requirement: string): Promise<Done> {
    return this._options.install(requirement);
  }

  restart(): Promise<boolean> {
    return restartKernel(this._panel.sessionContext, this._trans);
  }

  /**
   * Put the cursor into the failing cell, so that Ctrl+Z takes the fix back, unless the person has gone elsewhere.
   */
  focus(): void {
    const { content } = this._panel;
    const active = document.activeElement;
    const elsewhere =
      active && active !== document.body && !this._panel.node.contains(active);
    const index = content.widgets.findIndex(
      ({ model }) => model.id === this._options.failingCell
    );
    if (elsewhere || index < 0) {
      return;
    }
    content.activeCellIndex = index;
    content.mode = 'edit';
    content.widgets[index].editor?.focus();
  }

  private get _panel(): NotebookPanel {
    return this._options.panel;
  }

  private readonly _options: NotebookHost.IOptions;
  private readonly _trans: TranslationBundle;
}

/** The namespace for `NotebookHost`'s options. */
export namespace NotebookHost {
  /** The notebook, and what depends on whose fix it is. */
  export interface IOptions {
    /** The cell that the cursor goes into. */
    failingCell: string;
    /** Installs in the kernel's environment. */
    install: (requirement: string) => Promise<Done>;
    /** Called when a cell that was run in part failed. */
    onError: (cell: CodeCell, error: KernelError) => void;
    /** The notebook. */
    panel: NotebookPanel;
    /** The application's translator. */
    translator: ITranslator;
  }
}

namespace Private {
  /** The widget of a cell. */
  export function widget(panel: NotebookPanel, cellId: string) {
    return panel.content.widgets.find(({ model }) => model.id === cellId);
  }
}
