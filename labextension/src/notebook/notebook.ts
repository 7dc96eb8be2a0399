import type { SessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ITranslator } from '@jupyterlab/translation';

import {
  cellLabel,
  focusCell,
  keepBelow,
  readCells,
  revealCell,
  speaksPython
} from './cells';
import type { DiagnosisModel } from '../errors/model';
import { proseOf } from '../errors/state';
import type { IFocusableHost } from '../fixes/fixing';
import { DeathIntake } from './deaths';
import { NotebookHost } from './host';
import { LostIntake } from './lost';
import { Intake } from '../place/intake';
import { asMarkdown } from './keep';
import { Place } from '../place/place';
import type { Cell, Done } from '../protocol';
import type { INotebookPlace } from '../tokens';

/** The errors of one notebook and what can be done about them. */
export class NotebookPlace extends Place implements INotebookPlace {
  /**
   * @param options - The notebook and the services.
   */
  constructor(options: NotebookPlace.IOptions) {
    const { panel } = options;
    super({ ...options, sessionContext: panel.sessionContext });
    this.panel = panel;
    this._doctor = options.doctor;
    this._translator = options.translator;
    this.intake = new Intake({
      errors: this.errors,
      onRaised: model => this.diagnoser.byItself(model),
      place: this,
      recorder: this.recorder
    });
    const lost = new LostIntake({
      cells: () => this.cells(),
      client: options.client,
      errors: this.errors,
      intake: this.intake,
      onLost: model => this.onDiagnosed(model),
      place: this,
      sessionContext: panel.sessionContext as SessionContext,
      trans: this.trans
    });
    new DeathIntake({
      errors: this.errors,
      intake: this.intake,
      onDied: model => this.diagnoser.byItself(model),
      onGone: (kernelId, known) => {
        void lost.onGone(kernelId, known);
      },
      place: this,
      sessionContext: panel.sessionContext
    });
    panel.content.modelContentChanged.connect(this._prune, this);
  }

  readonly editable = true as const;

  readonly intake: Intake;

  readonly panel: NotebookPanel;

  get speaksPython(): boolean {
    return speaksPython(this.panel);
  }

  keep(model: DiagnosisModel): void {
    const { cellId, diagnosis, words } = model;
    const prose = diagnosis ? proseOf(diagnosis) : '';
    const text = asMarkdown(diagnosis?.headline ?? '', prose, words);
    model.notify(
      keepBelow(this.panel, cellId, text)
        ? this.trans.__('Kept in a cell below this one.')
        : this.trans.__('It is in the cell below this one already.')
    );
  }

  activate(): void {
    this.panel.content.activate();
  }

  focus(cellId: string): void {
    focusCell(this.panel, cellId);
  }

  reveal(cellId: string): Promise<void> {
    return revealCell(this.panel, cellId);
  }

  label(cellId: string): string {
    return cellLabel(this.panel, cellId, this.trans);
  }

  protected cells(): Cell[] {
    return readCells(this.panel);
  }

  protected get hints(): boolean {
    return this._doctor.hints(this.panel);
  }

  protected host(
    failingCell: string,
    install: (requirement: string) => Promise<Done>
  ): IFocusableHost {
    return new NotebookHost({
      failingCell,
      install,
      onError: (cell, error) => this.intake.onError(cell, error),
      panel: this.panel,
      translator: this._translator
    });
  }

  /** Forget the errors of cells that were deleted. */
  private _prune(): void {
    this.errors.retain(() =>
      this.panel.content.widgets.map(({ model }) => model.id)
    );
  }

  private readonly _doctor: Place.IServices['doctor'];
  private readonly _translator: ITranslator;
}

/** The namespace for `NotebookPlace`'s options. */
export namespace NotebookPlace {
  /** The notebook and the services. */
  export interface IOptions extends Place.IServices {
    /** The notebook. */
    panel: NotebookPanel;
  }
}
