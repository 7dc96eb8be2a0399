import { ServerConnection } from '@jupyterlab/services';

import { EndedHere, findKernel } from '../../server/lost';

function settings(answer: () => Promise<Response>) {
  return ServerConnection.makeSettings({
    baseUrl: 'http://localhost/user/a/',
    fetch: answer
  });
}

const answers = (status: number, body: unknown = {}) =>
  jest.fn(async () =>
    Promise.resolve({
      json: async () => Promise.resolve(body),
      ok: status === 200,
      status
    } as Response)
  );

describe('findKernel', () => {
  it.each([
    [200, 'connection'],
    [404, 'kernel'],
    [424, 'server'],
    [503, 'server'],
    [403, null],
    [500, null]
  ])('tells apart what an answer %s means', async (status, lost) => {
    expect(await findKernel('k', settings(answers(status)))).toBe(lost);
  });

  it('takes no answer for a server that is away', async () => {
    const fails = () => Promise.reject(new TypeError('offline'));
    expect(await findKernel('k', settings(fails))).toBe('server');
  });

  it('leaves a kernel that the server takes for dead to others', async () => {
    const dead = answers(200, { execution_state: 'dead' });
    expect(await findKernel('k', settings(dead))).toBeNull();
  });
});

describe('EndedHere', () => {
  const BASE = 'http://localhost/user/a/api/';

  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'PerformanceObserver');
  });

  it.each([
    ['kernels/k?123', 204, true],
    ['sessions/s', 204, true],
    ['kernels/k', 200, false],
    ['kernels/k/interrupt', 204, false],
    ['contents/a.ipynb', 204, false]
  ])('knows what ends a kernel: %s %s', (path, responseStatus, ends) => {
    let tell: (list: unknown) => void = () => undefined;
    Object.assign(globalThis, {
      PerformanceObserver: class {
        constructor(callback: typeof tell) {
          tell = callback;
        }
        observe(): void {
          // The test says what there is.
        }
      }
    });
    const ended = new EndedHere();
    expect(ended.recently).toBe(false);
    tell({ getEntries: () => [{ name: BASE + path, responseStatus }] });
    expect(ended.recently).toBe(ends);
  });
});
