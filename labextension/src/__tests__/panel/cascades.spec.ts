import type { IFollowing } from '../../panel/cascades';
import { cascades } from '../../panel/cascades';
import type { Diagnosis } from '../../protocol';
import { runsCells } from './kit';

/** Cell `c3` is called `[3]`. */
const label = (cellId: string) => `[${cellId.slice(1)}]`;

function error(cellId: string, known: Partial<Diagnosis> = {}): IFollowing {
  return { cellId, diagnosis: { id: cellId, headline: '', ...known } };
}

/** The cascades in short: the first cause, then what follows from it. */
function fold(...errors: IFollowing[]): string[] {
  return cascades(errors, label).map(({ first, following }) =>
    [first, ...following].map(({ cellId }) => cellId).join(' < ')
  );
}

describe('cascades', () => {
  it('folds what needs the cells of another error', () => {
    const follows = error('c3', {
      kind: 'cell_not_run',
      fixes: [runsCells('c1', 'c2', 'c3')]
    });
    expect(fold(follows, error('c2'))).toEqual(['c2 < c3']);
    expect(fold(follows, error('c4'))).toEqual(['c3', 'c4']);
  });

  it('folds what names the cell that failed, in the order given', () => {
    const missing = (cellId: string, headline: string, facts: string[] = []) =>
      error(cellId, { kind: 'cell_failed', headline, facts });
    expect(
      fold(
        error('c9'),
        missing('c4', '`b` is missing because of cell [1], which failed.'),
        missing('c3', 'Something', ['Cell [1], which this needs, failed.']),
        error('c1')
      )
    ).toEqual(['c9', 'c1 < c4 < c3']);
    expect(fold(missing('c3', 'because of cell [11]'), error('c1'))).toEqual([
      'c3',
      'c1'
    ]);
  });

  it('goes back to the first cause', () => {
    const needs = (cellId: string, other: string) =>
      error(cellId, { kind: 'cell_failed', fixes: [runsCells(other)] });
    expect(
      fold(needs('c3', 'c2'), needs('c2', 'c1'), error('c1', { kind: 'key' }))
    ).toEqual(['c1 < c3 < c2']);
  });

  it('leaves errors that name each other where they are', () => {
    const needs = (cellId: string, other: string) =>
      error(cellId, { kind: 'cell_edited', fixes: [runsCells(other)] });
    expect(fold(needs('c1', 'c2'), needs('c2', 'c1'))).toEqual(['c1', 'c2']);
  });

  it('believes no other kind of diagnosis, and none that is not there', () => {
    const fixes = [runsCells('c1')];
    expect(
      fold(
        error('c3', { kind: 'ran_twice', fixes }),
        { cellId: 'c2', diagnosis: null },
        error('c1')
      )
    ).toEqual(['c3', 'c2', 'c1']);
  });
});
