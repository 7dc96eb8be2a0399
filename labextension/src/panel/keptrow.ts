import { Time } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element, setProse } from '../dom';
import { folded } from './folded';
import { ago, outcomeLabel, statusLabel } from './sentences';
import type { Correction } from '../protocol';
import type { IEntry } from './redraw';

/** What can be done with something that was kept. */
export interface IKeptActions {
  /** Delete it. */
  forget(): void;
  /** Take the fix back; null where that is not possible any more. */
  undo: (() => void) | null;
}

/**
 * A row of the history of fixes: what was done with one, when, and all that is kept of it.
 *
 * @param kept - What is kept.
 * @param actions - What can be done with it.
 * @param open - What is open, by name.
 * @param trans - The translation.
 */
export function keptRow(
  kept: Correction,
  actions: IKeptActions,
  open: Set<string>,
  trans: TranslationBundle
): IEntry {
  const name = titleOf(kept);
  const when = ago(kept.time ?? '', trans);
  return {
    key: `${kept.number}`,
    // What is kept is never changed, so its number and time stand for all of it.
    drawn: [kept.time, when, !actions.undo],
    draw: () => {
      const row = element('li', 'jp-nbdoctor-kept');
      const title = element('p', 'jp-nbdoctor-kept-title');
      setProse(title, name);
      row.append(title, summary(kept, when, trans));
      if (kept.comment) {
        row.append(element('p', 'jp-nbdoctor-kept-comment', kept.comment));
      }
      row.append(
        folded(
          'jp-nbdoctor-asked',
          trans.__('What is kept'),
          `kept ${kept.number}`,
          open,
          () => [record(kept)]
        ),
        buttons(name, actions, trans)
      );
      return row;
    }
  };
}

/** What a row is called: the fix, or the error where there was none. */
function titleOf(kept: Correction): string {
  const { error_message: message, error_name: error, title } = kept;
  return title || [error, message].filter(Boolean).join(': ') || kept.outcome;
}

/** When, what was done, and what the check had said. */
function summary(
  kept: Correction,
  when: string,
  trans: TranslationBundle
): HTMLElement {
  const line = element('p', 'jp-nbdoctor-kept-said');
  if (when) {
    const time = element('time', '', when);
    time.dateTime = kept.time ?? '';
    time.title = Time.format(kept.time ?? '');
    line.append(time, ' · ');
  }
  const words = [outcomeLabel(kept.outcome, trans)];
  if (kept.title) {
    words.push(statusLabel(kept.status, trans));
  }
  line.append(words.join(' · '));
  return line;
}

/** All that is kept, as it is kept. */
function record(kept: Correction): HTMLElement {
  const node = element(
    'pre',
    'jp-nbdoctor-sent',
    JSON.stringify(kept, null, 2)
  );
  node.tabIndex = 0;
  return node;
}

function buttons(
  name: string,
  { forget, undo }: IKeptActions,
  trans: TranslationBundle
): HTMLElement {
  const line = element('div', 'jp-nbdoctor-panel-buttons');
  const labelled = (className: string, label: string, act: () => void) => {
    const node = button(`jp-nbdoctor-panel-button ${className}`, label, act);
    node.setAttribute('aria-label', trans.__('%1: %2', label, name));
    line.append(node);
    return node;
  };
  if (undo) {
    labelled('jp-nbdoctor-kept-undo', trans.__('Undo'), undo).title = trans.__(
      'Undo restores text, not variables or installed packages.'
    );
  }
  labelled('jp-nbdoctor-kept-delete', trans.__('Delete'), forget);
  return line;
}
