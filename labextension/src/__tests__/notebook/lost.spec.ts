import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { NotebookErrors } from '../../errors/errors';
import type { Lost } from '../../errors/state';
import { LostIntake } from '../../notebook/lost';
import { TRANS } from '../card/kit';

/** A notebook whose cell `b` is running, after `a` and an earlier run of `b`. */
function bench(running: string | null = 'b') {
  const errors = new NotebookErrors();
  const client = { find: jest.fn(async (): Promise<Lost | null> => 'server') };
  const intake = { known: { ran: ['a', 'gone', 'b'], running } };
  const context = {
    connectionStatusChanged: new Signal({}),
    isTerminating: false,
    kernelChanged: new Signal({}),
    session: { kernel: { id: 'k' } as { id: string } | null },
    sessionManager: { refreshRunning: jest.fn(async () => undefined) }
  };
  const place = { isDisposed: false, speaksPython: true };
  const lost = new LostIntake({
    cells: () => ['a', 'b'].map(id => ({ id, source: '' })),
    client,
    errors,
    intake,
    onLost: jest.fn(),
    place,
    sessionContext: context as never,
    trans: TRANS
  });
  const says = (status: Kernel.ConnectionStatus) =>
    context.connectionStatusChanged.emit(status);
  const lostNow = () => errors.get('b')?.death?.lost;
  return { client, context, errors, intake, lost, lostNow, place, says };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('LostIntake', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('leaves a short hiccup to JupyterLab', async () => {
    const { client, errors, says } = bench();
    says('connecting');
    await pass(9_000);
    says('connected');
    await pass(60_000);
    expect(client.find).not.toHaveBeenCalled();
    expect(errors.all()).toEqual([]);
  });

  it('says nothing where no cell was running', async () => {
    const { client, says } = bench(null);
    says('connecting');
    says('disconnected');
    await pass(60_000);
    expect(client.find).not.toHaveBeenCalled();
  });

  it('says what is lost, looks again, and is gone when the connection is back', async () => {
    const { client, errors, lostNow, says } = bench();
    says('connecting');
    await pass(10_000);
    expect(lostNow()).toBe('server');
    const first = errors.get('b')!;
    expect(first.state).toBe('ready');
    expect(first.diagnosis!.headline).toContain('cannot reach');
    first.hide();
    await pass(10_000);
    // It is the same news, which the person has put away.
    expect(errors.get('b')).toBe(first);
    client.find.mockResolvedValue('connection');
    await pass(10_000);
    expect(lostNow()).toBe('connection');
    says('connected');
    expect(errors.all()).toEqual([]);
    await pass(60_000);
    expect(client.find).toHaveBeenCalledTimes(3);
  });

  it('does not wait where JupyterLab has given up', async () => {
    const { lostNow, says } = bench();
    says('disconnected');
    await pass(0);
    expect(lostNow()).toBe('server');
  });

  it('says nothing where the answer came too late, or says nothing', async () => {
    const { client, errors, says } = bench();
    let answer: (lost: Lost) => void = () => undefined;
    client.find.mockReturnValueOnce(new Promise(resolve => (answer = resolve)));
    says('disconnected');
    says('connected');
    answer('connection');
    await pass(0);
    client.find.mockResolvedValue(null);
    says('disconnected');
    await pass(0);
    expect(errors.all()).toEqual([]);
  });

  it('stops where the cell runs no longer: the kernel was started anew', async () => {
    const { errors, intake, says } = bench();
    says('disconnected');
    await pass(0);
    intake.known = { ran: [], running: null };
    await pass(10_000);
    expect(errors.all()).toEqual([]);
  });

  it('offers to run what ran before where the kernel is gone, and stays', async () => {
    const { client, context, errors, intake, lost, lostNow, says } = bench();
    client.find.mockResolvedValue('kernel');
    await lost.onGone('k', intake.known);
    expect(lostNow()).toBe('kernel');
    expect(context.sessionManager.refreshRunning).toHaveBeenCalledTimes(1);
    const model = errors.get('b')!;
    expect(model.fix!.actions).toEqual([
      { kind: 'run_cells', cell_ids: ['a'] }
    ]);
    context.session = { kernel: null };
    context.kernelChanged.emit({});
    await lost.onGone('k', intake.known);
    says('connected');
    expect(errors.get('b')).toBe(model);
  });

  it('finds out where the server was started anew that the kernel is gone', async () => {
    const { client, lostNow, says } = bench();
    says('disconnected');
    await pass(0);
    client.find.mockResolvedValue('kernel');
    await pass(10_000);
    expect(lostNow()).toBe('kernel');
    await pass(60_000);
    expect(client.find).toHaveBeenCalledTimes(2);
  });

  it('does not count what the person ended, nor a kernel that is there or was replaced', async () => {
    const { client, context, errors, intake, lost } = bench();
    context.isTerminating = true;
    await lost.onGone('k', intake.known);
    context.isTerminating = false;
    expect(client.find).not.toHaveBeenCalled();
    client.find.mockResolvedValue('connection');
    await lost.onGone('k', intake.known);
    client.find.mockResolvedValue('kernel');
    context.session = { kernel: { id: 'new' } };
    await lost.onGone('k', intake.known);
    await lost.onGone('k', { ran: [], running: null });
    expect(errors.all()).toEqual([]);
  });
});
