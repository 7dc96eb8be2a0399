import { Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { button, element, setText } from '../dom';

/**
 * What is happening now, and Stop. It stands below the fix, so that the fix's buttons stay under the mouse when it goes.
 */
export class CardWork extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, trans } = context;
    this.addClass('jp-nbdoctor-working');
    const stop = button('jp-nbdoctor-stop', trans.__('Stop'), () =>
      model.stop()
    );
    stop.title = trans.__('Stop asking. Your kernel is left alone.');
    this._progress.setAttribute('role', 'status');
    this.node.append(this._progress, stop);
  }

  render(): void {
    const { model, place, trans } = this._context;
    // What a model is at may give away what it has found.
    const progress = place.rung(model) === 'hint' ? '' : model.progress;
    const { state } = model;
    const busy = state === 'working' || (state === 'applying' && !!progress);
    this.setHidden(!busy);
    setText(
      this._progress,
      busy ? progress || trans.__('Waiting for an answer') : ''
    );
  }

  private readonly _context: ICardContext;
  private readonly _progress = element('span', 'jp-nbdoctor-progress');
}
