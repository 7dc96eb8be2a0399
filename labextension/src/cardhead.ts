import { closeIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Menu, Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { button, element, setGrowing, setProse, setText } from './dom';
import { categoryLabel, troubleSentence } from './sentences';
import { saysNothing } from './state';

/** What went wrong, in words: headline, explanation and trouble. */
export class CardHead extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, notebook, trans } = context;
    this.addClass('jp-nbdoctor-head');

    this._diagnose.addEventListener('click', event => {
      event.stopPropagation();
      notebook.diagnose(model, 'auto');
    });
    this._more = button('jp-nbdoctor-link jp-nbdoctor-fold', '', () => {
      this._unfolded = !this._unfolded;
      this._fold();
    });

    const dismiss = button('jp-nbdoctor-icon', '', () => {
      model.hide();
      // The button that had the focus is gone.
      notebook.panel.content.activate();
    });
    dismiss.title = trans.__('Dismiss');
    dismiss.setAttribute('aria-label', dismiss.title);
    closeIcon.element({ container: dismiss, stylesheet: 'toolbarButton' });
    const more = button('jp-nbdoctor-icon', '', () => this._openMenu(more));
    more.title = trans.__('More');
    more.setAttribute('aria-label', more.title);
    more.setAttribute('aria-haspopup', 'menu');
    ellipsesIcon.element({ container: more, stylesheet: 'toolbarButton' });
    this._menuButton = more;

    const top = element('div', 'jp-nbdoctor-top');
    top.append(this._category, this._headline, this._diagnose, more, dismiss);
    this._explanation.setAttribute('aria-live', 'polite');
    this._explanation.append(this._prose, this._words);
    this._trouble.setAttribute('role', 'status');
    this.node.append(top, this._explanation, this._more, this._trouble);
  }

  render(): void {
    const { model, trans } = this._context;
    const { diagnosis, state, trouble } = model;
    const offers = state === 'offer';
    setText(this._category, categoryLabel(diagnosis?.category, trans));
    if (diagnosis?.category) {
      this._category.dataset.category = diagnosis.category;
    }
    setProse(this._headline, this._sentence());
    this._diagnose.hidden = !(offers || (state === 'failed' && !diagnosis));
    this._diagnose.textContent = offers
      ? trans.__('Diagnose')
      : trans.__('Try again');
    this._menuButton.hidden = offers;

    // That nothing was found is no news while a model is still at work.
    const early = state === 'working' && diagnosis && saysNothing(diagnosis);
    const prose = (!early && diagnosis?.explanation) || '';
    const headline = this._headline.dataset.text ?? '';
    // A model's first sentence is the headline, and is not said twice.
    const again = headline && prose.startsWith(headline);
    setProse(this._prose, again ? prose.slice(headline.length).trim() : prose);
    setGrowing(this._words, model.words);
    this._explanation.hidden = this._prose.hidden && !model.words;
    if (model.words) {
      // What is being read must not be folded away under the reader's eyes.
      this._unfolded = true;
    }
    this._fold();

    setProse(this._trouble, trouble ? troubleSentence(trouble, trans) : '');
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._fold();
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

  /** Fold a long explanation; whether it is long shows only once it is laid out. */
  private _fold(): void {
    const { trans } = this._context;
    if (this._explanation.hidden) {
      // Asking for a height makes the browser lay the page out: not for nothing.
      this._more.hidden = true;
      return;
    }
    this._explanation.classList.toggle('jp-mod-folded', !this._unfolded);
    const { clientHeight, scrollHeight } = this._explanation;
    const long = scrollHeight > clientHeight + 2;
    this._more.hidden = !(long || (this._unfolded && this._wasLong));
    this._wasLong ||= long;
    this._more.textContent = this._unfolded
      ? trans.__('Less')
      : trans.__('More');
    this._more.setAttribute('aria-expanded', String(this._unfolded));
  }

  private _openMenu(anchor: HTMLElement): void {
    const { model, notebook, trans } = this._context;
    const commands = new CommandRegistry();
    const menu = new Menu({ commands });
    commands.addCommand('nbdoctor:mute', {
      label: trans.__('Mute this kind of error for this session'),
      describedBy: { args: null },
      execute: () => notebook.mute(model)
    });
    commands.addCommand('nbdoctor:dismiss', {
      label: trans.__('Dismiss'),
      describedBy: { args: null },
      execute: () => model.hide()
    });
    menu.addItem({ command: 'nbdoctor:mute' });
    menu.addItem({ command: 'nbdoctor:dismiss' });
    // A menu closes before its command runs.
    menu.aboutToClose.connect(() => setTimeout(() => menu.dispose()));
    const { bottom, left } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  private readonly _category = element('span', 'jp-nbdoctor-category');
  private readonly _context: ICardContext;
  private readonly _diagnose = element('button', 'jp-nbdoctor-diagnose');
  private readonly _explanation = element('div', 'jp-nbdoctor-explanation');
  private readonly _headline = element('p', 'jp-nbdoctor-headline');
  private readonly _menuButton: HTMLButtonElement;
  private readonly _more: HTMLButtonElement;
  private readonly _prose = element('p', 'jp-nbdoctor-prose');
  private readonly _trouble = element('p', 'jp-nbdoctor-trouble');
  private _unfolded = false;
  private _wasLong = false;
  private readonly _words = element('p', 'jp-nbdoctor-words');
}
