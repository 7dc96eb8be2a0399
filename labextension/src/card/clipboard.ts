import { Clipboard } from '@jupyterlab/apputils';

/** Put a text on the system's clipboard; to be called in answer to a click. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not there where the page came over plain HTTP, or not allowed.
    Clipboard.copyToSystem(text);
  }
}
