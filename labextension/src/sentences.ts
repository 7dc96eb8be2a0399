import type { TranslationBundle } from '@jupyterlab/translation';

import type { ConflictReason, IApplied } from './fixes/apply';
import {
  BEING_CHECKED,
  needsCheck,
  reruns,
  runs,
  statusOf,
  triedByServer
} from './fixes/fixes';
import type { Diagnosis, Fix, Trouble, Verdict } from './protocol';
import type { ErrorState } from './errors/state';
import type { IServerState } from './tokens';

/** The code of `request.ts`, repeated because these sentences need no network. */
const SERVER_MISSING = 'server_missing';

/** Seconds that do not round to 0.0. */
const WORTH_SAYING = 0.05;

/** How a category is called. */
export function categoryLabel(
  category: Diagnosis['category'],
  trans: TranslationBundle
): string {
  switch (category) {
    case 'python':
      return trans.__('Code');
    case 'notebook':
      return trans.__('Notebook state');
    case 'dependency':
      return trans.__('Package');
    case 'infra':
      return trans.__('System');
    default:
      return '';
  }
}

/** Where to look, for somebody who learns: it gives nothing away. */
export function hintSentence(
  { hint }: Pick<Diagnosis, 'hint'>,
  trans: TranslationBundle
): string {
  return (
    hint ||
    trans.__(
      'Read the last line of the traceback, then the line of this cell that it points at.'
    )
  );
}

/**
 * Who says so.
 *
 * @param diagnosis - The diagnosis.
 * @param trans - The translation.
 * @param also - The model whose words stand beside the rules' diagnosis.
 */
export function originSentence(
  { origin, by }: Pick<Diagnosis, 'origin' | 'by'>,
  trans: TranslationBundle,
  also = ''
): string {
  switch (origin) {
    case 'model':
      return by ? trans.__('From %1', by) : trans.__('From the model');
    case 'memory':
      return trans.__('From what worked before');
    default:
      return also
        ? trans.__("From nbdoctor's rules and %1", also)
        : trans.__("From nbdoctor's rules");
  }
}

/**
 * What a trial said, and never more than that.
 *
 * @param verdict - What it said.
 * @param trans - The translation.
 * @param now - Whether the trial is being made now.
 */
export function verdictSentence(
  verdict: Verdict | undefined,
  trans: TranslationBundle,
  now = false
): string {
  const reason = verdict?.reason ?? '';
  if (now) {
    return trans.__('Being checked…');
  }
  switch (verdict?.status) {
    case 'passed': {
      const { seconds } = verdict;
      const ran =
        typeof seconds === 'number' && seconds >= WORTH_SAYING
          ? trans.__(
              'Checked: ran in a copy of your kernel in %1 s',
              seconds.toFixed(1)
            )
          : trans.__('Checked: ran in a copy of your kernel');
      return reason ? trans.__('%1; %2', ran, reason) : ran;
    }
    case 'failed':
      return reason
        ? trans.__('Checked: failed in a copy of your kernel: %1', reason)
        : trans.__('Checked: failed in a copy of your kernel');
    default:
      if (!reason || reason === BEING_CHECKED) {
        return trans.__('Not checked yet');
      }
      // Where the reason is a whole sentence already, it says so itself.
      return reason.startsWith('Not checked')
        ? reason
        : trans.__('Not checked: %1', reason);
  }
}

/** What came of a check that was asked for; the verdict says why. */
export function checkedSentence(
  verdict: Verdict | undefined,
  trans: TranslationBundle
): string {
  switch (verdict?.status) {
    case 'passed':
      return trans.__('The check passed; your kernel was left as it is.');
    case 'failed':
      return trans.__('The check failed; nothing was changed.');
    default:
      return trans.__('The fix could not be checked; nothing was changed.');
  }
}

/** What the button says that carries a fix out. */
export function applyLabel(
  fix: Fix,
  model: ErrorState,
  trans: TranslationBundle
): string {
  const status = statusOf(fix);
  if (status === 'failed') {
    return trans.__('Apply anyway');
  }
  if (model.death && fix.actions.every(runs)) {
    return trans.__('Run');
  }
  const known =
    status === 'passed' || triedByServer(fix, model) || needsCheck(fix, model);
  return known && reruns(fix) ? trans.__('Fix it') : trans.__('Apply');
}

