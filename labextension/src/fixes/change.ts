/** The lines that two texts differ in. */
export interface IChange {
  /** The first line that differs, from 1. */
  line: number;
  /** The old lines. */
  removed: string[];
  /** The new lines. */
  added: string[];
}

/**
 * The one stretch of lines in which two texts differ; for people who cannot see the diff, and for lists.
 */
export function changedLines(before: string, after: string): IChange {
  const old = before.split('\n');
  const now = after.split('\n');
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) {
    head++;
  }
  let tail = 0;
  while (
    tail < shorter - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  return {
    line: head + 1,
    removed: old.slice(head, old.length - tail),
    added: now.slice(head, now.length - tail)
  };
}
