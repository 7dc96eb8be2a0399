import type { TranslationBundle } from '@jupyterlab/translation';

import type { IApplied } from '../../fixes/apply';
import { FixRunner } from '../../fixes/fixing';
import { DiagnosisModel } from '../../errors/model';
import type { Fix, TrialRequest, Verdict } from '../../protocol';
import type { TrialEvent } from '../../tokens';

/** Puts arguments in, translates nothing. */
const trans = {
  __: (text: string, ...args: unknown[]) =>
    text.replace(/%(\d)/g, (_, index) => String(args[Number(index) - 1]))
} as unknown as TranslationBundle;

const INSTALL: Fix = {
  id: 'f',
  title: 'Install six',
  actions: [
    { kind: 'install', requirement: 'six' },
    { kind: 'run_cells', cell_ids: [] }
  ],
  verdict: { status: 'not_tried', reason: 'it needs a click', can_check: true }
};

const EDIT: Fix = {
  ...INSTALL,
  title: 'print',
  actions: [
    { kind: 'replace_cell', new_source: 'import six  # yes' },
    { kind: 'run_cells', cell_ids: [] }
  ]
};

/** A notebook of one cell, a kernel and a server part; what happens is written down. */
class Bench {
  constructor(private _fix: Fix) {}

  async start(): Promise<this> {
    const { model } = this;
    const data = { id: 'd', headline: 'No six.', fixes: [this._fix] };
    async function* diagnose() {
      yield { event: 'diagnosis' as const, data };
    }
    const cell = { id: 'c', source: this.source };
    await model.diagnose(
      { diagnose },
      { kernel_id: 'k', cell, error: model.error }
    );
    return this;
  }

  verdict(verdict: Verdict): TrialEvent {
    return { event: 'fix', data: { ...this._fix, verdict } };
  }

  model = new DiagnosisModel({
    cellId: 'c',
    error: { name: 'ModuleNotFoundError', value: 'six' }
  });

  kernelId = 'k';
  /** What the person answers to the question whether to restart. */
  agrees = true;
  restartNeeded = false;
  log: string[] = [];
  requests: TrialRequest[] = [];
  /** What was carried out and taken back, as it is recorded. */
  records: (IApplied | 'undone')[] = [];
  /** Called when a cell is run; says whether it ran. */
  onRun = () => true;
  source = 'import six';
  /** The error that came in place of the first one. */
  newer: DiagnosisModel | null = null;
  /** What the check streams; a promise is waited for, with the signal's abort. */
  stream: (TrialEvent | Promise<never> | Error)[] = [];

  runner = new FixRunner({
    cells: () => [{ id: 'c', source: this.source }],
    client: {
      check: (kernelId, request, signal) => {
        this.log.push(`check ${kernelId}`);
        this.requests.push(request);
        return this._check(signal);
      },
      install: (kernelId, requirement) => {
        this.log.push(`install ${requirement}`);
        return this._install();
      }
    },
    error: () => this.newer,
    host: (_, install) => ({
      cell: () => ({
        editable: true,
        shared: {
          getSource: () => this.source,
          updateSource: (start, end, text = '') => {
            this.source = text;
          },
          undo: () => undefined
        }
      }),
      focus: () => undefined,
      insertBefore: () => 'new',
      install,
      remove: () => undefined,
      restart: async () => {
        this.log.push('restart');
        return this.agrees;
      },
      run: async id => {
        this.log.push(`run ${id}`);
        return this.onRun();
      },
      runFrom: async () => true
    }),
    kernelId: () => this.kernelId,
    label: id => id,
    recorder: {
      carriedOut: (model, fix, applied) => this.records.push(applied),
      undone: () => this.records.push('undone')
    },
    trans
  });

  private async *_check(signal: AbortSignal) {
    for (const event of this.stream) {
      if (event instanceof Error) {
        throw event;
      }
      if (event instanceof Promise) {
        await Promise.race([
          event,
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('Aborted')))
          )
        ]);
      } else {
        yield event;
      }
    }
  }

  private async *_install() {
    yield { event: 'words' as const, data: { text: 'Installing…\n' } };
    const data = { ok: true, restart_needed: this.restartNeeded };
    yield { event: 'done' as const, data };
  }
}

const bench = (fix: Fix) => new Bench(fix).start();
const forever = () => new Promise<never>(() => undefined);
const tick = () => new Promise(resolve => setTimeout(resolve));

