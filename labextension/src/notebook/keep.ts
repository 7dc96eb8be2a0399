/** What Markdown would take for more than text. A dollar sign begins a formula in Jupyter, `@` may make an address. */
const SPECIAL = /[\\*_[\]<>#|~$&@`]/g;

/** What would become a link though nothing marks it as one; a backslash goes behind what is matched. */
const LINKS = /(?=:\/\/)|\bwww(?=\.)/gi;

/** What makes a list, a rule or a heading where it stands first in a line; as above. */
const BEGINS = /^(?:\d+(?=[.)](?:\s|$))|(?=[-+=]))/gm;

/**
 * A headline and the paragraphs below it as Markdown that shows them as text. Only what stands between backticks is shown as
 * code, as in the card: a model may have written it, and nothing in it may become a link, a picture or a formula.
 */
export function asMarkdown(headline: string, ...rest: string[]): string {
  const first = Private.escape(headline);
  return [first && `**${first}**`, ...rest.map(Private.escape)]
    .filter(Boolean)
    .join('\n\n');
}

namespace Private {
  /** Markdown that shows a text as it is. */
  export function escape(text: string): string {
    return text
      .trim()
      .split(/`([^`\n]+)`/)
      .map((part, index) => (index % 2 ? `\`${part}\`` : plain(part)))
      .join('');
  }

  function plain(text: string): string {
    return text
      .replace(/\n[ \t]+/g, '\n')
      .replace(SPECIAL, sign => (sign === '\\' ? '&#92;' : `\\${sign}`))
      .replace(LINKS, '$&\\')
      .replace(BEGINS, '$&\\');
  }
}
