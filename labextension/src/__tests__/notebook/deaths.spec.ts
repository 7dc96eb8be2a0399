import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { NotebookErrors } from '../../errors/errors';
import { DeathIntake } from '../../notebook/deaths';

/** A notebook whose cell `b` was running, after `a` had run. */
function bench(ran = ['a'], running: string | null = 'b') {
  const errors = new NotebookErrors();
  const died: (string | undefined)[] = [];
  const session = { kernel: { id: 'k' } };
  const context = { session } as unknown as ISessionContext;
  const statusChanged = new Signal<ISessionContext, Kernel.Status>(context);
  const kernelChanged = new Signal<ISessionContext, never>(context);
  let known = { ran, running };
  const intake = {
    onDeath: () => {
      const before = known;
      intake.onNewKernel();
      return before;
    },
    onNewKernel: jest.fn(() => {
      known = { ran: [], running: null };
    })
  };
  const gone = jest.fn();
  new DeathIntake({
    errors,
    intake,
    onDied: ({ cellId }) => died.push(cellId),
    onGone: gone,
    place: { speaksPython: true },
    sessionContext: { kernelChanged, statusChanged }
  });
  const says = (...statuses: Kernel.Status[]) =>
    statuses.forEach(status => statusChanged.emit(status));
  const changes = (oldValue: unknown, newValue: unknown) =>
    kernelChanged.emit({ oldValue, newValue } as never);
  return { changes, died, errors, gone, intake, says };
}

describe('DeathIntake', () => {
  it('takes a death in at the cell that was running, once', () => {
    const { died, errors, says } = bench();
    says('busy', 'restarting', 'autorestarting');
    expect(died).toEqual(['b']);
    expect(errors.get('b')!.death).toEqual({
      kernelId: 'k',
      ran: ['a'],
      running: true
    });
    // It dies while it is started anew: nothing was run meanwhile.
    says('restarting', 'autorestarting');
    expect(died).toEqual(['b']);
  });

  it('takes it in at the cell that ran last where none was running', () => {
    const { died, errors, says } = bench(['a', 'c'], null);
    says('restarting', 'autorestarting');
    expect(died).toEqual(['c']);
    expect(errors.get('c')!.death!.running).toBe(false);
  });

  it('leaves a kernel that has run nothing to Jupyter', () => {
    const { errors, says } = bench([], null);
    says('restarting', 'autorestarting');
    expect(errors.all()).toEqual([]);
  });

  it('does not take a restart for a death, and forgets what ran', () => {
    const { errors, intake, says } = bench();
    says('busy', 'restarting', 'unknown', 'idle');
    expect(intake.onNewKernel).toHaveBeenCalledTimes(1);
    expect(errors.all()).toEqual([]);
  });

  it('forgets what another kernel ran, and not where the same one is announced', () => {
    const { changes, intake } = bench();
    changes({ id: 'k' }, { id: 'k' });
    expect(intake.onNewKernel).not.toHaveBeenCalled();
    changes({ id: 'k' }, { id: 'l' });
    expect(intake.onNewKernel).toHaveBeenCalledTimes(1);
  });

  it('tells of a kernel that is gone, with what it had run, and of no restart or exchange', () => {
    const known = { ran: ['a'], running: 'b' };
    const dead = bench();
    dead.says('busy', 'dead');
    expect(dead.gone).toHaveBeenCalledWith('k', known);
    const ended = bench();
    ended.changes({ id: 'k' }, null);
    expect(ended.gone).toHaveBeenCalledWith('k', known);
    const other = bench();
    other.says('busy', 'restarting', 'dead');
    other.changes({ id: 'k' }, { id: 'l' });
    other.changes(null, { id: 'k' });
    expect(other.gone).not.toHaveBeenCalled();
  });
});
