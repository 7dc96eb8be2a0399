import type { TranslationBundle } from '@jupyterlab/translation';
import type { Title, Widget } from '@lumino/widgets';

import type { ErrorState } from '../errors/state';

/** The attribute of the tab that the style sheet draws as a badge. */
const ATTRIBUTE = 'nbdoctor-errors';

/** More than these are not counted on the badge, which has room for two digits. */
const MOST = 99;

/** Whether an error still wants something of the person. */
export function isOpen(
  error: Pick<ErrorState, 'applied' | 'hidden' | 'state'>
): boolean {
  const done = error.state === 'applied' && !error.applied?.restartNeeded;
  return !error.hidden && !done;
}

/** What the panel is called where a tab or a menu shows it. */
export function caption(count: number, trans: TranslationBundle): string {
  return count
    ? trans._n(
        'nbdoctor: %1 open error in this notebook',
        'nbdoctor: %1 open errors in this notebook',
        count,
        count
      )
    : trans.__('nbdoctor: errors of this notebook');
}

/**
 * Show on the panel's tab how many errors are open; nothing where there is none.
 *
 * @param title - The panel's title, which its tab is drawn from.
 * @param count - How many.
 * @param trans - The translation.
 */
export function setBadge(
  title: Title<Widget>,
  count: number,
  trans: TranslationBundle
): void {
  const shown = count > MOST ? `${MOST}+` : count ? `${count}` : '';
  if ((title.dataset[ATTRIBUTE] ?? '') !== shown) {
    // The application keeps attributes of its own there.
    const dataset: Record<string, string> = { ...title.dataset };
    delete dataset[ATTRIBUTE];
    title.dataset = shown ? { ...dataset, [ATTRIBUTE]: shown } : dataset;
  }
  title.caption = caption(count, trans);
}
