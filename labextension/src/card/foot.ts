import { Widget } from '@lumino/widgets';

import { AboutView } from './about';
import { mayAsk, wasAsked } from './asking';
import type { ICardContext, ICardPart } from './card';
import { button, element, setProse, setText } from '../dom';
import { InlineForm } from './form';
import { originSentence } from '../sentences';
import { saysNothing } from '../errors/state';

/** As much as a model is told by the person, in characters. */
const MAX_REMARK = 1000;

/** Where the diagnosis comes from, what it rests on, and what else can be asked. */
export class CardFoot extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, place, trans } = context;
    this.addClass('jp-nbdoctor-foot');
    this._ask = button('jp-nbdoctor-ask', '', () => this._onAsk());
    this._load = button(
      'jp-nbdoctor-load',
      trans.__('Load nbdoctor in this kernel'),
      () => {
        void place.loadInKernel(model);
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
    this._row.append(this._ask, this._load, this._origin);
    this.node.append(this._details, this._notes, this._row);
  }

  render(): void {
    const { doctor, model, place, trans } = this._context;
    const { diagnosis, state } = model;
    const rung = place.rung(model);
    const said = rung === 'hint' ? null : diagnosis;
    this._showFacts(said?.facts ?? []);
    this._details.hidden = !(said?.facts?.length || said?.kind);
    this._showAbout();
    setProse(this._notes, this._note());
    const settled = state !== 'working' || model.checking;
    const known = settled && said && !saysNothing(said);
    const also = model.words
      ? model.prompts[model.prompts.length - 1]?.model || trans.__('the model')
      : '';
    setText(this._origin, known ? originSentence(said, trans, also) : '');
    this._ask.hidden = !mayAsk(model, rung, doctor);
    this._ask.textContent = wasAsked(model)
      ? trans.__('Ask again…')
      : trans.__('Ask the model');
    if (this._ask.hidden) {
      this._form?.close();
    }
    const idle = state === 'ready' || state === 'empty' || state === 'failed';
    this._load.hidden = !(
      idle &&
      place.hasKernel &&
      diagnosis?.live === false &&
      model.kernelWithoutNbdoctor
    );
    // What the front end says of a lost connection rests on nothing else, and a model knows no more.
    this.setHidden(state === 'offer' || !!model.death?.lost);
  }

  private _onAsk(): void {
    const { model, place, trans } = this._context;
    if (!wasAsked(model)) {
      place.diagnose(model, 'always');
      return;
    }
    if (!this._form) {
      this._form = new InlineForm({
        label: trans.__('What should the model know?'),
        maxLength: MAX_REMARK,
        send: remark => place.diagnose(model, 'always', remark),
        trans
      });
      this._row.after(this._form.node);
    }
    this._form.open(this._ask);
  }

  private _showFacts(facts: readonly string[]): void {
    const key = facts.join('\n');
    if (this._facts.dataset.text === key) {
      return;
    }
    this._facts.dataset.text = key;
    this._facts.replaceChildren(
      ...facts.map(fact => {
        const item = element('li', '');
        setProse(item, fact);
        return item;
      })
    );
  }

  /** What is known of the kind is asked for once it can be seen. */
  private _showAbout(): void {
    if (this._details.open && !this._details.hidden) {
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
  private _form: InlineForm | null = null;
  private readonly _load: HTMLButtonElement;
  private readonly _notes = element('p', 'jp-nbdoctor-notes');
  private readonly _origin = element('span', 'jp-nbdoctor-origin');
  private readonly _row = element('div', 'jp-nbdoctor-buttons');
}
