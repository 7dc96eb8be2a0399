import type { TranslationBundle } from '@jupyterlab/translation';

import type { Diagnosis, Fix } from '../protocol';
import type { Lost } from './state';

/** Its label is translated elsewhere. */
const CATEGORY = 'infra';

/**
 * What is said where a kernel was lost while a cell was running. The front end says it by itself: the server may be away.
 *
 * @param lost - What was lost.
 * @param again - The cells that can be run again, in order; they matter where the kernel is gone.
 * @param trans - The translation.
 */
export function lostDiagnosis(
  lost: Lost,
  again: readonly string[],
  trans: TranslationBundle
): Diagnosis {
  return {
    ...Private.words(lost, trans),
    category: CATEGORY,
    fixes: lost === 'kernel' && again.length ? [runAgain(again, trans)] : [],
    id: `lost-${lost}`,
    kind: `lost_${lost}`,
    live: false
  };
}

/** The offer to start a kernel, which JupyterLab does for a cell that is run without one, and to run what ran before. */
function runAgain(again: readonly string[], trans: TranslationBundle): Fix {
  return {
    actions: [{ kind: 'run_cells', cell_ids: [...again] }],
    id: 'again',
    title: trans.__('Start a kernel and run what was run before'),
    verdict: {
      reason: trans.__(
        'there is no kernel, and none is started before you ask for it'
      ),
      status: 'not_tried'
    }
  };
}

namespace Private {
  /** Headline and explanation. */
  export function words(
    lost: Lost,
    trans: TranslationBundle
  ): Pick<Diagnosis, 'explanation' | 'headline'> {
    switch (lost) {
      case 'server':
        return {
          headline: trans.__('nbdoctor cannot reach the Jupyter server.'),
          explanation: trans.__(
            'Check the network; on a JupyterHub, start your server again. Keep this page open: what is not saved yet is still in it. If the server runs, the cell goes on by itself, and what it prints is kept until this page is back. If the server was stopped, the kernel and its variables are gone; from here that cannot be known.'
          )
        };
      case 'connection':
        return {
          headline: trans.__(
            'The connection to the kernel is lost; the kernel itself is there.'
          ),
          explanation: trans.__(
            'The Jupyter server answers and has the kernel: its variables are there, and the cell goes on running, or has come to its end meanwhile. The server keeps what it prints until this page is connected again. JupyterLab tries that by itself, less and less often, and gives up in the end.'
          )
        };
      case 'kernel':
        return {
          headline: trans.__(
            'The kernel was shut down while this cell was running; its variables are gone.'
          ),
          explanation: trans.__(
            'The Jupyter server does not know this kernel any more. It was shut down from another tab, by a limit on idle kernels or by an administrator, or the server itself was started anew: the server does not say which. Running a cell starts a new kernel.'
          )
        };
    }
  }
}
