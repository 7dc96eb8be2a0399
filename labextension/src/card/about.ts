import type { TranslationBundle } from '@jupyterlab/translation';

import { element, setProse, setText } from '../dom';
import type { About } from '../protocol';
import type { IDoctor } from '../tokens';

/** What is known of a kind of problem: why it happens, an example, what to do, how safe nbdoctor's fix is. */
export class AboutView {
  /**
   * @param doctor - Knows the kinds.
   * @param trans - The translation.
   */
  constructor(doctor: Pick<IDoctor, 'about'>, trans: TranslationBundle) {
    this._doctor = doctor;
    this._trans = trans;
    this.node.hidden = true;
  }

  readonly node = element('div', 'jp-nbdoctor-about');

  /** Show a kind, asking for it where it is another one than before; an empty name shows nothing. */
  async show(kind: string): Promise<void> {
    if (kind === this._kind) {
      return;
    }
    this._kind = kind;
    this.node.hidden = true;
    if (!kind) {
      return;
    }
    let parts: HTMLElement[];
    try {
      parts = this._parts(await this._doctor.about(kind));
    } catch {
      // Asked again when the details are opened the next time.
      this._kind = this._kind === kind ? '' : this._kind;
      return;
    }
    if (this._kind === kind) {
      this.node.replaceChildren(...parts);
      this.node.hidden = !parts.length;
    }
  }

  private _parts(about: About): HTMLElement[] {
    const trans = this._trans;
    const title = element('h4', 'jp-nbdoctor-about-title');
    setText(title, trans.__('About this kind: %1', about.title.toLowerCase()));
    const example = element('pre', 'jp-nbdoctor-about-example');
    setText(example, about.example);
    return [
      title,
      this._paragraph('', about.means),
      this._paragraph(trans.__('Why it happens.'), about.why),
      example,
      this._paragraph(trans.__('What to do.'), about.fix),
      this._paragraph(trans.__('How safe the fix is.'), about.safe)
    ].filter(part => !part.hidden);
  }

  private _paragraph(label: string, text: string): HTMLElement {
    const node = element('p', '');
    setProse(node, text);
    if (label) {
      node.prepend(element('strong', '', label), ' ');
    }
    return node;
  }

  private readonly _doctor: Pick<IDoctor, 'about'>;
  private _kind = '';
  private readonly _trans: TranslationBundle;
}
