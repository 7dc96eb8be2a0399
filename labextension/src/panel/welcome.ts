import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element, setProse } from '../dom';
import { welcomeSentences } from './sentences';
import { redraw } from './redraw';
import type { IPanelSection } from './section';
import { section } from './section';
import type { IServerState } from '../tokens';

/** The setting that remembers that the page was read. */
const SETTING = 'welcomed';

/** What nbdoctor is, in five sentences, until the person has put the page away. */
export class WelcomeSection implements IPanelSection {
  /**
   * @param options - What is known of the server part.
   * @param onClose - Called when the page was put away; takes the focus elsewhere.
   */
  constructor(options: WelcomeSection.IOptions, onClose: () => void) {
    this._options = options;
    const { trans } = options;
    const { body, node } = section('welcome', trans.__('What nbdoctor does'));
    this.node = node;
    node.hidden = true;
    const close = button(
      'jp-nbdoctor-panel-button',
      trans.__('Close this introduction'),
      () => {
        this._close();
        onClose();
      }
    );
    body.append(this._list, close);
  }

  readonly node: HTMLElement;

  /** Take the settings over; until then it is not known whether the page was read. */
  configure(settings: WelcomeSection.ISettings): void {
    this._settings = settings;
    this.render();
  }

  render(): void {
    const { server, trans } = this._options;
    const { composite } = this._settings ?? {};
    this.node.hidden = this._closed || composite?.[SETTING] !== false;
    if (!this.node.hidden) {
      redraw(
        this._list,
        welcomeSentences(server.status, trans).map((sentence, index) => ({
          key: `${index}`,
          drawn: [sentence],
          draw: () => {
            const item = element('li', '');
            setProse(item, sentence);
            return item;
          }
        }))
      );
    }
  }

  private _close(): void {
    this._closed = true;
    this.render();
    this._settings?.set(SETTING, true).catch(reason => {
      // It is shown again the next time: no more than that is lost.
      console.warn('nbdoctor: the introduction is not remembered.', reason);
    });
  }

  private _closed = false;
  private readonly _list = element('ul', 'jp-nbdoctor-welcome');
  private readonly _options: WelcomeSection.IOptions;
  private _settings: WelcomeSection.ISettings | null = null;
}

/** The namespace for `WelcomeSection`'s options. */
export namespace WelcomeSection {
  /** What is known of the server part. */
  export interface IOptions {
    server: Pick<IServerState, 'status'>;
    trans: TranslationBundle;
  }

  /** Where it is remembered that the page was read. */
  export type ISettings = Pick<ISettingRegistry.ISettings, 'composite' | 'set'>;
}
