import { Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { button, element, setText } from '../dom';
import { InlineForm } from './form';
import type { DiagnosisState } from '../errors/state';
import { nextRung } from '../errors/state';

/** Where a diagnosis is settled. */
const SETTLED: readonly DiagnosisState[] = [
  'ready',
  'applied',
  'failed',
  'empty'
];

/** As much as the server part keeps of a comment, in characters. */
const MAX_COMMENT = 2000;

/** Asks whether the diagnosis was right, and says what became of the answer. */
export class CardJudge extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, place, trans } = context;
    this.addClass('jp-nbdoctor-judge');
    const question = trans.__('Was this right?');
    const no = button('jp-nbdoctor-link jp-nbdoctor-no', trans.__('No'), () =>
      this._openForm(no)
    );
    this._row.setAttribute('role', 'group');
    this._row.setAttribute('aria-label', question);
    this._row.append(
      element('span', '', question),
      button('jp-nbdoctor-link jp-nbdoctor-yes', trans.__('Yes'), () => {
        void place.judge(model, true);
      }),
      no
    );
    this._notice.setAttribute('role', 'status');
    this.node.append(this._row, this._notice);
  }

  render(): void {
    const { model } = this._context;
    const asks = this._asks();
    this._row.hidden = !asks;
    if (!asks) {
      this._form?.close();
    }
    setText(this._notice, model.notice);
    this.setHidden(!asks && !model.notice);
  }

  /** Whether there is something to judge, all of it is shown, and the answer would be kept. */
  private _asks(): boolean {
    const { doctor, model, place } = this._context;
    return (
      !!model.diagnosis &&
      !model.judged &&
      !model.death?.lost &&
      SETTLED.includes(model.state) &&
      !nextRung(place.rung(model), model) &&
      doctor.server.status?.corrections !== false
    );
  }

  private _openForm(opener: HTMLElement): void {
    const { model, place, trans } = this._context;
    if (!this._form) {
      this._form = new InlineForm({
        label: trans.__('What should it have been?'),
        maxLength: MAX_COMMENT,
        send: text => {
          void place.judge(model, false, text);
        },
        trans
      });
      this._row.after(this._form.node);
    }
    this._form.open(opener);
  }

  private readonly _context: ICardContext;
  private _form: InlineForm | null = null;
  private readonly _notice = element('p', 'jp-nbdoctor-notice');
  private readonly _row = element('div', 'jp-nbdoctor-judge-row');
}