describe('FixRunner.check', () => {
  it('streams, then shows the verdict, and changes nothing', async () => {
    const one = await bench(EDIT);
    const verdict: Verdict = { status: 'passed', seconds: 0.2, output: '3\n' };
    one.stream = [
      { event: 'progress', data: { stage: 'trial', sentence: 'Copying' } },
      { event: 'words', data: { text: 'Collecting six\n' } },
      one.verdict(verdict),
      { event: 'done', data: { ok: true, sentence: 'Checked.' } }
    ];
    const { model } = one;
    const seen = new Set<string>();
    model.changed.connect(() =>
      seen.add(`${model.state} ${model.checking} ${model.progress}`)
    );
    await one.runner.check(model);
    expect(seen).toContain('working f Copying');
    expect(model.output).toBe('Collecting six\n');
    expect(model.fix?.verdict).toEqual(verdict);
    expect(model.state).toBe('ready');
    expect(model.checking).toBe('');
    expect(model.sentence).toContain('The check passed');
    expect(one.log).toEqual(['check k']);
    const cell = { id: 'c', source: 'import six' };
    expect(one.requests).toEqual([{ fix: EDIT, cell, cells: [cell] }]);
    expect(one.source).toBe('import six');
  });

  it("keeps the model's words", async () => {
    const one = await bench(EDIT);
    await one.model.diagnose(
      {
        async *diagnose() {
          yield { event: 'words', data: { text: 'It is.' } };
        }
      },
      { kernel_id: 'k', cell: { id: 'c', source: '' }, error: one.model.error }
    );
    one.source = '';
    one.stream = [one.verdict({ status: 'failed' })];
    await one.runner.check(one.model);
    expect(one.model.words).toBe('It is.');
    expect(one.model.sentence).toBe('The check failed; nothing was changed.');
  });

  it('can be stopped', async () => {
    const one = await bench(EDIT);
    one.stream = [forever()];
    const finished = one.runner.check(one.model);
    await tick();
    expect(one.model.checking).toBe('f');
    one.model.stop();
    await finished;
    expect(one.model.state).toBe('ready');
    expect(one.model.checking).toBe('');
    expect(one.model.sentence).toBe('');
    expect(one.model.trouble).toBeNull();
    expect(one.model.wasChecked('f')).toBe(false);
  });

  it('says what was the trouble', async () => {
    const one = await bench(EDIT);
    one.stream = [
      { event: 'done', data: { ok: false, sentence: 'The kernel is gone.' } }
    ];
    await one.runner.check(one.model);
    expect(one.model.trouble?.message).toBe('The kernel is gone.');
    expect(one.model.state).toBe('ready');
  });

  it('refuses where the cell was changed', async () => {
    const one = await bench(EDIT);
    one.source = 'mine';
    await one.runner.check(one.model);
    expect(one.log).toEqual([]);
    expect(one.model.state).toBe('stale');
  });

  it('is not made twice at a time', async () => {
    const one = await bench(INSTALL);
    one.stream = [forever()];
    const finished = one.runner.check(one.model);
    await tick();
    await one.runner.check(one.model);
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['check k']);
    one.model.stop();
    await finished;
  });
});

describe('FixRunner.apply', () => {
  it('checks an install, then installs', async () => {
    const one = await bench(INSTALL);
    one.stream = [one.verdict({ status: 'passed' })];
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['check k', 'install six', 'run c']);
    expect(one.model.state).toBe('applied');
    expect(one.model.output).toBe('Installing…\n');
  });

  it('stops where the check failed; the next click applies anyway', async () => {
    const one = await bench(INSTALL);
    one.stream = [one.verdict({ status: 'failed', reason: 'no wheel' })];
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['check k']);
    expect(one.model.state).toBe('ready');
    expect(one.model.fix?.verdict?.reason).toBe('no wheel');
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['check k', 'install six', 'run c']);
  });

  it('installs where nothing can be tried', async () => {
    const one = await bench(INSTALL);
    one.stream = [one.verdict({ status: 'not_tried', reason: 'no fork' })];
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['check k', 'install six', 'run c']);
  });

  it('does not install where the check was stopped', async () => {
    const one = await bench(INSTALL);
    one.stream = [forever()];
    const finished = one.runner.apply(one.model);
    await tick();
    one.model.stop();
    await finished;
    expect(one.log).toEqual(['check k']);
    expect(one.model.state).toBe('ready');
  });

  it.each([
    ['breaks', [new Error('cut')]],
    [
      'has trouble',
      [
        { event: 'trouble', data: { code: 'busy', message: 'It is busy.' } },
        { event: 'fix', data: INSTALL }
      ]
    ]
  ] as [string, Bench['stream']][])(
    'stops where the check %s; the next click goes without',
    async (_, stream) => {
      const one = await bench(INSTALL);
      one.stream = stream;
      await one.runner.apply(one.model);
      expect(one.log).toEqual(['check k']);
      expect(one.model.trouble).not.toBeNull();
      await one.runner.apply(one.model);
      expect(one.log).toEqual(['check k', 'install six', 'run c']);
    }
  );

  it('does not check what installs nothing', async () => {
    const one = await bench(EDIT);
    await one.runner.apply(one.model);
    expect(one.log).toEqual(['run c']);
    expect(one.source).toBe('import six  # yes');
  });

  it('does not check without a kernel', async () => {
    const one = await bench(INSTALL);
    one.kernelId = '';
    await one.runner.apply(one.model);
    expect(one.log).toEqual([]);
    expect(one.model.sentence).toContain('Start a kernel');
  });
});

