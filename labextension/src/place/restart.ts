import type { ISessionContext } from '@jupyterlab/apputils';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Restart a kernel if the person agrees; false if it was not restarted. */
export async function restartKernel(
  sessionContext: ISessionContext,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Restart the kernel?'),
    body: trans.__('All variables will be lost.'),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Restart') })
    ]
  });
  if (!button.accept) {
    return false;
  }
  await sessionContext.restartKernel();
  // It does not reject; a kernel that could not be restarted is not ready.
  return sessionContext.isReady;
}
