import type { TranslationBundle } from '@jupyterlab/translation';

import { asked } from './asked';
import { isOpen } from './badge';
import type { ICascade } from './cascades';
import { cascades } from './cascades';
import { button, element, setProse, setText } from '../dom';
import { folded } from './folded';
import type { DiagnosisModel } from '../errors/model';
import type { IEntry } from './redraw';
import { redraw } from './redraw';
import type { IPanelSection, ISection } from './section';
import { section } from './section';
import { stateLabel } from '../sentences';
import type { Rung } from '../errors/state';
import { saysNothing } from '../errors/state';
import type { INotebookPlace } from '../tokens';

/** From this many errors that wait for a click on, one click is enough for all. */
const MANY = 2;

/** The errors of a notebook, newest first; what follows from an earlier one is folded under it. */
export class ErrorsSection implements IPanelSection {
  /**
   * @param trans - The translation.
   */
  constructor(trans: TranslationBundle) {
    this._trans = trans;
    this._section = section('errors', trans.__('Errors'));
    this._all = button(
      'jp-nbdoctor-panel-button jp-nbdoctor-diagnose-all',
      trans.__('Diagnose all'),
      () => this._diagnoseAll()
    );
    this._section.body.append(this._empty, this._all, this._list);
  }

  get node(): HTMLElement {
    return this._section.node;
  }

  /** The heading, which can take the focus. */
  get heading(): HTMLElement {
    return this._section.heading;
  }

  render(notebook: INotebookPlace | null): void {
    const trans = this._trans;
    this._notebook = notebook;
    const errors = notebook?.errors.all().filter(({ hidden }) => !hidden) ?? [];
    const open = errors.filter(isOpen);
    // Notebook 7 has no tab that could bear a badge; there the heading alone says how many.
    setText(
      this.heading,
      open.length ? trans.__('Errors (%1)', open.length) : trans.__('Errors')
    );
    const none = notebook
      ? trans.__('No errors in this notebook.')
      : trans.__('Open a notebook to see its errors here.');
    setText(this._empty, errors.length ? '' : none);
    const entries = notebook
      ? this._cascades(errors, notebook).map(one => this._entry(one, notebook))
      : [];
    redraw(this._list, entries, this.heading);
    this._all.hidden = offered(errors).length < MANY;
  }

  private _cascades(
    errors: readonly DiagnosisModel[],
    notebook: INotebookPlace
  ): ICascade<DiagnosisModel>[] {
    // Where a hint comes first, that an error follows from another is not said yet; what is done follows from nothing.
    const known = new Set(
      errors.filter(error => isOpen(error) && notebook.rung(error) !== 'hint')
    );
    const causes = cascades([...known], id => notebook.label(id));
    const folding = new Map(causes.map(cascade => [cascade.first, cascade]));
    const shown: ICascade<DiagnosisModel>[] = [];
    for (const first of errors) {
      const cascade = folding.get(first);
      if (cascade || !known.has(first)) {
        shown.push(cascade ?? { first, following: [] });
      }
    }
    return shown;
  }

  private _entry(
    { first, following }: ICascade<DiagnosisModel>,
    notebook: INotebookPlace
  ): IEntry {
    const entry = this._item(first, notebook);
    if (!following.length) {
      return entry;
    }
    const trans = this._trans;
    const others = following.map(model => this._item(model, notebook));
    const label = trans._n(
      '%1 more error follows from this one',
      '%1 more errors follow from this one',
      others.length,
      others.length
    );
    return {
      key: entry.key,
      drawn: [entry, ...others].flatMap(({ drawn }) => drawn),
      draw: () => {
        const item = entry.draw();
        item.append(
          folded(
            'jp-nbdoctor-following',
            label,
            `following ${first.cellId}`,
            this._open,
            () => {
              const list = element('ul', 'jp-nbdoctor-panel-list');
              redraw(list, others);
              return [list];
            }
          )
        );
        return item;
      }
    };
  }

  private _item(model: DiagnosisModel, notebook: INotebookPlace): IEntry {
    const trans = this._trans;
    const { applied, cellId, diagnosis, prompts, state } = model;
    const shown: IShownError = {
      canUndo: state === 'applied' && !!applied?.edits.length,
      // What a model was sent holds the rules' findings, so it waits for the solution.
      requests: notebook.rung(model) === 'solution' ? prompts.length : 0,
      said: said(model, notebook.rung(model)),
      standing: stateLabel(model, trans),
      where: notebook.label(cellId)
    };
    return {
      key: cellId,
      drawn: [
        notebook,
        model,
        state,
        diagnosis?.stages,
        ...Object.values(shown)
      ],
      draw: () => this._draw(model, notebook, shown)
    };
  }

  private _draw(
    model: DiagnosisModel,
    notebook: INotebookPlace,
    shown: IShownError
  ): HTMLElement {
    const trans = this._trans;
    const item = element('li', 'jp-nbdoctor-panel-item');
    item.dataset.state = model.state;
    const jump = button('jp-nbdoctor-jump', '', () => {
      void notebook.reveal(model.cellId);
    });
    const top = element('span', 'jp-nbdoctor-jump-top');
    top.append(
      element('span', 'jp-nbdoctor-where', shown.where),
      element('span', 'jp-nbdoctor-ename', model.error.name),
      element('span', 'jp-nbdoctor-state', shown.standing)
    );
    const sentence = element('span', 'jp-nbdoctor-said');
    setProse(sentence, shown.said);
    jump.append(top, sentence);
    item.append(jump);
    const requests = shown.requests ? asked(model, this._open, trans) : null;
    if (requests) {
      item.append(requests);
    }
    if (shown.canUndo) {
      const undo = button('jp-nbdoctor-undo', trans.__('Undo'), () =>
        notebook.undo(model)
      );
      undo.title = trans.__(
        'Undo restores text, not variables or installed packages.'
      );
      item.append(undo);
    }
    return item;
  }

  private _diagnoseAll(): void {
    const notebook = this._notebook;
    if (!notebook) {
      return;
    }
    // As they were met: an earlier error is often the cause of a later one.
    offered(notebook.errors.all())
      .reverse()
      .forEach(model => notebook.diagnose(model, 'auto'));
    this._list.querySelector<HTMLElement>('button')?.focus();
  }

  private readonly _all: HTMLButtonElement;
  private readonly _empty = element('p', 'jp-nbdoctor-panel-empty');
  private readonly _list = element('ul', 'jp-nbdoctor-panel-list');
  private _notebook: INotebookPlace | null = null;
  private readonly _open = new Set<string>();
  private readonly _section: ISection;
  private readonly _trans: TranslationBundle;
}

/** What is seen of an error. */
interface IShownError {
  canUndo: boolean;
  requests: number;
  said: string;
  standing: string;
  where: string;
}

/** The sentence of an error: what was found, as far as it may be shown. */
function said({ diagnosis, error }: DiagnosisModel, rung: Rung): string {
  const found = diagnosis && !saysNothing(diagnosis) ? diagnosis : null;
  return (rung === 'hint' ? diagnosis?.hint : found?.headline) || error.value;
}

/** The errors that wait for a click. */
function offered(errors: readonly DiagnosisModel[]): DiagnosisModel[] {
  return errors.filter(({ hidden, state }) => state === 'offer' && !hidden);
}
