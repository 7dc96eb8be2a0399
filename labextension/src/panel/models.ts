import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element, setProse } from '../dom';
import { modelSentence, modelsSentence } from './sentences';
import { redraw } from './redraw';
import type { IPanelSection } from './section';
import { foldableSection } from './section';
import type { IServerState } from '../tokens';

/** Whether the server part answered, and a model is configured and ready. */
export function isWell({ looked, status, trouble }: IServerState): boolean {
  return (
    looked &&
    !trouble &&
    !!status?.model_configured &&
    !status.model_trouble &&
    !status.models?.some(model => model.trouble)
  );
}

/** The models that are asked, and how each of them stands. */
export class ModelsSection implements IPanelSection {
  /**
   * @param server - What is known of the server part.
   * @param trans - The translation.
   */
  constructor(server: IServerState, trans: TranslationBundle) {
    this._server = server;
    this._trans = trans;
    const { body, node } = foldableSection('models', trans.__('Models'), true);
    this.node = node;
    this._again = button('jp-nbdoctor-panel-button', '', () => {
      void this._lookAgain();
    });
    const told = element('div', 'jp-nbdoctor-panel-server');
    told.setAttribute('role', 'status');
    told.append(this._said, this._list);
    body.append(told, this._again);
  }

  readonly node: HTMLElement;

  render(): void {
    const { _server: server, _trans: trans } = this;
    setProse(this._said, modelsSentence(server, trans));
    const models = server.trouble ? [] : (server.status?.models ?? []);
    redraw(
      this._list,
      models.map((state, index) => {
        const sentence = modelSentence(state, trans);
        return {
          key: `${index}`,
          drawn: [sentence, !state.trouble],
          draw: () => {
            const item = element('li', 'jp-nbdoctor-model', sentence);
            item.dataset.health = state.trouble ? 'trouble' : 'ready';
            return item;
          }
        };
      })
    );
    this._again.textContent = this._looking
      ? trans.__('Looking…')
      : trans.__('Look again');
    this._again.setAttribute('aria-disabled', String(this._looking));
  }

  private async _lookAgain(): Promise<void> {
    if (!this._looking) {
      this._looking = true;
      this.render();
      await this._server.load(true);
      this._looking = false;
      this.render();
    }
  }

  private readonly _again: HTMLButtonElement;
  private readonly _list = element('ul', 'jp-nbdoctor-models');
  private _looking = false;
  private readonly _said = element('p', 'jp-nbdoctor-panel-said');
  private readonly _server: IServerState;
  private readonly _trans: TranslationBundle;
}
