import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element } from '../dom';

/** A question inside a card, with room for a few lines of answer. Escape puts it away. */
export class InlineForm {
  /**
   * @param options - The question, and what becomes of the answer.
   */
  constructor(options: InlineForm.IOptions) {
    this._options = options;
    const { label, maxLength, trans } = options;
    this._text.rows = 2;
    this._text.maxLength = maxLength;
    const field = element('label', 'jp-nbdoctor-question', label);
    field.append(this._text);
    const send = element('button', 'jp-nbdoctor-send', trans.__('Send'));
    send.type = 'submit';
    const row = element('div', 'jp-nbdoctor-buttons');
    row.append(
      send,
      button('jp-nbdoctor-cancel', trans.__('Cancel'), () => this.close())
    );
    this.node.append(field, row);
    this.node.hidden = true;
    // JupyterLab's shortcuts would take Ctrl+Z and Shift+Enter for the notebook's.
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.node.addEventListener('submit', event => this._submit(event));
    this.node.addEventListener('keydown', event => this._onKey(event));
  }

  readonly node = element('form', 'jp-nbdoctor-form');

  /**
   * Show it, and put the cursor into it.
   *
   * @param opener - Gets the focus back.
   */
  open(opener: HTMLElement): void {
    this._opener = opener;
    this.node.hidden = false;
    opener.setAttribute('aria-expanded', 'true');
    this._text.focus();
  }

  /** Put it away; an answer that was begun is kept for the next time. */
  close(): void {
    const hasFocus = this.node.contains(document.activeElement);
    this.node.hidden = true;
    this._opener?.setAttribute('aria-expanded', 'false');
    if (hasFocus) {
      this._opener?.focus();
    }
  }

  private _submit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    const text = this._text.value.trim();
    this.close();
    this._text.value = '';
    this._options.send(text);
  }

  private _onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      this._submit(event);
    }
  }

  private _opener: HTMLElement | null = null;
  private readonly _options: InlineForm.IOptions;
  private readonly _text = element('textarea', 'jp-nbdoctor-answer');
}

/** The namespace for `InlineForm`'s options. */
export namespace InlineForm {
  /** The question, and what becomes of the answer. */
  export interface IOptions {
    /** The question. */
    label: string;
    /** How many characters the answer may have. */
    maxLength: number;
    /** Takes the answer, which may be empty. */
    send: (text: string) => void;
    /** The translation. */
    trans: TranslationBundle;
  }
}
