import { NotebookErrors } from '../../errors/errors';
import { DiagnosisModel } from '../../errors/model';
import type { Diagnosis, DiagnosisRequest } from '../../protocol';
import type { DiagnosisEvent } from '../../tokens';

const REQUEST: DiagnosisRequest = {
  kernel_id: 'k',
  cell: { id: 'c', source: 'pritn()' },
  error: { name: 'NameError', value: 'pritn' },
  cells: [{ id: 'c', source: 'pritn()' }]
};

const FINDINGS: Diagnosis = {
  id: 'd',
  headline: 'pritn is not defined.',
  kind: 'name_typo',
  fixes: [{ id: 'f1', title: 'one', actions: [] }]
};

function model(): DiagnosisModel {
  return new DiagnosisModel({ cellId: 'c', error: REQUEST.error });
}

/** A client that sends events, then ends, fails, or waits until it is aborted. */
function client(
  events: DiagnosisEvent[],
  end: 'done' | 'wait' | Error = 'done'
) {
  const signals: AbortSignal[] = [];
  return {
    signals,
    async *diagnose(request: DiagnosisRequest, signal: AbortSignal) {
      signals.push(signal);
      yield* events;
      if (end === 'wait') {
        await new Promise<void>((resolve, reject) => {
          const abort = () => reject(new Error('Aborted'));
          signal.addEventListener('abort', abort);
          if (signal.aborted) {
            abort();
          }
        });
      } else if (end !== 'done') {
        throw end;
      }
    }
  };
}

const tick = () => new Promise(resolve => setTimeout(resolve));

