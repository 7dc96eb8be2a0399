import type { ServerStatus } from '../../protocol';
import { ServerState } from '../../server/status';
import { STATUS } from '../panel/kit';

function state(...answers: (ServerStatus | Error)[]) {
  const status = jest.fn(async (look?: boolean) => {
    const answer = answers.shift();
    if (!answer || answer instanceof Error) {
      throw answer;
    }
    return answer;
  });
  const server = new ServerState({ status });
  const changed = jest.fn();
  server.changed.connect(changed);
  return { changed, server, status };
}

describe('ServerState', () => {
  it('asks once, and again when it is told to', async () => {
    const newer = { ...STATUS, version: '0.2' };
    const { changed, server, status } = state(STATUS, newer);
    await Promise.all([server.load(), server.load()]);
    expect(await server.load()).toEqual(STATUS);
    expect(status).toHaveBeenCalledTimes(1);
    await Promise.all([server.load(true), server.load(true)]);
    expect(server.status).toEqual(newer);
    expect(status.mock.calls).toEqual([[false], [true]]);
    expect(server.looked).toBe(true);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('says why there is no answer, and asks the next time', async () => {
    const trouble = { code: 'network', message: 'cut' };
    const { server } = state(
      Object.assign(new Error('cut'), { trouble }),
      STATUS
    );
    expect(await server.load()).toBeNull();
    expect(server.trouble).toEqual(trouble);
    expect(await server.load()).toEqual(STATUS);
    expect(server.trouble).toBeNull();
  });

  it('keeps what it knew where it gets no newer answer', async () => {
    const { server } = state(STATUS, new Error('restarting'));
    await server.load();
    expect(await server.load(true)).toEqual(STATUS);
    expect(server.trouble?.message).toContain('restarting');
  });
});
