import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

import { CardFoot } from './cardfoot';
import { CardHead } from './cardhead';
import { CardWork } from './cardwork';
import { FixView } from './fixview';
import type { DiagnosisModel } from './model';
import type { IDoctor, INotebookDoctor } from './tokens';

/** What the parts of a card share. */
export interface ICardContext {
  /** The service. */
  doctor: IDoctor;
  /** Knows how to colour Python. */
  languages: IEditorLanguageRegistry | null;
  /** The error. */
  model: DiagnosisModel;
  /** The notebook. */
  notebook: INotebookDoctor;
  /** The translation. */
  trans: TranslationBundle;
}

/** A part of a card: drawn once, then kept up to date. */
export interface ICardPart extends Widget {
  /** Show what the model says now. */
  render(): void;
}

/**
 * The card below a traceback. Its parts are created once and then only changed where they differ, so that focus, folds
 * and what a screen reader has read stay as they are.
 */
export class Card extends Widget {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    const { doctor, model, trans } = context;
    this._model = model;
    this.addClass('jp-nbdoctor-card');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Diagnosis of this error'));
    this._parts = [
      new CardHead(context),
      new FixView(context),
      new CardWork(context),
      new CardFoot(context)
    ];
    const layout = (this.layout = new PanelLayout());
    this._parts.forEach(part => layout.addWidget(part));
    model.changed.connect(this.update, this);
    doctor.server.changed.connect(this.update, this);
    this._render();
  }

  protected onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    if (!this._model.isDisposed) {
      this._render();
    }
  }

  private _render(): void {
    this.node.dataset.state = this._model.state;
    this._parts.forEach(part => part.render());
  }

  private readonly _model: DiagnosisModel;
  private readonly _parts: ICardPart[];
}
