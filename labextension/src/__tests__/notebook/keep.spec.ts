import { marked } from 'marked';

import { asMarkdown } from '../../notebook/keep';

/** What a page shows of Markdown; JupyterLab has the same parser. */
function shown(text: string): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = marked.parse(text, { async: false, gfm: true });
  return node;
}

describe('asMarkdown', () => {
  it('shows headline and explanation, and nothing else', () => {
    const text = asMarkdown('`revenu` is not defined.', 'There is `revenue`.');
    expect(text).toBe('**`revenu` is not defined.**\n\nThere is `revenue`.');
    expect(asMarkdown('', 'Only this.')).toBe('Only this.');
    expect(asMarkdown('Only this.', '')).toBe('**Only this.**');
  });

  it.each([
    ['an image', '![x](http://127.0.0.1/x.png)'],
    ['a link', '[x](http://127.0.0.1) <http://127.0.0.1>'],
    ['an address', 'http://127.0.0.1/x www.example.org a@example.org'],
    ['HTML', '<img src=x onerror=alert(1)><b>x</b> &lt;'],
    ['emphasis', 'a * b * c, __init__ and ~~no~~'],
    ['a heading', '# x'],
    ['a list', 'So:\n- one\n2. two\n+ three'],
    ['a rule', 'x\n---\ny\n***'],
    ['a table', 'a | b\n--- | ---\n1 | 2'],
    ['a quotation', '> x'],
    ['a block of code', 'x\n\n    y\n\n```\nz\n```'],
    ['a backslash', 'C:\\new and \\* and \\']
  ])('shows %s as the text that it is', (_, said) => {
    const node = shown(asMarkdown('', said));
    const flat = (text: string | null) => text?.replace(/\s+/g, ' ').trim();
    expect(flat(node.textContent)).toBe(flat(said));
    const elements = [...node.querySelectorAll('*')].map(
      ({ tagName }) => tagName
    );
    expect(elements.filter(name => name !== 'P' && name !== 'BR')).toEqual([]);
  });

  it('leaves no dollar sign that begins a formula', () => {
    expect(asMarkdown('', 'from $1 to $2')).toBe('from \\$1 to \\$2');
  });
});
