import type { TranslationBundle } from '@jupyterlab/translation';

import { button } from '../dom';

/**
 * Folds a text that is longer than three lines, with a button that unfolds it. Whether it is long is seen after the
 * browser has laid the page out: to ask for it would make it do so at once, for each of many cards.
 */
export class Fold {
  /**
   * @param node - What is folded.
   * @param parts - The parts of its text, whose heights change.
   * @param trans - The translation.
   */
  constructor(
    node: HTMLElement,
    parts: readonly HTMLElement[],
    trans: TranslationBundle
  ) {
    this._node = node;
    this._parts = parts;
    this._trans = trans;
    this.button = button('jp-nbdoctor-link jp-nbdoctor-fold', '', () => {
      this._unfolded = !this._unfolded;
      this.render();
    });
  }

  /** Unfolds it, and folds it again; hidden where nothing is long. */
  readonly button: HTMLButtonElement;

  /** Watch the heights, from when the text is in the page. */
  observe(): void {
    this._parts.forEach(part => Private.observe(part, this));
  }

  /** Watch them no longer. */
  unobserve(): void {
    this._parts.forEach(part => Private.unobserve(part));
  }

  /** Unfold it: what is being read must not be folded away under the reader's eyes. */
  unfold(): void {
    this._unfolded = true;
  }

  /** Fold or unfold as it should be now. */
  render(): void {
    const trans = this._trans;
    this._node.classList.toggle('jp-mod-folded', !this._unfolded);
    this.button.hidden = this._node.hidden || !this._isLong;
    this.button.textContent = this._unfolded
      ? trans.__('Less')
      : trans.__('More');
    this.button.setAttribute('aria-expanded', String(this._unfolded));
  }

  /** Whether there is more than fits when it is folded; what is unfolded does not say so. */
  measure(): boolean {
    const { clientHeight, scrollHeight } = this._node;
    return this._unfolded ? this._isLong : scrollHeight > clientHeight + 2;
  }

  /** Take over what was measured. */
  setLong(isLong: boolean): void {
    if (isLong !== this._isLong) {
      this._isLong = isLong;
      this.render();
    }
  }

  private _isLong = false;
  private readonly _node: HTMLElement;
  private readonly _parts: readonly HTMLElement[];
  private readonly _trans: TranslationBundle;
  private _unfolded = false;
}

namespace Private {
  const folds = new WeakMap<Element, Fold>();
  let observer: ResizeObserver | null = null;

  /** Have a fold measured when the height of an element changes. */
  export function observe(element: Element, fold: Fold): void {
    folds.set(element, fold);
    observer ??= new ResizeObserver(onResize);
    observer.observe(element);
  }

  /** Forget an element. */
  export function unobserve(element: Element): void {
    observer?.unobserve(element);
  }

  /** All are measured before any is changed, so that the layout is asked for once. */
  function onResize(entries: readonly ResizeObserverEntry[]): void {
    const changed = new Set<Fold>();
    entries.forEach(({ target }) => {
      const fold = folds.get(target);
      if (fold) {
        changed.add(fold);
      }
    });
    [...changed]
      .map(fold => [fold, fold.measure()] as const)
      .forEach(([fold, isLong]) => fold.setLong(isLong));
  }
}
