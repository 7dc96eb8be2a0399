import {
  ago,
  autoSentence,
  modelSentence,
  outcomeLabel,
  statusLabel,
  trialsSentence
} from '../../panel/sentences';
import type { ServerStatus } from '../../protocol';
import type { Auto } from '../../tokens';
import { STATUS, TRANS } from './kit';

describe("the panel's sentences", () => {
  it('say that the server decides where it has not answered', () => {
    expect(autoSentence('server', null, false, TRANS)).toBe(
      'What the Jupyter server is configured to do.'
    );
  });

  it('say when a model is asked', () => {
    const does = (auto: Auto, server: ServerStatus['auto'], locked = false) =>
      autoSentence(auto, { ...STATUS, auto: server }, locked, TRANS);
    expect(does('server', 'off')).toBe(does('off', 'model'));
    expect(does('server', 'rules')).toContain('only when you click');
    expect(does('rules', 'rules', true)).toContain('No model is asked');
    expect(does('off', 'off', true)).toContain('No model is asked');
    expect(does('server', 'model')).toContain('Where they have no fix');
    expect(does('model', 'model')).toContain('each time');
    expect(does('model', 'model', true)).toContain('Where they have no fix');
  });

  it('name a model that has no name or no job', () => {
    expect(modelSentence({}, TRANS)).toBe(
      'A model without a name on this machine. Ready.'
    );
  });

  it('say how fixes are tried only where that is known', () => {
    expect(trialsSentence(null, TRANS)).toBe('');
    expect(trialsSentence({ ...STATUS, trials: 'off' }, TRANS)).toBe(
      'Fixes are not tried here: trials are switched off.'
    );
    expect(trialsSentence({ ...STATUS, trials: 'auto' }, TRANS)).toContain(
      'in a copy of the kernel before'
    );
  });

  it('say what was done with a fix', () => {
    const outcomes = ['accepted', 'edited', 'undone', 'rejected'] as const;
    expect(outcomes.map(outcome => outcomeLabel(outcome, TRANS))).toEqual([
      'Accepted',
      'Accepted, then changed',
      'Undone',
      'Called wrong'
    ]);
    expect(statusLabel(undefined, TRANS)).toBe('not checked');
  });

  it('say how long ago something was', () => {
    const before = (ms: number) => new Date(Date.now() - ms).toISOString();
    expect(ago(before(30_000), TRANS)).toBe('just now');
    expect(ago(before(5 * 60_000), TRANS)).toBe('5 minutes ago');
    expect(ago('', TRANS)).toBe('');
  });
});
