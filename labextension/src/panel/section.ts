import { element } from '../dom';
import type { INotebookPlace } from '../tokens';

/** A part of the panel. */
export interface IPanelSection {
  /** Its element. */
  readonly node: HTMLElement;
  /**
   * Draw what has changed.
   *
   * @param notebook - The notebook that the panel is about now.
   */
  render(notebook: INotebookPlace | null): void;
}

/** The elements of a section. */
export interface ISection {
  /** What belongs into the section goes here. */
  body: HTMLElement;
  /** The heading, which can take the focus where a control is gone. */
  heading: HTMLHeadingElement;
  /** The section. */
  node: HTMLElement;
}

/**
 * Create a section that is called by its heading.
 *
 * @param name - Its name among the panel's sections.
 * @param title - The heading.
 */
export function section(name: string, title: string): ISection {
  const node = element('section', 'jp-nbdoctor-section');
  node.dataset.name = name;
  const heading = element('h2', 'jp-nbdoctor-panel-title', title);
  heading.id = `nbdoctor-panel-${name}`;
  heading.tabIndex = -1;
  node.setAttribute('aria-labelledby', heading.id);
  node.append(heading);
  return { body: node, heading, node };
}

/**
 * Create a section that can be folded.
 *
 * @param name - Its name among the panel's sections.
 * @param title - The heading.
 * @param open - Whether it is open at first.
 */
export function foldableSection(
  name: string,
  title: string,
  open: boolean
): ISection & { body: HTMLDetailsElement } {
  const { heading, node } = section(name, title);
  const body = element('details', 'jp-nbdoctor-foldable');
  const summary = element('summary', '');
  // The summary takes the focus.
  heading.removeAttribute('tabindex');
  summary.append(heading);
  body.open = open;
  body.append(summary);
  node.append(body);
  return { body, heading, node };
}
