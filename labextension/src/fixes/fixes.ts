import type { Action, Diagnosis, Fix, Verdict } from '../protocol';

/** The reason of the verdict of a fix that the server is about to try. */
export const BEING_CHECKED = 'it is being checked now';

/** The part of an error's state that says whether something is being checked. */
export interface IChecking {
  /** Where the error stands. */
  readonly state: string;
  /** The id of the fix that is checked after a click; empty where none is. */
  readonly checking: string;
  /** Whether a check of a fix was carried to its end after a click. */
  wasChecked(fixId: string): boolean;
}

/** What a trial said of a fix; none was made where the fix brings no verdict. */
export function statusOf(fix: Fix | null): NonNullable<Verdict['status']> {
  return fix?.verdict?.status ?? 'not_tried';
}

/** Whether a step runs code. */
export function runs({ kind }: Action): boolean {
  return kind === 'run_cells' || kind === 'run_from';
}

/** Whether a step writes text, and nothing else. */
export function writes({ kind }: Action): boolean {
  return kind === 'replace_cell' || kind === 'insert_cell';
}

/** A plan without the steps that do more than write text; null where none, or nothing else, is in it. */
export function textOnly(fix: Fix): Fix | null {
  const actions = fix.actions.filter(writes);
  const some = actions.length && actions.length < fix.actions.length;
  return some ? { ...fix, actions } : null;
}

/** The text that a plan gives the failing cell; null where it leaves that cell's text alone. */
export function correctedText(fix: Fix, failing: string): string | null {
  const texts = fix.actions
    .filter(({ cell_id: id }) => (id ?? failing) === failing)
    .filter(({ kind }) => kind === 'replace_cell')
    .map(({ new_source: text }) => text);
  return texts[texts.length - 1] ?? null;
}

/** Whether a plan ends with running the code again. */
export function reruns(fix: Fix): boolean {
  const last = fix.actions[fix.actions.length - 1];
  return !!last && runs(last);
}

/** Whether a plan installs something. */
export function installs(fix: Fix): boolean {
  return fix.actions.some(({ kind }) => kind === 'install');
}

/** Whether the server tries a fix by itself just now. */
export function triedByServer(fix: Fix, model: IChecking): boolean {
  return (
    statusOf(fix) === 'not_tried' &&
    fix.verdict?.reason === BEING_CHECKED &&
    model.state === 'working'
  );
}

/** Whether a fix is being tried, by the server itself or after a click. */
export function isBeingChecked(fix: Fix, model: IChecking): boolean {
  return model.checking === fix.id || triedByServer(fix, model);
}

/** Whether checking a fix may say more than is known of it. */
export function canCheck(fix: Fix): boolean {
  const { can_check: can, reason } = fix.verdict ?? {};
  // A check that was stopped leaves its reason behind.
  return statusOf(fix) === 'not_tried' && (!!can || reason === BEING_CHECKED);
}

/**
 * Whether a fix is to be checked before it is carried out: an install is, once. Where the check could not tell, the
 * person decides.
 */
export function needsCheck(fix: Fix, model: IChecking): boolean {
  return installs(fix) && canCheck(fix) && !model.wasChecked(fix.id);
}

/** A diagnosis with a fix in it: in its own place if it was there before, else at the end. */
export function withFix(diagnosis: Diagnosis, fix: Fix): Diagnosis {
  const fixes = [...(diagnosis.fixes ?? [])];
  const index = fixes.findIndex(({ id }) => id === fix.id);
  fixes.splice(index < 0 ? fixes.length : index, 1, fix);
  return { ...diagnosis, fixes };
}

/**
 * Whether the fix on show stays there when the fixes are ordered by verdict: where none is known to work and it may.
 *
 * @param fixId - The fix on show.
 * @param fixes - All fixes, with their verdicts.
 */
export function staysOnShow(fixId: string, fixes: readonly Fix[]): boolean {
  const now = fixes.find(({ id }) => id === fixId);
  return (
    !!now &&
    statusOf(now) !== 'failed' &&
    !fixes.some(fix => statusOf(fix) === 'passed')
  );
}
