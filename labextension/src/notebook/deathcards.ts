import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { PanelLayout } from '@lumino/widgets';

import type { ICardContext } from '../card/card';
import { Card } from '../card/card';
import type { DiagnosisModel } from '../errors/model';
import type { INotebookPlace } from '../tokens';

/**
 * The cards of a notebook's deaths. A kernel that died leaves no error output that a card could stand below, and none is
 * put into the notebook: the card is part of the cell, and of no file.
 */
export class DeathCards {
  /**
   * @param panel - The notebook.
   * @param place - Its errors.
   * @param services - What a card needs besides.
   */
  constructor(
    panel: NotebookPanel,
    place: INotebookPlace,
    services: DeathCards.IServices
  ) {
    this._panel = panel;
    this._place = place;
    this._services = services;
    place.errors.changed.connect(this._onChanged, this);
    services.doctor.settingsChanged.connect(this._onSettings, this);
    panel.disposed.connect(() => {
      services.doctor.settingsChanged.disconnect(this._onSettings, this);
    });
  }

  private _onChanged(sender: unknown, cellId: string): void {
    this._refresh(cellId);
  }

  private _onSettings(): void {
    this._place.errors.all().forEach(({ cellId }) => this._refresh(cellId));
  }

  /** Show the card that a cell should have now, which may be none. */
  private _refresh(cellId: string): void {
    const model = this._place.errors.get(cellId);
    const wanted =
      this._services.doctor.showCards && model?.death && !model.hidden
        ? model
        : null;
    const shown = this._shown.get(cellId);
    if (shown && shown.model === wanted && !shown.card.isDisposed) {
      return;
    }
    const hadFocus = shown?.card.node.contains(document.activeElement);
    shown?.card.dispose();
    this._shown.delete(cellId);
    if (wanted) {
      this._show(wanted);
    } else if (hadFocus) {
      this._place.activate();
    }
  }

  private _show(model: DiagnosisModel): void {
    const { widgets } = this._panel.content;
    const cell = widgets.find(({ model: { id } }) => id === model.cellId);
    if (!cell) {
      return;
    }
    const card = new Card({ ...this._services, model, place: this._place });
    card.addClass('jp-nbdoctor-death');
    this._shown.set(model.cellId, { card, model });
    void cell.ready.then(() => {
      if (!card.isDisposed && !cell.isDisposed) {
        Private.append(cell, card);
      }
    });
  }

  private readonly _panel: NotebookPanel;
  private readonly _place: INotebookPlace;
  private readonly _services: DeathCards.IServices;
  private readonly _shown = new Map<
    string,
    { card: Card; model: DiagnosisModel }
  >();
}

/** The namespace for what the cards need. */
export namespace DeathCards {
  /** What a card needs besides its error. */
  export type IServices = Pick<ICardContext, 'doctor' | 'languages' | 'trans'>;
}

namespace Private {
  /** Put a card at the end of a cell, before its footer. */
  export function append(cell: Cell, card: Card): void {
    const layout = cell.layout as PanelLayout;
    layout.insertWidget(Math.max(layout.widgets.length - 1, 0), card);
  }
}
