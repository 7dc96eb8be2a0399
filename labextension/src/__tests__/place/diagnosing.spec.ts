import { Diagnoser } from '../../place/diagnosing';
import { DiagnosisModel } from '../../errors/model';
import type {
  DeathRequest,
  DiagnosisRequest,
  ServerStatus,
  Trouble
} from '../../protocol';
import type { Auto } from '../../tokens';
import { DIAGNOSIS, newError, SOURCE, STATUS } from '../card/kit';

const tick = () => new Promise(resolve => setTimeout(resolve));

function bench(auto: Auto = 'server', answers = true) {
  const requests: DiagnosisRequest[] = [];
  const deaths: [string, DeathRequest][] = [];
  const ended = jest.fn();
  let answer: (status: ServerStatus | null) => void = () => undefined;
  const status = new Promise<ServerStatus | null>(resolve => {
    answer = resolve;
  });
  const trouble: Trouble | null = answers
    ? null
    : { code: 'server_missing', message: '' };
  const diagnoser = new Diagnoser({
    cells: () => [{ id: 'c', source: SOURCE }],
    client: {
      async *diagnose(request) {
        requests.push(request);
        yield { event: 'diagnosis', data: DIAGNOSIS };
      },
      async *explain(kernelId, request) {
        deaths.push([kernelId, request]);
        yield { event: 'diagnosis', data: DIAGNOSIS };
      }
    },
    doctor: {
      auto,
      server: { load: () => status, trouble } as never
    },
    kernelId: () => 'k',
    onDiagnosed: ended
  });
  return { answer, deaths, diagnoser, ended, model: newError(), requests };
}

describe('Diagnoser', () => {
  it('waits until it is known whether hints come first', async () => {
    const { answer, diagnoser, ended, model, requests } = bench();
    diagnoser.ask(model, 'auto');
    await tick();
    expect(model.state).toBe('working');
    expect(requests).toEqual([]);
    answer(STATUS);
    await tick();
    expect(model.state).toBe('ready');
    expect(ended).toHaveBeenCalledWith(model);
  });

  it('passes on what the person says, and leaves it out where nothing is said', async () => {
    const { answer, diagnoser, model, requests } = bench();
    answer(STATUS);
    diagnoser.ask(model, 'always', 'in euros');
    await tick();
    diagnoser.ask(model, 'always');
    await tick();
    expect(requests[0].remark).toBe('in euros');
    expect(requests[1]).not.toHaveProperty('remark');
    expect(requests[1].model).toBe('always');
  });

  it.each([
    ['server', STATUS, ['auto']],
    ['server', { ...STATUS, auto: 'off' }, []],
    ['off', STATUS, []],
    ['rules', STATUS, ['never']],
    ['model', { ...STATUS, auto: 'off' }, ['always']]
  ] as [Auto, ServerStatus, string[]][])(
    'does by itself what the settings say: %s',
    async (auto, status, asked) => {
      const { answer, diagnoser, model, requests } = bench(auto);
      answer(status);
      diagnoser.byItself(model);
      await tick();
      expect(requests.map(({ model }) => model)).toEqual(asked);
      expect(model.state).toBe(asked.length ? 'ready' : 'offer');
    }
  );

  it.each([true, false])(
    'asks why a kernel died, and names the cell that was running: %s',
    async running => {
      const { answer, deaths, diagnoser, requests } = bench();
      answer(STATUS);
      const error = { name: 'DeadKernel', value: '' };
      const death = { kernelId: 'old', ran: ['a'], running };
      const model = new DiagnosisModel({ cellId: 'c', death, error });
      diagnoser.byItself(model);
      await tick();
      const cells = [{ id: 'c', source: SOURCE }];
      const cell = running ? cells[0] : null;
      expect(deaths).toEqual([
        ['old', { cell, cells, ran: ['a'], model: 'auto' }]
      ]);
      expect(requests).toEqual([]);
      expect(model.state).toBe('ready');
    }
  );

  it('says that the server part is missing, and asks all the same after a click', async () => {
    const { answer, diagnoser, model, requests } = bench('server', false);
    answer(null);
    diagnoser.byItself(model);
    await tick();
    expect(model.trouble?.code).toBe('server_missing');
    expect(requests).toEqual([]);
    diagnoser.ask(model, 'auto');
    await tick();
    expect(requests).toHaveLength(1);
  });

  it('does not begin what was stopped before', async () => {
    const { answer, diagnoser, model, requests } = bench();
    diagnoser.ask(model, 'auto');
    await tick();
    model.stop();
    answer(STATUS);
    await tick();
    expect(requests).toEqual([]);
  });
});
