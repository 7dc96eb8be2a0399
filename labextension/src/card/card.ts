import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

import { CardFoot } from './foot';
import { CardHead } from './head';
import { CardJudge } from './judge';
import { CardLadder } from './ladder';
import { CardWork } from './work';
import { FixView } from './fix';
import { CardReconnect } from './reconnect';
import type { DiagnosisModel } from '../errors/model';
import type { IDoctor, IPlace } from '../tokens';

/** What the parts of a card share. */
export interface ICardContext {
  /** The service. */
  doctor: IDoctor;
  /** Knows how to colour Python. */
  languages: IEditorLanguageRegistry | null;
  /** The error. */
  model: DiagnosisModel;
  /** The notebook. */
  place: IPlace;
  /** The translation. */
  trans: TranslationBundle;
}

/** A part of a card: drawn once, then kept up to date. */
export interface ICardPart extends Widget {
  /** Show what the model says now. */
  render(): void;
}

/** The buttons of a card that go on with it, the most likely first. */
const MAIN = [
  'next',
  'reconnect',
  'fix',
  'restart',
  'undo',
  'stop',
  'diagnose'
];

/** What cannot be seen, in whatever way a part has put it away. */
const GONE = '[hidden], .lm-mod-hidden';

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
    this._context = context;
    this.addClass(Card.CLASS);
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Diagnosis of this error'));
    this.node.tabIndex = -1;
    this.node.dataset.cell = model.cellId;
    this._parts = [
      new CardHead(context),
      new CardLadder(context),
      new CardReconnect(context),
      new FixView(context),
      new CardWork(context),
      new CardFoot(context),
      new CardJudge(context)
    ];
    const layout = (this.layout = new PanelLayout());
    this._parts.forEach(part => layout.addWidget(part));
    model.changed.connect(this.update, this);
    doctor.server.changed.connect(this.update, this);
    doctor.settingsChanged.connect(this.update, this);
    this._render();
  }

  handleEvent(event: Event): void {
    if ((event as KeyboardEvent).key === 'Escape' && !event.defaultPrevented) {
      event.preventDefault();
      event.stopPropagation();
      const { model, place } = this._context;
      place.focus(model.cellId);
    }
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.node.addEventListener('keydown', this);
  }

  protected onBeforeDetach(msg: Message): void {
    this.node.removeEventListener('keydown', this);
    super.onBeforeDetach(msg);
  }

  protected onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    const { model, place } = this._context;
    if (!model.isDisposed && !place.isDisposed) {
      this._render();
    }
  }

  private _render(): void {
    const { model, place } = this._context;
    const active = document.activeElement;
    const had = active && this.node.contains(active);
    this.node.dataset.state = model.state;
    this.node.dataset.rung = place.rung(model);
    this._parts.forEach(part => part.render());
    if (had) {
      this._keepFocus(active);
    }
  }

  /**
   * Where the control that had the focus is gone, the card itself gets it. Not its next button: who pressed the one that
   * is gone may press once more.
   */
  private _keepFocus(active: Element): void {
    const now = document.activeElement;
    const lost = now === active ? active.closest(GONE) : now === document.body;
    if (lost) {
      this.node.focus({ preventScroll: true });
    }
  }

  private readonly _context: ICardContext;
  private readonly _parts: ICardPart[];
}

/** The namespace for what others need to know of cards. */
export namespace Card {
  /** The class of a card's node. */
  export const CLASS = 'jp-nbdoctor-card';

  /** The card of a cell's error in a document. */
  export function find(root: ParentNode, cellId: string): HTMLElement | null {
    const cards = root.querySelectorAll<HTMLElement>(`.${CLASS}`);
    return [...cards].find(({ dataset }) => dataset.cell === cellId) ?? null;
  }

  /** Give the focus to a card: to the button that goes on with it, where it has one. */
  export function focus(node: HTMLElement): void {
    const target = MAIN.map(name =>
      node.querySelector<HTMLElement>(`.jp-nbdoctor-${name}`)
    ).find(button => button && !button.closest(GONE));
    (target ?? node).focus();
  }
}
