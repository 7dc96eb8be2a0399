import { Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { button } from '../dom';
import type { Rung } from '../errors/state';
import { nextRung } from '../errors/state';

/** In hint mode: what shows the explanation, and then the solution. */
export class CardLadder extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model } = context;
    this.addClass('jp-nbdoctor-ladder');
    this._next = button('jp-nbdoctor-next', '', () => {
      const next = this._rung();
      if (next) {
        model.show(next);
      }
    });
    this.node.append(this._next);
  }

  render(): void {
    const { trans } = this._context;
    const next = this._rung();
    this.setHidden(!next);
    this._next.textContent =
      next === 'explanation'
        ? trans.__('Show the explanation')
        : trans.__('Show the solution');
  }

  /** What can be shown next; there is nothing before the diagnosis. */
  private _rung(): Rung | null {
    const { model, place } = this._context;
    return model.diagnosis ? nextRung(place.rung(model), model) : null;
  }

  private readonly _context: ICardContext;
  private readonly _next: HTMLButtonElement;
}
