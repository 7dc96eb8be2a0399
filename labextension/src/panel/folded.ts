import { element } from '../dom';

/**
 * Something folded that is drawn when it is opened for the first time.
 *
 * @param className - The class of the element.
 * @param label - What it says when it is folded.
 * @param name - By which it is remembered whether it is open.
 * @param open - What is open, by name; kept by the caller, since views are drawn anew.
 * @param draw - Draws what is folded.
 */
export function folded(
  className: string,
  label: string,
  name: string,
  open: Set<string>,
  draw: () => HTMLElement[]
): HTMLDetailsElement {
  const details = element('details', className);
  details.append(element('summary', '', label));
  const fill = () => {
    if (details.open && details.childElementCount === 1) {
      details.append(...draw());
    }
  };
  details.open = open.has(name);
  fill();
  details.addEventListener('toggle', () => {
    if (details.open) {
      open.add(name);
    } else {
      open.delete(name);
    }
    fill();
  });
  return details;
}
