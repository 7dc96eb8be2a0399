import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Lost } from '../errors/state';

/** How long the server is waited for, in milliseconds: without a network a request may hang for minutes. */
const TIMEOUT = 5_000;

/** What a proxy or a hub answers where the server behind it does not run. */
const SERVER_AWAY: readonly number[] = [424, 502, 503, 504];

/** How long ago at most this page has ended a kernel that is missed now, in milliseconds. */
const RECENTLY = 30_000;

/** The address of a kernel or a session itself, not of something below it. */
const KERNEL_OR_SESSION = /\/api\/(?:kernels|sessions)\/[^/?]+(?:\?|$)/;

/** What a request to end something is answered with; others to these addresses are answered with 200. */
const NO_CONTENT = 204;

/**
 * Ask the Jupyter server for a kernel that cannot be reached. The server part of nbdoctor is not needed.
 *
 * @param kernelId - The kernel.
 * @param settings - How to reach the Jupyter server.
 * @returns What is lost; null where the answer does not say so.
 */
export async function findKernel(
  kernelId: string,
  settings: ServerConnection.ISettings
): Promise<Lost | null> {
  const id = encodeURIComponent(kernelId);
  const url = URLExt.join(settings.baseUrl, 'api/kernels', id);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT);
  try {
    const { signal } = controller;
    const answer = await ServerConnection.makeRequest(
      url,
      { signal },
      settings
    );
    if (SERVER_AWAY.includes(answer.status)) {
      return 'server';
    }
    if (answer.status === 404) {
      return 'kernel';
    }
    // A kernel that is dead is told of elsewhere, and who is logged out is told so by JupyterLab.
    return answer.ok && (await Private.lives(answer)) ? 'connection' : null;
  } catch {
    return 'server';
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Knows whether this page has ended a kernel itself. JupyterLab has many places for that (menus, the list of what runs, the
 * file browser) and no signal; but the browser tells of each request of the page, without what is in it.
 */
export class EndedHere {
  constructor() {
    // jsdom has none.
    if (typeof PerformanceObserver !== 'undefined') {
      const observer = new PerformanceObserver(list => {
        if (list.getEntries().some(Private.ends)) {
          this._at = Date.now();
        }
      });
      observer.observe({ type: 'resource' });
    }
  }

  /** Whether it has done so just now. */
  get recently(): boolean {
    return Date.now() - this._at < RECENTLY;
  }

  private _at = -Infinity;
}

namespace Private {
  /** Whether the server takes a kernel for alive. */
  export async function lives(answer: Response): Promise<boolean> {
    const { execution_state: state } = (await answer.json()) as {
      execution_state?: string;
    };
    return state !== 'dead';
  }

  /** Whether a request has ended a kernel or a session. */
  export function ends(
    entry: PerformanceEntry & { responseStatus?: number }
  ): boolean {
    const { name, responseStatus } = entry;
    return responseStatus === NO_CONTENT && KERNEL_OR_SESSION.test(name);
  }
}
