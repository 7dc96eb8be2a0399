import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { asked } from './asked';
import { button, element, setProse, setText } from './dom';
import { doctorIcon } from './icons';
import type { DiagnosisModel } from './model';
import { serverSentence, stateLabel } from './sentences';
import { saysNothing } from './state';
import type { IDoctor, INotebookDoctor } from './tokens';

/** The side panel: the current notebook's errors, newest first, and how the server part stands. */
export class DoctorPanel extends Widget {
  /**
   * @param options - Where the errors come from.
   */
  constructor(options: DoctorPanel.IOptions) {
    super();
    this._options = options;
    const { doctor, tracker, trans } = options;
    this.id = 'nbdoctor-panel';
    this.addClass('jp-nbdoctor-panel');
    this.title.icon = doctorIcon;
    this.title.caption = trans.__('nbdoctor: errors of this notebook');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
    this._server.setAttribute('role', 'status');
    this.node.append(
      element('h2', 'jp-nbdoctor-panel-title', trans.__('Errors')),
      this._empty,
      this._list,
      this._server,
      this._confinement
    );
    tracker.currentChanged.connect(this._onCurrent, this);
    doctor.server.changed.connect(this.update, this);
    this._onCurrent();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._options.doctor.server.load();
    this._ask();
    this.update();
  }

  protected onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    // Errors come and go while the panel is closed; drawing waits until it is open.
    if (this.isVisible) {
      this._render();
    }
  }

  private _onCurrent(): void {
    const panel = this._options.tracker.currentWidget;
    const notebook = panel && this._options.doctor.of(panel);
    if (notebook !== this._notebook) {
      if (this._notebook) {
        const { errors, kernel, panel: old } = this._notebook;
        errors.changed.disconnect(this._onError, this);
        kernel.changed.disconnect(this.update, this);
        old.sessionContext.kernelChanged.disconnect(this._onKernel, this);
      }
      this._notebook = notebook;
      if (notebook) {
        notebook.errors.changed.connect(this._onError, this);
        notebook.kernel.changed.connect(this.update, this);
        notebook.panel.sessionContext.kernelChanged.connect(
          this._onKernel,
          this
        );
      }
    }
    this._onKernel();
  }

  private _onKernel(): void {
    this._ask();
    this.update();
  }

  private _onError(sender: unknown, cellId: string): void {
    const model = this._notebook?.errors.get(cellId);
    if (model?.state === 'ready' && model.diagnosis?.live !== false) {
      // The kernel has nbdoctor, perhaps only since then.
      this._ask();
    }
    this.update();
  }

  /** Ask the kernel how it confines trials, where somebody is there to read it. */
  private _ask(): void {
    if (this.isVisible && !this._notebook?.isDisposed) {
      void this._notebook?.kernel.load();
    }
  }

  private _render(): void {
    const { doctor, trans } = this._options;
    const notebook = this._notebook?.isDisposed ? null : this._notebook;
    const models = notebook?.errors.all().filter(model => !model.hidden) ?? [];
    setText(
      this._empty,
      models.length
        ? ''
        : notebook
          ? trans.__('No errors in this notebook.')
          : trans.__('Open a notebook to see its errors here.')
    );
    const focused = (document.activeElement as HTMLElement | null)?.dataset
      ?.cellId;
    this._list.replaceChildren(
      ...models.map(model => this._item(model, notebook!))
    );
    if (focused) {
      this._list
        .querySelector<HTMLElement>(`[data-cell-id="${CSS.escape(focused)}"]`)
        ?.focus();
    }
    setText(this._server, serverSentence(doctor.server, trans));
    setText(this._confinement, notebook?.kernel.confinement?.sentence ?? '');
  }

  private _item(
    model: DiagnosisModel,
    notebook: INotebookDoctor
  ): HTMLLIElement {
    const { trans } = this._options;
    const item = element('li', 'jp-nbdoctor-panel-item');
    item.dataset.state = model.state;
    const jump = button('jp-nbdoctor-jump', '', () => {
      void notebook.reveal(model.cellId);
    });
    jump.dataset.cellId = model.cellId;
    const top = element('span', 'jp-nbdoctor-jump-top');
    top.append(
      element('span', 'jp-nbdoctor-where', notebook.label(model.cellId)),
      element('span', 'jp-nbdoctor-ename', model.error.name),
      element('span', 'jp-nbdoctor-state', stateLabel(model, trans))
    );
    const said = element('span', 'jp-nbdoctor-said');
    const { diagnosis } = model;
    const known = diagnosis && !saysNothing(diagnosis);
    setProse(said, (known && diagnosis.headline) || model.error.value);
    jump.append(top, said);
    item.append(jump);
    const requests = asked(model, this._open, trans);
    if (requests) {
      item.append(requests);
    }
    if (model.state === 'applied' && model.applied?.edits.length) {
      const undo = button('jp-nbdoctor-undo', trans.__('Undo'), () =>
        notebook.undo(model)
      );
      undo.title = trans.__(
        'Undo restores text, not variables or installed packages.'
      );
      item.append(undo);
    }
    return item;
  }

  private readonly _confinement = element('p', 'jp-nbdoctor-panel-confinement');
  private readonly _empty = element('p', 'jp-nbdoctor-panel-empty');
  private readonly _list = element('ul', 'jp-nbdoctor-panel-list');
  private _notebook: INotebookDoctor | null = null;
  private readonly _open = new Set<string>();
  private readonly _options: DoctorPanel.IOptions;
  private readonly _server = element('p', 'jp-nbdoctor-panel-server');
}

/** The namespace for `DoctorPanel`'s options. */
export namespace DoctorPanel {
  /** Where the errors come from. */
  export interface IOptions {
    doctor: IDoctor;
    tracker: INotebookTracker;
    trans: TranslationBundle;
  }
}
