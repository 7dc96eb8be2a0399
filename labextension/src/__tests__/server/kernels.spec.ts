import { KernelState } from '../../server/kernels';
import type { KernelStatus } from '../../protocol';

const FULL: KernelStatus = {
  python: '3.12',
  confinement: { tier: 'full', sentence: 'Nothing gets out.' }
};

function state(answers: (KernelStatus | Error)[]) {
  const asked: string[] = [];
  const now = { id: 'k1' };
  const client = {
    async kernel(id: string) {
      asked.push(id);
      const answer = answers.shift();
      if (!answer || answer instanceof Error) {
        throw answer;
      }
      return answer;
    }
  };
  return { asked, now, state: new KernelState(client, () => now.id) };
}

describe('KernelState', () => {
  it('asks once a kernel', async () => {
    const { asked, now, state: kernel } = state([FULL, FULL]);
    const changed = jest.fn();
    kernel.changed.connect(changed);
    await Promise.all([kernel.load(), kernel.load()]);
    await kernel.load();
    expect(kernel.confinement?.sentence).toBe('Nothing gets out.');
    expect(changed).toHaveBeenCalledTimes(1);
    now.id = 'k2';
    expect(kernel.confinement).toBeNull();
    await kernel.load();
    expect(asked).toEqual(['k1', 'k2']);
    expect(kernel.confinement).toEqual(FULL.confinement);
  });

  it('is silent where it fails, and asks again', async () => {
    const trouble = { code: 'kernel_without_nbdoctor', message: 'Not loaded.' };
    const { asked, state: kernel } = state([
      new Error('cut'),
      { trouble },
      FULL
    ]);
    await kernel.load();
    await kernel.load();
    expect(kernel.confinement).toBeNull();
    await kernel.load();
    expect(asked).toHaveLength(3);
    expect(kernel.confinement).toEqual(FULL.confinement);
  });

  it('asks nothing without a kernel', async () => {
    const { asked, now, state: kernel } = state([]);
    now.id = '';
    await kernel.load();
    expect(asked).toEqual([]);
    expect(kernel.confinement).toBeNull();
  });
});