describe('FixRunner.applyText', () => {
  it('writes, and neither installs nor runs', async () => {
    const one = await bench({
      ...EDIT,
      actions: [INSTALL.actions[0], ...EDIT.actions]
    });
    await one.runner.applyText(one.model);
    expect(one.log).toEqual([]);
    expect(one.source).toBe('import six  # yes');
    expect(one.model.state).toBe('applied');
    expect(one.model.sentence).toBe('Applied; nothing was run.');
    expect(one.records).toHaveLength(1);
  });

  it('does nothing where there is no text to write', async () => {
    const one = await bench(INSTALL);
    await one.runner.applyText(one.model);
    expect(one.model.state).toBe('ready');
    expect(one.records).toEqual([]);
  });
});

describe('what was done with a fix', () => {
  it('is recorded when it is carried out and when it is taken back', async () => {
    const one = await bench(EDIT);
    await one.runner.apply(one.model);
    one.runner.undo(one.model);
    expect(one.source).toBe('import six');
    expect(one.records).toEqual([
      expect.objectContaining({ ok: true, reran: true }),
      'undone'
    ]);
  });

  it('is not recorded where it was refused, or not all of it was taken back', async () => {
    const one = await bench(EDIT);
    one.source = 'mine';
    await one.runner.apply(one.model);
    expect(one.records).toEqual([]);
    one.source = 'import six';
    await one.runner.apply(one.model);
    one.source = 'mine';
    one.runner.undo(one.model);
    expect(one.records).toHaveLength(1);
  });

  it('is said by the newer error where the cell failed again, which can take it back', async () => {
    const one = await bench(EDIT);
    const { error } = one.model;
    one.newer = new DiagnosisModel({ cellId: 'c', error });
    one.onRun = () => {
      one.model.dispose();
      return false;
    };
    await one.runner.apply(one.model);
    expect(one.newer.sentence).toContain('the cell failed again');
    expect(one.source).toBe('import six  # yes');
    one.runner.undo(one.newer);
    expect(one.source).toBe('import six');
    expect(one.newer.applied).toBeNull();
    expect(one.records).toEqual([
      expect.objectContaining({ ok: false, failedAt: 'run_cells' }),
      'undone'
    ]);
  });
});

describe('FixRunner.restart', () => {
  const needed = 'Restart the kernel so that it sees the new version.';

  async function installed() {
    const one = await bench(INSTALL);
    one.restartNeeded = true;
    one.stream = [one.verdict({ status: 'not_tried', reason: 'loaded' })];
    await one.runner.apply(one.model);
    return one;
  }

  it('is waited for before anything is run', async () => {
    const { log, model } = await installed();
    expect(log).toEqual(['check k', 'install six']);
    expect(model.state).toBe('applied');
    expect(model.applied?.restartNeeded).toBe(true);
    expect(model.sentence).toBe(needed);
  });

  it('says what is to be run again, and runs nothing', async () => {
    const { log, model, runner } = await installed();
    await runner.restart(model);
    expect(log).toEqual(['check k', 'install six', 'restart']);
    expect(model.applied?.restartNeeded).toBe(false);
    expect(model.state).toBe('applied');
    expect(model.sentence).toBe(
      'The kernel was restarted, and its variables are gone. Run this cell again.'
    );
    await runner.restart(model);
    expect(log.filter(what => what === 'restart')).toHaveLength(1);
  });

  it('leaves all as it is where the person would rather not', async () => {
    const one = await installed();
    one.agrees = false;
    await one.runner.restart(one.model);
    expect(one.model.applied?.restartNeeded).toBe(true);
    expect(one.model.sentence).toBe(needed);
  });

  it('is asked for once at a time', async () => {
    const { log, model, runner } = await installed();
    await Promise.all([runner.restart(model), runner.restart(model)]);
    expect(log.filter(what => what === 'restart')).toHaveLength(1);
  });

  it('by somebody else counts too, where it was waited for', async () => {
    const { model, runner } = await installed();
    runner.restarted(model);
    expect(model.sentence).toContain('The kernel was restarted');
    const other = await bench(EDIT);
    await other.runner.apply(other.model);
    other.runner.restarted(other.model);
    expect(other.model.sentence).toBe('Fixed: the code ran.');
  });
});
