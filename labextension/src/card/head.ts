import { closeIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { openCardMenu } from './menu';
import { button, element, setGrowing, setProse, setText } from '../dom';
import { Fold } from './fold';
import { categoryLabel, hintSentence, troubleSentence } from '../sentences';
import { proseOf, saysNothing } from '../errors/state';

/** All of a text up to the end of its last whole sentence. */
const SENTENCES = /^[^]*[.?!:](?=\s|$)/;

/** What went wrong, in words: headline, explanation and trouble. */
export class CardHead extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, place, trans } = context;
    this.addClass('jp-nbdoctor-head');
    this._diagnose = button('jp-nbdoctor-diagnose', '', () =>
      place.diagnose(model, 'auto')
    );
    this._menuButton = this._icon(trans.__('More'), () =>
      openCardMenu(context, this._menuButton)
    );
    this._menuButton.setAttribute('aria-haspopup', 'menu');
    ellipsesIcon.element({
      container: this._menuButton,
      stylesheet: 'toolbarButton'
    });
    const dismiss = this._icon(trans.__('Dismiss'), () => model.hide());
    closeIcon.element({ container: dismiss, stylesheet: 'toolbarButton' });

    const lead = element('div', 'jp-nbdoctor-lead');
    lead.append(this._category, this._headline);
    const top = element('div', 'jp-nbdoctor-top');
    top.append(lead, this._diagnose, this._menuButton, dismiss);
    this._headline.setAttribute('aria-live', 'polite');
    this._live.setAttribute('aria-live', 'polite');
    this._explanation.append(this._prose, this._words);
    this._fold = new Fold(
      this._explanation,
      [this._prose, this._words],
      context.trans
    );
    this._trouble.setAttribute('role', 'status');
    this.node.append(
      top,
      this._explanation,
      this._live,
      this._fold.button,
      this._trouble
    );
  }

  render(): void {
    const { model, place, trans } = this._context;
    const { diagnosis, state, trouble } = model;
    const offers = state === 'offer';
    const hinting = place.rung(model) === 'hint';
    const words = hinting ? '' : model.words;
    // That nothing was found is no news while a model is still at work.
    const early = state === 'working' && diagnosis && saysNothing(diagnosis);
    const says = diagnosis && !early && !hinting;

    setText(this._category, categoryLabel(diagnosis?.category, trans));
    this._category.dataset.category = diagnosis?.category ?? '';
    this._diagnose.hidden = !(offers || (state === 'failed' && !diagnosis));
    this._diagnose.textContent = offers
      ? trans.__('Diagnose')
      : trans.__('Try again');
    this._menuButton.hidden = offers;

    this._listen(words);
    setProse(this._headline, hinting ? this._hint() : this._sentence());
    setProse(this._prose, says ? proseOf(diagnosis) : '');
    setGrowing(this._words, words);
    this._explanation.hidden = this._prose.hidden && !words;
    if (words) {
      this._fold.unfold();
    }
    this._fold.render();
    setProse(this._trouble, trouble ? troubleSentence(trouble, trans) : '');
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._fold.observe();
  }

  protected onBeforeDetach(msg: Message): void {
    this._fold.unobserve();
    super.onBeforeDetach(msg);
  }

  /**
   * Have an explanation read once. A model's words come in pieces: they are read as whole sentences, from a node of
   * their own, and not once more when they become the explanation.
   */
  private _listen(words: string): void {
    const working = this._context.model.state === 'working';
    if (working && !this._working) {
      this._streamed = false;
      this._spoken = '';
    }
    this._working = working;
    this._streamed ||= words !== '';
    this._explanation.setAttribute(
      'aria-live',
      this._streamed ? 'off' : 'polite'
    );
    const whole = working ? (SENTENCES.exec(words)?.[0] ?? '') : words;
    if (whole.length > this._spoken.length) {
      this._live.append(whole.slice(this._spoken.length));
      this._spoken = whole;
    } else if (!working) {
      // It has been read, and would be found a second time.
      this._live.replaceChildren();
    }
  }

  private _icon(label: string, onClick: () => void): HTMLButtonElement {
    const node = button('jp-nbdoctor-icon', '', onClick);
    node.title = label;
    node.setAttribute('aria-label', label);
    return node;
  }

  private _hint(): string {
    const { model, trans } = this._context;
    const { diagnosis } = model;
    return diagnosis ? hintSentence(diagnosis, trans) : this._sentence();
  }

  private _sentence(): string {
    const { model, trans } = this._context;
    const { diagnosis, error, state } = model;
    const known = diagnosis && !saysNothing(diagnosis);
    if (diagnosis?.headline && (known || state === 'empty')) {
      return diagnosis.headline;
    }
    switch (state) {
      case 'offer':
        return trans.__('nbdoctor can look at this error.');
      case 'empty':
        return trans.__('nbdoctor found no cause for this %1.', error.name);
      case 'failed':
        return trans.__('nbdoctor could not look at this error.');
      case 'working':
        return trans.__('Looking at this %1', error.name);
      default:
        return error.name;
    }
  }

  private readonly _category = element('span', 'jp-nbdoctor-category');
  private readonly _context: ICardContext;
  private readonly _diagnose: HTMLButtonElement;
  private readonly _explanation = element('div', 'jp-nbdoctor-explanation');
  private readonly _fold: Fold;
  private readonly _headline = element('p', 'jp-nbdoctor-headline');
  private readonly _live = element('p', 'jp-nbdoctor-hidden');
  private readonly _menuButton: HTMLButtonElement;
  private readonly _prose = element('p', 'jp-nbdoctor-prose');
  private _spoken = '';
  private _streamed = false;
  private readonly _trouble = element('p', 'jp-nbdoctor-trouble');
  private readonly _words = element('p', 'jp-nbdoctor-words');
  private _working = false;
}
