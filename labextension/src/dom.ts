/** Create an element with a class and, where given, text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  if (text) {
    node.textContent = text;
  }
  return node;
}

/** Create a button. */
export function button(
  className: string,
  text: string,
  onClick: () => void
): HTMLButtonElement {
  const node = element('button', className, text);
  node.type = 'button';
  node.addEventListener('click', event => {
    // A click in an output would otherwise select the cell and take the focus with it.
    event.stopPropagation();
    onClick();
  });
  return node;
}

/** Set a node's text, if it is another one, and hide the node where there is none. */
export function setText(node: HTMLElement, text: string): void {
  if (node.dataset.text !== text) {
    node.dataset.text = text;
    node.textContent = text;
  }
  node.hidden = !text;
}

/**
 * Set a node's text, showing what stands between backticks as code. Nothing else is interpreted, because a model may
 * have written it.
 */
export function setProse(node: HTMLElement, text: string): void {
  node.hidden = !text;
  if (node.dataset.text !== text) {
    node.dataset.text = text;
    node.replaceChildren();
    text.split(/`([^`\n]+)`/).forEach((part, index) => {
      node.append(index % 2 ? element('code', '', part) : part);
    });
  }
}

/** Append what is new in a text that grows, so that a screen reader reads the new part alone. */
export function setGrowing(node: HTMLElement, text: string): void {
  const before = node.textContent ?? '';
  if (text.startsWith(before)) {
    if (text.length > before.length) {
      node.append(text.slice(before.length));
    }
  } else {
    node.textContent = text;
  }
  node.hidden = !text;
}
