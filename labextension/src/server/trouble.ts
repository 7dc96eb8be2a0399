import type { Trouble } from '../protocol';

/** What went wrong: a `RequestError` brings its trouble along; anything else is told as it is. */
export function troubleOf(reason: unknown): Trouble {
  if (reason instanceof Error && 'trouble' in reason) {
    return reason.trouble as Trouble;
  }
  return { code: 'unexpected', message: String(reason), retryable: true };
}
