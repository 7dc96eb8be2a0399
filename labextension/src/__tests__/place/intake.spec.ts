import type { CodeCell } from '@jupyterlab/cells';
import type { KernelError } from '@jupyterlab/notebook';

import { NotebookErrors } from '../../errors/errors';
import { Intake } from '../../place/intake';

const SEEN = { name: 'NameError', value: 'revenu', traceback: [] };
const RAISED = {
  errorName: 'NameError',
  errorValue: 'revenu',
  traceback: []
} as unknown as KernelError;

/** A notebook with one cell. */
function bench({ state = 'idle', tags = [] as string[] } = {}) {
  const errors = new NotebookErrors();
  const raised: string[] = [];
  const ran: string[] = [];
  const intake = new Intake({
    errors,
    onRaised: model => raised.push(model.state),
    place: { speaksPython: true },
    recorder: { ran: (id: string) => ran.push(id) } as never
  });
  const model = {
    id: 'c',
    executionState: state,
    getMetadata: () => tags,
    sharedModel: { getSource: () => 'revenu' }
  };
  return {
    cell: { model } as unknown as CodeCell,
    errors,
    intake,
    raised,
    ran
  };
}

describe('Intake', () => {
  it('shows an error at once while the cell runs, and diagnoses it when it has ended', () => {
    const { cell, errors, intake, raised } = bench({ state: 'running' });
    intake.onScheduled(cell);
    intake.onSeen(cell, SEEN);
    const model = errors.get('c')!;
    expect(model.state).toBe('working');
    expect(raised).toEqual([]);
    intake.onExecuted(cell, RAISED);
    // The same card goes on: nothing is drawn twice.
    expect(errors.get('c')).toBe(model);
    expect(raised).toEqual(['offer']);
  });

  it('forgets an error that a cell has shown and not ended with', () => {
    const { cell, errors, intake } = bench({ state: 'running' });
    intake.onScheduled(cell);
    intake.onSeen(cell, SEEN);
    intake.onExecuted(cell, null);
    expect(errors.all()).toEqual([]);
  });

  it('takes the error that the cell ended with for the one that it has shown before', () => {
    const { cell, errors, intake } = bench({ state: 'running' });
    intake.onScheduled(cell);
    intake.onSeen(cell, { ...SEEN, value: 'another' });
    intake.onExecuted(cell, RAISED);
    expect(errors.all().map(({ error }) => error.value)).toEqual(['revenu']);
  });

  it('says nothing yet of an error in a cell that somebody else runs', () => {
    const { cell, errors, intake } = bench({ state: 'running' });
    intake.onSeen(cell, SEEN);
    expect(errors.all()).toEqual([]);
  });

  it('offers to diagnose an error that was there before', () => {
    const { cell, errors, intake, raised } = bench();
    intake.onSeen(cell, SEEN);
    expect(errors.get('c')!.state).toBe('offer');
    expect(errors.get('c')!.saved).toBe(true);
    expect(raised).toEqual([]);
  });

  it('knows what ran to its end, in order, and what was running', () => {
    const { cell, intake } = bench();
    const named = (id: string) =>
      ({ model: { ...cell.model, id } }) as unknown as CodeCell;
    for (const [id, success] of [
      ['a', true],
      ['b', true],
      ['c', false],
      ['a', true]
    ] as const) {
      intake.onScheduled(named(id));
      intake.onExecuted(named(id), null, success);
    }
    intake.onScheduled(named('d'));
    intake.onScheduled(named('e'));
    expect(intake.onDeath()).toEqual({ ran: ['b', 'a'], running: 'd' });
    // Another kernel knows nothing of it.
    expect(intake.onDeath()).toEqual({ ran: [], running: null });
  });

  it('leaves cells that are meant to fail, and those that were only queued, alone', () => {
    const { cell, errors, intake, raised } = bench({
      state: 'running',
      tags: ['raises-exception']
    });
    intake.onScheduled(cell);
    intake.onSeen(cell, SEEN);
    intake.onExecuted(cell, RAISED);
    intake.onExecuted(cell, { errorName: '' } as KernelError);
    expect(errors.all()).toEqual([]);
    expect(raised).toEqual([]);
  });
});
