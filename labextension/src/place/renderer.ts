import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { CodeCell } from '@jupyterlab/cells';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IChangedArgs } from '@jupyterlab/coreutils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

import { Card } from '../card/card';
import { CardPointer } from '../card/pointer';
import type { DiagnosisModel } from '../errors/model';
import type { PostedError } from '../protocol';
import type { IDoctor, IPlace } from '../tokens';

/** What an error output carries besides its text: nbformat's whole object. */
const ERROR = 'application/vnd.jupyter.error';

/** What a traceback is rendered as. */
const STDERR = 'application/vnd.jupyter.stderr';

/** Milliseconds that an error of this very page has to be announced, before it is taken for somebody else's. */
const ANNOUNCED = 500;

/** Before the traceback's own renderer, which has rank 110. */
const RANK = 50;

/** The services that a renderer needs. */
export interface IErrorRendererServices {
  doctor: IDoctor;
  languages: IEditorLanguageRegistry | null;
  trans: TranslationBundle;
}

/**
 * Show a card below each error of a notebook or a console; the traceback is rendered by whoever would render it without us.
 */
export function addErrorRenderer(
  rendermime: IRenderMimeRegistry,
  services: IErrorRendererServices
): void {
  const inner = rendermime.getFactory(ERROR) ?? rendermime.getFactory(STDERR);
  if (!inner) {
    return;
  }
  const mimeType = inner.mimeTypes.includes(ERROR) ? ERROR : STDERR;
  rendermime.addFactory(
    {
      // Errors saved in a notebook that is not trusted are rendered too: text and our own elements only.
      safe: true,
      mimeTypes: [ERROR],
      createRenderer: options =>
        new ErrorRenderer(
          inner.createRenderer({ ...options, mimeType }),
          services
        )
    },
    RANK
  );
}

/** A traceback with a card below it, and above it, where it is long, the way there. */
export class ErrorRenderer extends Widget implements IRenderMime.IRenderer {
  /**
   * @param inner - Renders the traceback.
   * @param services - Where diagnoses come from.
   */
  constructor(inner: IRenderMime.IRenderer, services: IErrorRendererServices) {
    super();
    this.addClass('jp-nbdoctor-error');
    this._inner = inner;
    this._services = services;
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(inner);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._error = Private.posted(model.data[ERROR]);
    await this._inner.renderModel(model);
    this._bring();
    this._refresh();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._find();
    this._bring();
    this._refresh();
  }

  protected onBeforeDetach(msg: Message): void {
    this._forget();
    super.onBeforeDetach(msg);
  }

  /** Find out in which cell of which notebook or console this is; in a copy of an output there is none, and no card. */
  private _find(): void {
    const { doctor } = this._services;
    let parent = this.parent;
    let cell: CodeCell | null = null;
    let place: IPlace | null = null;
    while (parent && !place) {
      cell ??= parent instanceof CodeCell ? parent : null;
      place = doctor.at(parent);
      parent = parent.parent;
    }
    this._cell = cell;
    this._place = place;
    this._place?.errors.changed.connect(this._onChanged, this);
    cell?.model.stateChanged.connect(this._onState, this);
    doctor.settingsChanged.connect(this._refresh, this);
  }

  private _forget(): void {
    this._drop();
    this._place?.errors.changed.disconnect(this._onChanged, this);
    this._cell?.model.stateChanged.disconnect(this._onState, this);
    this._services.doctor.settingsChanged.disconnect(this._refresh, this);
    this._place = null;
    this._cell = null;
  }

  private _onChanged(sender: unknown, cellId: string): void {
    if (cellId === this._cell?.model.id) {
      this._refresh();
    }
  }

  /** A cell has ended. Where it was run by somebody else, in a notebook that is edited together, nobody here hears more of it. */
  private _onState(
    sender: unknown,
    { name }: Pick<IChangedArgs<unknown>, 'name'>
  ): void {
    if (name === 'executionState') {
      setTimeout(() => {
        this._bring();
        this._refresh();
      }, ANNOUNCED);
    }
  }

  /** Bring an error that is not known yet to attention. */
  private _bring(): void {
    const cell = this._cell;
    if (cell && this._error && !this._place?.errors.get(cell.model.id)) {
      this._place?.intake.onSeen(cell, this._error);
    }
  }

  /** Show the card that the cell's error should have now, which may be none. */
  private _refresh(): void {
    const place = this._place;
    const cell = this._cell;
    if (!place || !cell || !this._error) {
      return;
    }
    const model = place.errors.get(cell.model.id);
    const wanted =
      this._services.doctor.showCards &&
      !model?.hidden &&
      model?.isOf(this._error)
        ? model
        : null;
    if (wanted !== this._shown) {
      const hadFocus = this._card?.node.contains(document.activeElement);
      this._drop();
      this._show(wanted, place);
      if (hadFocus && this._card) {
        this._card.node.focus({ preventScroll: true });
      } else if (hadFocus) {
        place.activate();
      }
    }
  }

  private _show(model: DiagnosisModel | null, place: IPlace): void {
    this._shown = model;
    if (model) {
      const context = { ...this._services, model, place };
      const card = (this._card = new Card(context));
      this._pointer = new CardPointer(context, this._inner.node, () => {
        card.node.scrollIntoView({ block: 'center' });
        card.node.focus({ preventScroll: true });
      });
      const layout = this.layout as PanelLayout;
      layout.insertWidget(0, this._pointer);
      layout.addWidget(card);
    }
  }

  private _drop(): void {
    this._card?.dispose();
    this._card = null;
    this._pointer?.dispose();
    this._pointer = null;
    this._shown = null;
  }

  private _card: Card | null = null;
  private _cell: CodeCell | null = null;
  private _error: PostedError | null = null;
  private readonly _inner: IRenderMime.IRenderer;
  private _place: IPlace | null = null;
  private _pointer: CardPointer | null = null;
  private readonly _services: IErrorRendererServices;
  private _shown: DiagnosisModel | null = null;
}

namespace Private {
  /** nbformat's error object, as it is posted; null where it is none. */
  export function posted(data: unknown): PostedError | null {
    if (typeof data !== 'object' || data === null || !('ename' in data)) {
      return null;
    }
    const { ename, evalue, traceback } = data as Record<string, unknown>;
    return {
      name: String(ename),
      value: String(evalue ?? ''),
      traceback: Array.isArray(traceback) ? traceback.map(String) : []
    };
  }
}
