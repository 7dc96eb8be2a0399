import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Trouble } from '../protocol';

/** Something went wrong between the browser and the server part; `trouble` says it in words. */
export class RequestError extends Error {
  /**
   * @param trouble - What to tell the person.
   */
  constructor(readonly trouble: Trouble) {
    super(trouble.message);
    this.name = 'RequestError';
  }
}

/** The code of the trouble that means that the server part is not installed or not enabled. */
export const SERVER_MISSING = 'server_missing';

/**
 * Call an endpoint of the server part.
 *
 * #### Notes
 * `makeRequest` adds the token or the XSRF header. It rejects with a `NetworkError` when aborted, too: callers look
 * at their own signal first.
 */
export async function request(
  path: string,
  settings: ServerConnection.ISettings,
  init: RequestInit = {}
): Promise<Response> {
  const url = URLExt.join(settings.baseUrl, 'nbdoctor', 'api', path);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch (reason) {
    throw new RequestError({
      code: 'network',
      message: String(reason instanceof Error ? reason.message : reason),
      retryable: true
    });
  }
  if (response.ok) {
    return response;
  }
  const message = await Private.message(response);
  // A 404 with a sentence is ours (a kernel that is gone); a bare one means that nobody listens there.
  if (response.status === 404 && !message) {
    throw new RequestError({ code: SERVER_MISSING, message: '' });
  }
  throw new RequestError({
    code: `http_${response.status}`,
    message: message || response.statusText || String(response.status),
    retryable: response.status >= 500
  });
}

namespace Private {
  /** The sentence of a JSON error body; empty where the body is anything else. */
  export async function message(response: Response): Promise<string> {
    try {
      const body: unknown = await response.json();
      const said =
        typeof body === 'object' && body !== null && 'message' in body
          ? body.message
          : '';
      return typeof said === 'string' ? said : '';
    } catch {
      return '';
    }
  }
}