/** Why a fix was refused. */
export function conflictSentence(
  reason: ConflictReason,
  trans: TranslationBundle
): string {
  switch (reason) {
    case 'changed':
      return trans.__(
        'You changed this cell since the diagnosis; nothing was overwritten. Run it again for a new diagnosis.'
      );
    case 'gone':
      return trans.__(
        'A cell that the fix is about is gone; nothing was changed.'
      );
    case 'readonly':
      return trans.__('This cell is locked; nothing was changed.');
    case 'incomplete':
      return trans.__('This fix is incomplete; nothing was changed.');
  }
}

/** What became of a fix; `death`: of the offer to run what ran before a kernel died. */
export function appliedSentence(
  applied: IApplied,
  trans: TranslationBundle,
  death = false
): string {
  switch (applied.failedAt) {
    case 'install':
      return applied.installSentence || trans.__('The install failed.');
    case 'restart_kernel':
      return trans.__('The kernel was not restarted; the fix stopped there.');
    case 'run_cells':
    case 'run_from':
      return trans.__('A cell failed; the fix stopped there.');
    default:
      if (applied.restartNeeded) {
        return trans.__('Restart the kernel so that it sees the new version.');
      }
      if (applied.reran && death && !applied.edits.length) {
        // The kernel is as it was before it died, and would die again.
        return trans.__('The cells ran.');
      }
      if (applied.reran) {
        return trans.__('Fixed: the code ran.');
      }
      return applied.edits.length
        ? trans.__('Applied; nothing was run.')
        : trans.__('Applied.');
  }
}

/** What is said where a fix was carried out and its cell failed once more. */
export function failedAgainSentence(
  applied: IApplied,
  trans: TranslationBundle
): string {
  return applied.edits.length
    ? trans.__(
        'The fix was applied, and the cell failed again. Undo puts your text back.'
      )
    : trans.__('The fix was carried out, and the cell failed again.');
}

/** A trouble's message and hint; the client's own troubles are said here. */
export function troubleSentence(
  trouble: Trouble,
  trans: TranslationBundle
): string {
  if (trouble.code === SERVER_MISSING) {
    return trans.__(
      "nbdoctor's server part is missing: run pip install nbdoctor where Jupyter is installed, then restart Jupyter."
    );
  }
  if (trouble.code === 'network') {
    return trans.__('The Jupyter server did not answer.');
  }
  return [trouble.message, trouble.hint].filter(Boolean).join(' ');
}

/** Where an error stands, in a word or two. */
export function stateLabel(
  model: ErrorState,
  trans: TranslationBundle
): string {
  switch (model.state) {
    case 'offer':
      return trans.__('Not diagnosed');
    case 'working':
      return model.checking ? trans.__('Checking') : trans.__('Working');
    case 'ready':
      if (!model.fix) {
        return trans.__('Diagnosed');
      }
      return statusOf(model.fix) === 'passed'
        ? trans.__('Fix checked')
        : trans.__('Fix available');
    case 'applying':
      return trans.__('Applying');
    case 'applied':
      if (model.applied?.restartNeeded) {
        return trans.__('Restart needed');
      }
      return model.applied?.reran ? trans.__('Fixed') : trans.__('Applied');
    case 'stale':
      return trans.__('Cell changed');
    case 'failed':
      return trans.__('Did not work');
    case 'empty':
      return trans.__('Nothing found');
  }
}

/** How the server part stands, in a sentence. */
export function serverSentence(
  server: IServerState,
  trans: TranslationBundle
): string {
  const { status, trouble } = server;
  if (!status) {
    return trouble ? troubleSentence(trouble, trans) : '';
  }
  if (!status.model_configured) {
    return trans.__(
      'nbdoctor %1 answers from its rules. No model is configured.',
      status.version
    );
  }
  if (status.model_trouble) {
    return trans.__(
      'nbdoctor %1 answers from its rules. The model is not available: %2',
      status.version,
      troubleSentence(status.model_trouble, trans)
    );
  }
  return status.model
    ? trans.__(
        'nbdoctor %1 answers from its rules and from %2.',
        status.version,
        status.model
      )
    : trans.__(
        'nbdoctor %1 answers from its rules and from the configured model.',
        status.version
      );
}
