import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element, setProse, setText } from '../dom';
import { keptRow } from './keptrow';
import type { DiagnosisModel } from '../errors/model';
import type { Correction, Trouble } from '../protocol';
import { redraw } from './redraw';
import { saveText } from './save';
import type { IPanelSection } from './section';
import { foldableSection } from './section';
import { troubleSentence } from '../sentences';
import type { IDoctor, INotebookPlace } from '../tokens';
import { troubleOf } from '../server/trouble';

/** How many are shown before the person asks for all. */
const SHOWN = 20;

/** What the person did with fixes: to see, export, take back and delete. Asked for when it is opened. */
export class HistorySection implements IPanelSection {
  /**
   * @param options - Where it is kept, and who asks before all of it is deleted.
   */
  constructor(options: HistorySection.IOptions) {
    this._options = options;
    const { trans } = options;
    const title = trans.__('History of fixes');
    const { body, node } = foldableSection('history', title, false);
    this.node = node;
    this._body = body;
    this._all = button('jp-nbdoctor-panel-button', '', () => this._showAll());
    this._export = button(
      'jp-nbdoctor-panel-button jp-nbdoctor-kept-export',
      trans.__('Export'),
      () => this._save()
    );
    this._export.title = trans.__(
      'Saves what is listed here as JSON, one a line.'
    );
    this._clear = button(
      'jp-nbdoctor-panel-button jp-nbdoctor-kept-clear',
      trans.__('Delete all'),
      () => {
        void this._forgetAll();
      }
    );
    const buttons = element('div', 'jp-nbdoctor-panel-buttons');
    buttons.append(this._all, this._export, this._clear);
    this._said.setAttribute('role', 'status');
    body.append(this._where, this._said, this._list, buttons);
    body.addEventListener('toggle', () => {
      this.render(this._notebook);
      void this.load();
    });
  }

  readonly node: HTMLElement;

  /** Ask what is kept, where somebody is there to read it. Never rejects. */
  async load(): Promise<void> {
    if (!this._body.open || !this._isKept) {
      return;
    }
    const asked = ++this._asked;
    let kept = this._kept;
    let trouble: Trouble | null = null;
    try {
      kept = await this._options.doctor.memory.list();
    } catch (reason) {
      trouble = troubleOf(reason);
    }
    // What was asked for later is newer.
    if (asked === this._asked) {
      this._kept = kept;
      this._trouble = trouble;
      this.render(this._notebook);
    }
  }

  render(notebook: INotebookPlace | null): void {
    this._notebook = notebook;
    const { trans } = this._options;
    const kept = (this._isKept && this._kept) || [];
    setProse(
      this._where,
      this._isKept
        ? trans.__(
            'Kept in a file on the machine that Jupyter runs on, with secrets taken out; `nbdoctor corrections path` says where. Nothing of it leaves that machine.'
          )
        : trans.__('What you do with fixes is not kept here.')
    );
    setText(this._said, this._isKept ? this._sentence() : '');
    if (this._body.open) {
      this._renderList(kept);
    }
  }

  private _renderList(kept: readonly Correction[]): void {
    const { trans } = this._options;
    const shown = this._everything ? kept : kept.slice(0, SHOWN);
    redraw(
      this._list,
      shown.map(one =>
        keptRow(
          one,
          {
            forget: () => this._forget(one),
            undo: this._applied(one) ? () => this._undo(one) : null
          },
          this._open,
          trans
        )
      ),
      this._body.querySelector('summary')
    );
    setText(
      this._all,
      shown.length < kept.length ? trans.__('Show all (%1)', kept.length) : ''
    );
    this._export.hidden = this._clear.hidden = !kept.length;
  }

  private get _isKept(): boolean {
    return this._options.doctor.server.status?.corrections !== false;
  }

  private _sentence(): string {
    const { trans } = this._options;
    if (this._trouble) {
      return troubleSentence(this._trouble, trans);
    }
    return this._kept?.length === 0 ? trans.__('Nothing is kept yet.') : '';
  }

  /** The error whose fix can still be taken back: it is in the open notebook, with the fix applied. */
  private _applied(one: Correction): DiagnosisModel | null {
    const errors = this._notebook?.errors
      .all()
      .filter(model => isApplied(model, one));
    // The same change may have been made in two cells; which one is meant cannot be told then.
    if (errors?.length !== 1) {
      return null;
    }
    const newest = this._kept?.find(
      other => other.fix_id === one.fix_id && stands(other)
    );
    return newest === one ? errors[0] : null;
  }

  private _undo(one: Correction): void {
    const error = this._applied(one);
    if (error) {
      this._notebook?.undo(error);
    }
  }

  private _forget({ number }: Correction): void {
    void this._tell(this._options.doctor.memory.forget(number));
  }

  private async _forgetAll(): Promise<void> {
    const { confirm, doctor, trans } = this._options;
    const sure = await confirm(
      trans.__('Delete the history of fixes?'),
      trans.__(
        'All that is kept of what you did with fixes is deleted, of every notebook. This cannot be undone.'
      ),
      trans.__('Delete all')
    );
    if (sure) {
      await this._tell(doctor.memory.forget());
      this._body.querySelector('summary')?.focus();
    }
  }

  /** Wait for a deletion; the list is asked for again when the memory has changed. */
  private async _tell(deleted: Promise<void>): Promise<void> {
    try {
      await deleted;
    } catch (reason) {
      this._trouble = troubleOf(reason);
      this.render(this._notebook);
    }
  }

  private _showAll(): void {
    this._everything = true;
    this.render(this._notebook);
    const next = this._list.children[SHOWN];
    next?.querySelector<HTMLElement>('summary')?.focus();
  }

  private _save(): void {
    const lines = (this._kept ?? []).map(one => `${JSON.stringify(one)}\n`);
    saveText(
      'nbdoctor-corrections.jsonl',
      lines.join(''),
      'application/x-ndjson'
    );
  }

  private readonly _all: HTMLButtonElement;
  private _asked = 0;
  private readonly _body: HTMLDetailsElement;
  private readonly _clear: HTMLButtonElement;
  private _everything = false;
  private readonly _export: HTMLButtonElement;
  private _kept: Correction[] | null = null;
  private readonly _list = element('ul', 'jp-nbdoctor-panel-list');
  private _notebook: INotebookPlace | null = null;
  private readonly _open = new Set<string>();
  private readonly _options: HistorySection.IOptions;
  private readonly _said = element('p', 'jp-nbdoctor-panel-said');
  private _trouble: Trouble | null = null;
  private readonly _where = element('p', 'jp-nbdoctor-panel-said');
}

/** The namespace for `HistorySection`'s options. */
export namespace HistorySection {
  /** Where it is kept, and who asks before all of it is deleted. */
  export interface IOptions {
    /** Asks a question; says whether the person agreed. */
    confirm(title: string, body: string, accept: string): Promise<boolean>;
    doctor: Pick<IDoctor, 'memory' | 'server'>;
    trans: TranslationBundle;
  }
}

/** Whether a fix was carried out, as far as this says. */
function stands({ outcome }: Correction): boolean {
  return outcome === 'accepted' || outcome === 'edited';
}

/** Whether an error has the fix applied that was kept. */
function isApplied(model: DiagnosisModel, kept: Correction): boolean {
  const { applied, error, fix, state } = model;
  return (
    state === 'applied' &&
    !!kept.fix_id &&
    !!applied?.edits.length &&
    fix?.id === kept.fix_id &&
    error.name === kept.error_name
  );
}
