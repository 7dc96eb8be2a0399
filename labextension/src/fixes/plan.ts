import type { TranslationBundle } from '@jupyterlab/translation';

import type { Action, Cell, Fix } from '../protocol';

/**
 * The steps of a plan that a diff does not show, each as a sentence.
 *
 * @param fix - The plan.
 * @param failing - The failing cell's id.
 * @param label - How another cell is called on screen.
 * @param trans - The translation.
 */
export function planSentences(
  fix: Fix,
  failing: string,
  label: (cellId: string) => string,
  trans: TranslationBundle
): string[] {
  return fix.actions.map(action => {
    switch (action.kind) {
      case 'install':
        return trans.__(
          "Installs %1 into this kernel's environment.",
          action.requirement ?? ''
        );
      case 'restart_kernel':
        return trans.__('Restarts the kernel: all variables are lost.');
      case 'run_from':
        return trans.__(
          'Runs this cell from line %1 on; the lines before it have already run.',
          action.line ?? 1
        );
      case 'insert_cell':
        return trans.__('Adds a cell before this one.');
      case 'run_cells':
        return runSentence(action, failing, label, trans);
      case 'replace_cell':
        return (action.cell_id ?? failing) === failing
          ? ''
          : trans.__('Changes %1.', label(action.cell_id!));
    }
  });
}

/**
 * What is to be run again after a restart, by which all variables are lost: what was run above the failing cell, what
 * else the plan runs, and the failing cell.
 *
 * @param fix - The plan; null where it is not known any more.
 * @param failing - The failing cell's id.
 * @param cells - The notebook's cells, in order.
 * @param label - How another cell is called on screen.
 * @param trans - The translation.
 */
export function restartedSentence(
  fix: Fix | null,
  failing: string,
  cells: readonly Cell[],
  label: (cellId: string) => string,
  trans: TranslationBundle
): string {
  const index = cells.findIndex(({ id }) => id === failing);
  const above = cells
    .slice(0, Math.max(index, 0))
    .filter(({ execution_count: count }) => typeof count === 'number')
    .map(({ id }) => id);
  const others = (fix?.actions ?? [])
    .flatMap(({ cell_ids: ids }) => ids ?? [])
    .filter(id => id !== failing && !above.includes(id))
    .map(label);
  const first = above.length
    ? [trans.__('the cells above'), ...others]
    : others;
  return first.length
    ? trans.__(
        'The kernel was restarted, and its variables are gone. Run %1 again, then this cell.',
        first.join(', ')
      )
    : trans.__(
        'The kernel was restarted, and its variables are gone. Run this cell again.'
      );
}

function runSentence(
  action: Action,
  failing: string,
  label: (cellId: string) => string,
  trans: TranslationBundle
): string {
  const ids = action.cell_ids ?? [];
  const others = ids.filter(id => id !== failing).map(label);
  const last = !ids.length || ids[ids.length - 1] === failing;
  if (!others.length) {
    return trans.__('Runs this cell again.');
  }
  return last
    ? trans.__('Runs %1, then this cell again.', others.join(', '))
    : trans.__('Runs %1.', others.join(', '));
}
