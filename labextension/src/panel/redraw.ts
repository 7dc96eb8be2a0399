/** An item of a list that is drawn anew only when it has changed. */
export interface IEntry {
  /** Which item it is, among those of its list. */
  key: string;
  /** All that it shows and acts on: where any of it is another, the item has to be drawn anew. */
  drawn: readonly unknown[];
  /** Draw it. */
  draw(): HTMLElement;
}

/**
 * Bring a list up to date. Items that are as they were stay untouched, with what is scrolled, selected and focused in
 * them; the focus of one that is drawn anew goes to the same control of it, of one that is gone to its neighbour.
 *
 * @param list - The list's element; all its children are drawn here.
 * @param entries - What is to stand there, in order.
 * @param fallback - Takes the focus where the list is left without an item.
 */
export function redraw(
  list: HTMLElement,
  entries: readonly IEntry[],
  fallback: HTMLElement | null = null
): void {
  const focus = Private.focusIn(list);
  const old = new Map(
    Array.from(list.children, item => [Private.known.get(item)?.key, item])
  );
  const items = entries.map(({ key, drawn, draw }) => {
    const item = old.get(key);
    if (item && Private.isSame(Private.known.get(item)?.drawn, drawn)) {
      return item;
    }
    const made = draw();
    Private.known.set(made, { key, drawn });
    return made;
  });
  const kept = new Set(items);
  Array.from(list.children)
    .filter(item => !kept.has(item))
    .forEach(item => item.remove());
  items.forEach((item, index) => {
    // Moving an element takes its focus and what was scrolled in it, so what is in place stays there.
    if (list.children[index] !== item) {
      list.insertBefore(item, list.children[index] ?? null);
    }
  });
  if (focus && !list.contains(document.activeElement)) {
    (Private.successor(items, focus) ?? fallback)?.focus();
  }
}

namespace Private {
  /** Where the focus was: the item, and the control by its class and its place among those of the same class. */
  export interface IFocus {
    key: string | undefined;
    index: number;
    className: string;
    nth: number;
  }

  /** What was drawn. */
  export const known = new WeakMap<Element, Omit<IEntry, 'draw'>>();

  const FOCUSABLE = 'button, input, select, summary, textarea, [tabindex]';

  export function isSame(
    one: readonly unknown[] | undefined,
    other: readonly unknown[]
  ): boolean {
    return (
      one?.length === other.length &&
      one.every((value, index) => value === other[index])
    );
  }

  export function focusIn(list: HTMLElement): IFocus | null {
    const active = document.activeElement;
    const index = Array.from(list.children).findIndex(item =>
      item.contains(active)
    );
    if (!active || index < 0) {
      return null;
    }
    const item = list.children[index];
    const { className } = active;
    return {
      key: known.get(item)?.key,
      index,
      className,
      nth: alike(item, className).indexOf(active as HTMLElement)
    };
  }

  export function successor(
    items: readonly Element[],
    { key, index, className, nth }: IFocus
  ): HTMLElement | null {
    const same = items.find(item => known.get(item)?.key === key);
    const item = same ?? items[Math.min(index, items.length - 1)];
    return (
      (item && alike(item, className)[nth]) ??
      item?.querySelector<HTMLElement>(FOCUSABLE) ??
      null
    );
  }

  function alike(item: Element, className: string): HTMLElement[] {
    return Array.from(item.querySelectorAll<HTMLElement>(FOCUSABLE)).filter(
      node => node.className === className
    );
  }
}
