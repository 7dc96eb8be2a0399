import type { DiagnosisModel } from '../errors/model';
import type { DiagnosisState, Rung } from '../errors/state';
import type { IDoctor } from '../tokens';

/** Where a model may be asked: not while something goes on, nor about a cell that is another one now. */
const IDLE: readonly DiagnosisState[] = ['ready', 'empty', 'failed'];

/**
 * Whether the person may ask the model.
 *
 * @param model - The error.
 * @param rung - How much of the diagnosis is shown: who has a hint alone is not to have more explained yet.
 * @param doctor - Knows the server part and what the administrator has fixed.
 */
export function mayAsk(
  model: Pick<DiagnosisModel, 'diagnosis' | 'state'>,
  rung: Rung,
  doctor: Pick<IDoctor, 'isLocked' | 'server'>
): boolean {
  const { status } = doctor.server;
  const off = doctor.isLocked('auto') && status?.auto !== 'model';
  return (
    !!status?.model_configured &&
    !off &&
    rung !== 'hint' &&
    !!model.diagnosis &&
    IDLE.includes(model.state)
  );
}

/** Whether a model has spoken, or was to. */
export function wasAsked({
  diagnosis,
  modelAsked
}: Pick<DiagnosisModel, 'diagnosis' | 'modelAsked'>): boolean {
  return modelAsked || diagnosis?.origin === 'model';
}
