import { Widget } from '@lumino/widgets';

import { AboutView } from './about';
import type { ICardContext, ICardPart } from './card';
import { button, element, setProse, setText } from './dom';
import { originSentence } from './sentences';
import { saysNothing } from './state';

/** Where the diagnosis comes from, what it rests on, and what else can be asked. */
export class CardFoot extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, notebook, trans } = context;
    this.addClass('jp-nbdoctor-foot');
    this._ask = button('jp-nbdoctor-ask', trans.__('Ask the model'), () =>
      notebook.diagnose(model, 'always')
    );
    this._load = button(
      'jp-nbdoctor-load',
      trans.__('Load nbdoctor in this kernel'),
      () => {
        void notebook.loadInKernel(model);
      }
    );
    this._load.title = trans.__(
      'Lets nbdoctor look at the variables, from now on.'
    );
    this._about = new AboutView(context.doctor, trans);
    this._details.append(
      element('summary', '', trans.__('Details')),
      this._facts,
      this._about.node
    );
    this._details.addEventListener('toggle', () => this._showAbout());
    const row = element('div', 'jp-nbdoctor-buttons');
    row.append(this._ask, this._load, this._origin);
    this.node.append(this._details, this._notes, row);
  }

  render(): void {
    const { doctor, model, notebook, trans } = this._context;
    const { diagnosis, state } = model;
    const facts = diagnosis?.facts ?? [];
    const key = facts.join('\n');
    if (this._facts.dataset.text !== key) {
      this._facts.dataset.text = key;
      this._facts.replaceChildren(
        ...facts.map(fact => {
          const item = element('li', '');
          setProse(item, fact);
          return item;
        })
      );
    }
    this._details.hidden = !(facts.length || diagnosis?.kind);
    this._showAbout();
    setProse(this._notes, this._note());
    const settled = state !== 'working' || model.checking;
    const known = settled && diagnosis && !saysNothing(diagnosis);
    const also = model.words
      ? doctor.server.status?.model || trans.__('the model')
      : '';
    setText(this._origin, known ? originSentence(diagnosis, trans, also) : '');
    const idle = state === 'ready' || state === 'empty' || state === 'failed';
    this._ask.hidden = !(
      idle &&
      diagnosis &&
      !model.modelAsked &&
      diagnosis.origin !== 'model' &&
      doctor.server.status?.model_configured
    );
    this._load.hidden = !(
      idle &&
      notebook.hasKernel &&
      diagnosis?.live === false &&
      model.kernelWithoutNbdoctor
    );
    this.setHidden(state === 'offer');
  }

  /** What is known of the kind is asked for once it can be seen. */
  private _showAbout(): void {
    if (this._details.open) {
      void this._about.show(this._context.model.diagnosis?.kind ?? '');
    }
  }

  /** nbdoctor's own trouble, each sentence once. */
  private _note(): string {
    const { model } = this._context;
    const { diagnosis, kernelWithoutNbdoctor: unloaded, trouble } = model;
    const notes = [...(diagnosis?.notes ?? [])];
    if (unloaded && !notes.some(note => note.includes(unloaded.message))) {
      notes.push(unloaded.message);
    }
    // The trouble itself stands above, with its hint.
    return notes
      .filter(note => !trouble?.message || !note.includes(trouble.message))
      .join(' ');
  }

  private readonly _about: AboutView;
  private readonly _ask: HTMLButtonElement;
  private readonly _context: ICardContext;
  private readonly _details = element('details', 'jp-nbdoctor-details');
  private readonly _facts = element('ul', 'jp-nbdoctor-facts');
  private readonly _load: HTMLButtonElement;
  private readonly _notes = element('p', 'jp-nbdoctor-notes');
  private readonly _origin = element('span', 'jp-nbdoctor-origin');
}
