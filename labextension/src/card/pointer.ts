import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { ICardContext } from './card';
import { button, setProse } from '../dom';
import { hintSentence } from '../sentences';

/** The share of the window's height from which on a traceback hides what stands below it. */
const LONG = 0.5;

/** The headline above a long traceback, whose card would not be seen: a click goes there. */
export class CardPointer extends Widget {
  /**
   * @param context - The error, and who can do something about it.
   * @param traceback - What stands between this and the card.
   * @param go - Goes to the card.
   */
  constructor(context: ICardContext, traceback: HTMLElement, go: () => void) {
    super();
    this._context = context;
    this._traceback = traceback;
    this._button = button('jp-nbdoctor-pointer-button', '', go);
    this._button.title = context.trans.__('Go to the diagnosis below');
    this.addClass('jp-nbdoctor-pointer');
    this.node.append(this._button);
    this.hide();
    // Once for many words of a model: to measure the traceback has the page laid out.
    context.model.changed.connect(this.update, this);
    context.doctor.settingsChanged.connect(this.update, this);
    this.update();
  }

  protected onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    const { model, place, trans } = this._context;
    const { diagnosis } = model;
    if (!diagnosis || place.isDisposed) {
      return;
    }
    const hinting = place.rung(model) === 'hint';
    const said = hinting ? hintSentence(diagnosis, trans) : diagnosis.headline;
    setProse(this._button, said);
    const { offsetHeight } = this._traceback;
    this.setHidden(!said || offsetHeight < LONG * window.innerHeight);
  }

  private readonly _button: HTMLButtonElement;
  private readonly _context: ICardContext;
  private readonly _traceback: HTMLElement;
}