describe('DiagnosisModel', () => {
  it('goes from offer over working to ready', async () => {
    const one = model();
    const states = [one.state];
    one.changed.connect(() => states.push(one.state));
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'diagnosis', data: { ...FINDINGS, headline: 'Final.' } }
      ]),
      REQUEST
    );
    expect(states).toEqual(['offer', 'working', 'working', 'working', 'ready']);
    expect(one.diagnosis?.headline).toBe('Final.');
    expect(one.modelAsked).toBe(false);
    expect(one.sources.get('c')).toBe('pritn()');
  });

  it('collects words until the diagnosis has them', async () => {
    const one = model();
    const seen: string[] = [];
    one.changed.connect(() => seen.push(one.words));
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'words', data: { text: 'It ' } },
        { event: 'words', data: { text: 'is.' } },
        { event: 'diagnosis', data: { ...FINDINGS, explanation: 'It is.' } }
      ]),
      REQUEST
    );
    expect(seen).toContain('It is.');
    expect(one.words).toBe('');
    expect(one.modelAsked).toBe(true);
  });

  it("keeps a model's words that the diagnosis does not have", async () => {
    const one = model();
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'words', data: { text: 'It is.' } },
        { event: 'diagnosis', data: { ...FINDINGS, explanation: 'Other.' } }
      ]),
      REQUEST
    );
    expect(one.words).toBe('It is.');
    expect(one.state).toBe('ready');
  });

  it('keeps the findings when trouble comes', async () => {
    const one = model();
    const trouble = { code: 'model_unavailable', message: 'No answer.' };
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'trouble', data: trouble }
      ]),
      REQUEST
    );
    expect(one.state).toBe('ready');
    expect(one.diagnosis).toEqual(FINDINGS);
    expect(one.trouble).toEqual(trouble);
  });

  it('keeps the findings when the connection breaks', async () => {
    const one = model();
    await one.diagnose(
      client([{ event: 'findings', data: FINDINGS }], new Error('cut')),
      REQUEST
    );
    expect(one.state).toBe('ready');
    expect(one.trouble?.message).toContain('cut');
  });

  it('fails where nothing came at all', async () => {
    const one = model();
    const trouble = { code: 'server_missing', message: '' };
    await one.diagnose(
      client([], Object.assign(new Error(), { trouble })),
      REQUEST
    );
    expect(one.state).toBe('failed');
    expect(one.trouble).toEqual(trouble);
  });

  it('says that nothing was found', async () => {
    const one = model();
    const data = { id: 'd', headline: 'No idea.', explanation: 'I looked.' };
    await one.diagnose(client([{ event: 'diagnosis', data }]), REQUEST);
    expect(one.state).toBe('empty');
  });

  it('remembers that the kernel is without nbdoctor', async () => {
    const one = model();
    const data = { code: 'kernel_without_nbdoctor', message: 'Not loaded.' };
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'trouble', data }
      ]),
      REQUEST
    );
    expect(one.kernelWithoutNbdoctor).toEqual(data);
    expect(one.trouble).toBeNull();
  });

  it('stops the request and keeps what has arrived', async () => {
    const one = model();
    const server = client([{ event: 'findings', data: FINDINGS }], 'wait');
    const finished = one.diagnose(server, REQUEST);
    await tick();
    expect(one.state).toBe('working');
    one.stop();
    await finished;
    expect(server.signals[0].aborted).toBe(true);
    expect(one.state).toBe('ready');
    expect(one.trouble).toBeNull();
  });

  it('aborts its request when another is made', async () => {
    const one = model();
    const first = client([], 'wait');
    const finished = one.diagnose(first, REQUEST);
    await one.diagnose(
      client([{ event: 'diagnosis', data: FINDINGS }]),
      REQUEST
    );
    await finished;
    expect(first.signals[0].aborted).toBe(true);
    expect(one.state).toBe('ready');
  });

  it('shows the fix that was selected, as long as it is there', async () => {
    const one = model();
    const more = { id: 'f2', title: 'two', actions: [] };
    await one.diagnose(
      client([
        { event: 'findings', data: FINDINGS },
        { event: 'fix', data: more }
      ]),
      REQUEST
    );
    expect(one.fix?.id).toBe('f1');
    one.select('f2');
    expect(one.fix).toEqual(more);
    one.select('gone');
    expect(one.fix?.id).toBe('f1');
  });

  it('shows a hint first, and more on request', () => {
    const one = model();
    const seen: string[] = [];
    one.changed.connect(() => seen.push(one.rung));
    expect(one.rung).toBe('hint');
    one.show('explanation');
    one.show('solution');
    expect(seen).toEqual(['explanation', 'solution']);
  });

  it('keeps what was shown when it is asked again, and may be judged anew', async () => {
    const one = model();
    const answer = client([{ event: 'diagnosis', data: FINDINGS }]);
    await one.diagnose(answer, REQUEST);
    one.show('solution');
    one.setJudged('Thank you.');
    expect(one.notice).toBe('Thank you.');
    await one.diagnose(answer, REQUEST);
    expect(one.rung).toBe('solution');
    expect(one.judged).toBe(false);
    expect(one.notice).toBe('');
  });

  it('goes on with a diagnosis while a fix before it is taken back', async () => {
    const one = model();
    const server = client([{ event: 'findings', data: FINDINGS }], 'wait');
    const finished = one.diagnose(server, REQUEST);
    await tick();
    const applied = {
      ok: false,
      failedAt: null,
      edits: [],
      inserted: [],
      reran: true,
      installSentence: '',
      restartNeeded: false
    };
    one.setFollows(applied, 'It failed again.');
    expect(one.state).toBe('working');
    expect(one.sentence).toBe('It failed again.');
    one.setUndone('The text is as it was.');
    expect(one.state).toBe('working');
    expect(one.applied).toBeNull();
    one.stop();
    await finished;
    expect(one.state).toBe('ready');
  });

  it('tells who applies a fix to stop, and leaves the state to them', () => {
    const one = model();
    const signal = one.setApplying();
    one.stop();
    expect(signal.aborted).toBe(true);
    expect(one.state).toBe('applying');
  });
});

describe('NotebookErrors', () => {
  const options = (cellId: string) => ({ cellId, error: REQUEST.error });

  it('lists the newest first, a replaced error among them', () => {
    const errors = new NotebookErrors();
    ['a', 'b', 'a'].forEach(cellId => errors.add(options(cellId)));
    expect(errors.all().map(({ cellId }) => cellId)).toEqual(['a', 'b']);
  });

  it('drops and aborts what a newer error replaces', async () => {
    const errors = new NotebookErrors();
    const old = errors.add(options('a'));
    const server = client([], 'wait');
    const finished = old.diagnose(server, REQUEST);
    await tick();
    const now = errors.add(options('a'));
    await finished;
    expect(old.isDisposed).toBe(true);
    expect(server.signals[0].aborted).toBe(true);
    expect(errors.get('a')).toBe(now);
  });

  it('tells of changes with the id of the cell, and of none once removed', () => {
    const errors = new NotebookErrors();
    const seen: string[] = [];
    errors.changed.connect((_, cellId) => seen.push(cellId));
    const one = errors.add(options('a'));
    one.say('hello');
    errors.remove('a');
    one.say('too late');
    expect(seen).toEqual(['a', 'a', 'a']);
  });
});
