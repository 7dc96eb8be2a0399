import { runs } from '../fixes/fixes';
import type { Diagnosis } from '../protocol';

/** The kinds of diagnosis that say that another cell has to work first. */
const FOLLOWS: readonly string[] = [
  'cell_edited',
  'cell_failed',
  'cell_not_run'
];

/** An error, as far as it matters for what follows from what. */
export interface IFollowing {
  /** The failing cell's id. */
  readonly cellId: string;
  /** What is known of the error. */
  readonly diagnosis: Diagnosis | null;
}

/** An error and those that follow from it. */
export interface ICascade<T> {
  first: T;
  following: T[];
}

/**
 * Put each error under the first cause that is itself among them.
 *
 * @param errors - The open errors of a notebook.
 * @param label - How a cell is called on screen: the rules name it so.
 * @returns The causes and the errors that follow from none, in the order given, each with what follows from it.
 */
export function cascades<T extends IFollowing>(
  errors: readonly T[],
  label: (cellId: string) => string
): ICascade<T>[] {
  const causes = new Map(
    errors.map(error => [error, causeOf(error, errors, label)])
  );
  const found = new Map<T, ICascade<T>>();
  const of = (first: T): ICascade<T> => {
    const cascade = found.get(first) ?? { first, following: [] };
    found.set(first, cascade);
    return cascade;
  };
  errors.forEach(error => {
    const first = firstCause(error, causes);
    if (first !== error) {
      of(first).following.push(error);
    } else {
      of(error);
    }
  });
  return errors.flatMap(error => found.get(error) ?? []);
}

/** The open error of the cell that has to work before an error's own; null where there is none. */
function causeOf<T extends IFollowing>(
  { cellId, diagnosis }: T,
  errors: readonly T[],
  label: (cellId: string) => string
): T | null {
  if (!diagnosis || !FOLLOWS.includes(diagnosis.kind ?? '')) {
    return null;
  }
  const others = errors.filter(other => other.cellId !== cellId);
  const wanted = (diagnosis.fixes ?? [])
    .flatMap(({ actions }) => actions)
    .filter(runs)
    .flatMap(({ cell_ids: ids }) => ids ?? []);
  const planned = others.find(other => wanted.includes(other.cellId));
  if (planned) {
    return planned;
  }
  // Where the other cell would only fail again there is nothing to run: it is named, the first cause in the headline.
  const texts = [diagnosis.headline, ...(diagnosis.facts ?? [])];
  for (const text of texts) {
    const named = others.find(other => names(text, label(other.cellId)));
    if (named) {
      return named;
    }
  }
  return null;
}

/** Whether a sentence of the rules is about a cell. */
function names(text: string, label: string): boolean {
  return label !== '' && text.toLowerCase().includes(`cell ${label}`);
}

/** Go from cause to cause; where they go round in a circle, an error stands for itself. */
function firstCause<T>(error: T, causes: ReadonlyMap<T, T | null>): T {
  const seen = new Set<T>();
  let first = error;
  for (let next = causes.get(first); next; next = causes.get(first)) {
    if (seen.has(next)) {
      return error;
    }
    seen.add(next);
    first = next;
  }
  return first;
}
