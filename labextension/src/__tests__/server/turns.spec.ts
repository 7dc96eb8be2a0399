import { Turns } from '../../server/turns';

const never = () => new AbortController().signal;

describe('Turns', () => {
  it('lets the next one through when a turn is given back', async () => {
    const turns = new Turns(1);
    const release = await turns.take(never());
    const order: string[] = [];
    const second = turns.take(never()).then(() => order.push('second'));
    const third = turns.take(never()).then(() => order.push('third'));
    void third;
    await Promise.resolve();
    expect(order).toEqual([]);
    release();
    release();
    await second;
    expect(order).toEqual(['second']);
  });

  it('forgets who is aborted while waiting', async () => {
    const turns = new Turns(1);
    const release = await turns.take(never());
    const controller = new AbortController();
    const second = turns.take(controller.signal);
    const third = turns.take(never());
    controller.abort();
    await expect(second).rejects.toThrow();
    release();
    await expect(third).resolves.toBeInstanceOf(Function);
  });
});
