import type { EditorView } from '@codemirror/view';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { changedLines } from '../fixes/change';
import { element } from '../dom';

/**
 * A read-only diff of a cell's text, which is drawn when it comes into view: an editor is too dear to draw one for
 * each of many errors.
 */
export class DiffView extends Widget {
  /**
   * @param options - The texts.
   */
  constructor(options: DiffView.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-nbdoctor-diff');
    const { before, after, trans } = options;
    const { line, removed, added } = changedLines(before, after);
    const summary = element(
      'p',
      'jp-nbdoctor-hidden',
      trans.__(
        'From line %1 on. Old: %2 New: %3',
        line,
        removed.join('\n') || trans.__('nothing'),
        added.join('\n') || trans.__('nothing')
      )
    );
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', options.label);
    this.node.append(summary);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._clear();
      super.dispose();
    }
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        this._observer?.disconnect();
        void this._draw();
      }
    });
    this._observer.observe(this.node);
  }

  protected onBeforeDetach(msg: Message): void {
    this._clear();
    super.onBeforeDetach(msg);
  }

  private async _draw(): Promise<void> {
    const { before, after, label, languages } = this._options;
    const [merge, view, state, codemirror, language] = await Promise.all([
      import('@codemirror/merge'),
      import('@codemirror/view'),
      import('@codemirror/state'),
      import('@jupyterlab/codemirror'),
      languages?.getLanguage('text/x-python') ?? null
    ]);
    if (this.isDisposed || !this.isAttached || this._view) {
      return;
    }
    this._view = new view.EditorView({
      doc: after,
      parent: this.node,
      extensions: [
        state.EditorState.readOnly.of(true),
        view.EditorView.editable.of(false),
        view.EditorView.lineWrapping,
        view.EditorView.contentAttributes.of({
          'aria-label': label,
          tabindex: '-1'
        }),
        codemirror.jupyterTheme,
        language?.support ?? [],
        merge.unifiedMergeView({
          original: before,
          mergeControls: false,
          collapseUnchanged: { margin: 2, minSize: 3 }
        })
      ]
    });
  }

  private _clear(): void {
    this._observer?.disconnect();
    this._observer = null;
    this._view?.destroy();
    this._view = null;
  }

  private _observer: IntersectionObserver | null = null;
  private readonly _options: DiffView.IOptions;
  private _view: EditorView | null = null;
}

/** The namespace for `DiffView`'s options. */
export namespace DiffView {
  /** The texts. */
  export interface IOptions {
    /** The new text. */
    after: string;
    /** The old text. */
    before: string;
    /** What a screen reader calls the diff. */
    label: string;
    /** Knows how to colour Python. */
    languages: IEditorLanguageRegistry | null;
    /** The translation. */
    trans: TranslationBundle;
  }
}
