import type { TranslationBundle } from '@jupyterlab/translation';

import type { Action, Fix } from './protocol';

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
