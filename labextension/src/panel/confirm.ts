import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * Ask before something is done that cannot be undone.
 *
 * @param title - The question.
 * @param body - What would happen.
 * @param accept - What the button says that does it.
 * @param trans - The translation.
 * @returns Whether the person agreed.
 */
export async function confirm(
  title: string,
  body: string,
  accept: string,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: accept })
    ],
    // The harmless one.
    defaultButton: 0
  });
  return button.accept;
}
