import { Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { button } from '../dom';

/** Where the connection alone is lost: what makes it anew. */
export class CardReconnect extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, place, trans } = context;
    this.addClass('jp-nbdoctor-ladder');
    const reconnect = button(
      'jp-nbdoctor-reconnect jp-nbdoctor-primary',
      trans.__('Reconnect'),
      () => {
        void place.reconnect(model);
      }
    );
    reconnect.title = trans.__('Connects this page to the kernel again.');
    this.node.append(reconnect);
  }

  render(): void {
    this.setHidden(this._context.model.death?.lost !== 'connection');
  }

  private readonly _context: ICardContext;
}
