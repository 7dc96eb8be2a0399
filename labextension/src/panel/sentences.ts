import { Time } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Correction, ModelState, ServerStatus } from '../protocol';
import { serverSentence, troubleSentence } from '../sentences';
import type { Auto, IServerState } from '../tokens';

/** Milliseconds within which something was just now. */
const JUST_NOW = 60_000;

/** How the server part stands, and what to do where no model is set up. */
export function modelsSentence(
  server: IServerState,
  trans: TranslationBundle
): string {
  const { status, trouble } = server;
  if (trouble) {
    return troubleSentence(trouble, trans);
  }
  const said = serverSentence(server, trans);
  if (status?.models?.length) {
    return trans.__('nbdoctor %1 answers from its rules.', status.version);
  }
  return status && !status.model_configured
    ? trans.__(
        '%1 To add one on this machine, run `nbdoctor serve` in a terminal.',
        said
      )
    : said;
}

/** What a model is asked for, and how it stands. */
export function modelSentence(
  { jobs, machine, model, trouble }: ModelState,
  trans: TranslationBundle
): string {
  const does = [...new Set((jobs ?? []).map(job => jobPhrase(job, trans)))];
  const name = model || trans.__('A model without a name');
  const who = machine
    ? trans.__('%1 on %2', name, machine)
    : trans.__('%1 on this machine', name);
  const what = does.length
    ? trans.__('%1: %2.', who, does.join(', '))
    : `${who}.`;
  const health = trouble
    ? trans.__('Not available: %1', troubleSentence(trouble, trans))
    : trans.__('Ready.');
  return `${what} ${health}`;
}

/** What a job is good for. */
function jobPhrase(job: string, trans: TranslationBundle): string {
  switch (job) {
    case 'summarize':
      return trans.__('explains errors');
    case 'categorize':
      return trans.__('sorts them by kind');
    case 'extract':
      return trans.__('puts answers into form');
    default:
      return trans.__('proposes fixes');
  }
}

/**
 * What happens by itself when a cell fails.
 *
 * @param auto - What the person has chosen.
 * @param status - What is known of the server part.
 * @param locked - Whether the server's choice holds instead: then a click asks no model either, unless it says so.
 * @param trans - The translation.
 */
export function autoSentence(
  auto: Auto,
  status: ServerStatus | null,
  locked: boolean,
  trans: TranslationBundle
): string {
  const asServer = locked || auto === 'server';
  switch (asServer ? status?.auto : auto) {
    case 'off':
      return locked
        ? trans.__(
            'Nothing happens until you ask for a diagnosis. No model is asked.'
          )
        : trans.__('Nothing happens until you ask for a diagnosis.');
    case 'rules':
      return locked
        ? trans.__(
            "nbdoctor's rules look at the error at once. No model is asked."
          )
        : trans.__(
            "nbdoctor's rules look at the error at once. A model is asked only when you click."
          );
    case 'model':
      return asServer
        ? trans.__(
            "nbdoctor's rules look at the error at once. Where they have no fix, the model is asked."
          )
        : trans.__(
            "nbdoctor's rules look at the error at once, and the model is asked each time."
          );
    default:
      return trans.__('What the Jupyter server is configured to do.');
  }
}

/** Whether a hint comes first. */
export function hintsSentence(
  hints: boolean,
  here: boolean,
  trans: TranslationBundle
): string {
  if (here && !hints) {
    return trans.__('This notebook asks for a hint first.');
  }
  return hints
    ? trans.__(
        'A card first says where to look. The explanation and the solution are shown when you ask.'
      )
    : trans.__('A card shows the explanation and the fix at once.');
}

/** Where diagnoses are shown. */
export function cardsSentence(
  cards: boolean,
  trans: TranslationBundle
): string {
  return cards
    ? trans.__('Diagnoses are shown below the error and listed here.')
    : trans.__('Diagnoses are listed here only.');
}

/** Whether fixes are tried, where the kernel has not said it yet. */
export function trialsSentence(
  status: ServerStatus | null,
  trans: TranslationBundle
): string {
  switch (status?.trials) {
    case undefined:
      return '';
    case 'off':
      return trans.__('Fixes are not tried here: trials are switched off.');
    case 'basic':
      return trans.__(
        'Fixes are tried in a copy of the kernel, except those that write files.'
      );
    default:
      return trans.__(
        'Fixes are tried in a copy of the kernel before they are shown.'
      );
  }
}

/** Whether it is kept what a person does with fixes. */
export function correctionsSentence(
  status: ServerStatus | null,
  trans: TranslationBundle
): string {
  return status?.corrections === false
    ? trans.__('What you do with fixes is not kept.')
    : trans.__('What you do with fixes is kept, with secrets taken out.');
}

/** What a person did with a fix, or said of it. */
export function outcomeLabel(
  outcome: Correction['outcome'],
  trans: TranslationBundle
): string {
  switch (outcome) {
    case 'accepted':
      return trans.__('Accepted');
    case 'edited':
      return trans.__('Accepted, then changed');
    case 'undone':
      return trans.__('Undone');
    case 'rejected':
      return trans.__('Called wrong');
  }
}

/** What a trial had said of the fix. */
export function statusLabel(
  status: Correction['status'],
  trans: TranslationBundle
): string {
  switch (status) {
    case 'passed':
      return trans.__('check passed');
    case 'failed':
      return trans.__('check failed');
    default:
      return trans.__('not checked');
  }
}

/** How long ago something was; empty where the time is not known. */
export function ago(time: string, trans: TranslationBundle): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) {
    return '';
  }
  // Seconds would be wrong again as soon as they are read.
  return Date.now() - at < JUST_NOW
    ? trans.__('just now')
    : Time.formatHuman(new Date(at));
}

/** What somebody who meets nbdoctor for the first time is told. */
export function welcomeSentences(
  status: ServerStatus | null,
  trans: TranslationBundle
): string[] {
  const elsewhere = new Set(
    (status?.models ?? []).map(({ machine }) => machine ?? '').filter(Boolean)
  );
  return [
    trans.__(
      'When a cell fails, nbdoctor says why and offers a fix, below the error and here.'
    ),
    elsewhere.size
      ? trans.__(
          'Errors and the cells that they are about are sent to the model on %1, and nowhere else.',
          [...elsewhere].join(', ')
        )
      : trans.__(
          'Nothing leaves the machine that Jupyter runs on: no code, no data, no error.'
        ),
    status?.trials === 'off'
      ? trans.__('Fixes are not tried before you apply them.')
      : trans.__(
          'Where the system allows it, a fix is tried in a copy of your kernel first, so your variables and files stay as they are.'
        ),
    trans.__('Nothing in your notebook is changed without a click.'),
    trans.__(
      'To know the most, nbdoctor has to be loaded in the kernel: use the button on the card, or run `%load_ext nbdoctor`.'
    )
  ];
}
