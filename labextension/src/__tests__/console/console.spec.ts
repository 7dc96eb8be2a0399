import type { CodeCell } from '@jupyterlab/cells';
import type { CodeConsole } from '@jupyterlab/console';

import { ConsoleHost } from '../../console/host';
import { ConsoleIntake } from '../../console/intake';
import { NotebookErrors } from '../../errors/errors';
import { applyFix } from '../../fixes/apply';
import type { Fix } from '../../protocol';
import { Signal } from '@lumino/signaling';
import { FIX, SOURCE, TRANS } from '../card/kit';

// Nothing is run here, and their modules are many.
jest.mock('@jupyterlab/apputils', () => ({}));
jest.mock('@jupyterlab/cells', () => ({ CodeCell: class {} }));
const { CodeCell: FakeCell } = jest.requireMock('@jupyterlab/cells');

/** An entry of a console. */
function newEntry(id: string, source: string, fails = false) {
  const outputs = fails ? ['stream', 'error'] : ['stream'];
  const model = {
    id,
    executionState: 'idle',
    getMetadata: () => [],
    outputs: {
      length: outputs.length,
      get: (index: number) => ({ type: outputs[index] })
    },
    sharedModel: {
      text: source,
      getSource(): string {
        return this.text;
      },
      setSource(value: string): void {
        this.text = value;
      }
    },
    stateChanged: new Signal({})
  };
  return Object.assign(new FakeCell(), { model });
}

function bench({ prompt = '', fails = false } = {}) {
  const cells = [newEntry('a', 'revenue = 3'), newEntry('c', SOURCE, true)];
  const entered: string[] = [];
  const promptCell = {
    ...newEntry('p', prompt),
    editor: { focus: jest.fn() }
  };
  const console = {
    cells,
    inject: async (source: string) => {
      entered.push(source);
      cells.push(newEntry(`n${entered.length}`, source, fails));
    },
    promptCell
  } as unknown as CodeConsole;
  const host = new ConsoleHost({
    console,
    install: async () => ({ ok: true }) as never,
    trans: TRANS
  });
  const sources = new Map([
    ['a', 'revenue = 3'],
    ['c', SOURCE]
  ]);
  const apply = (fix: Fix) => applyFix(fix, 'c', sources, host);
  const standing = () => promptCell.model.sharedModel.getSource();
  return { apply, cells, entered, host, promptCell, standing };
}

describe('ConsoleHost', () => {
  it('enters the corrected text anew and leaves what stands in the prompt', async () => {
    const { apply, cells, entered, host, standing } = bench({
      prompt: 'x = 1'
    });
    expect((await apply(FIX)).ok).toBe(true);
    host.focus();
    expect(entered).toEqual(['print(revenue)']);
    expect(cells[1].model.sharedModel.getSource()).toBe(SOURCE);
    expect(standing()).toBe('x = 1');
  });

  it('enters other entries again, and new ones', async () => {
    const { apply, entered } = bench();
    await apply({
      ...FIX,
      actions: [
        { kind: 'run_cells', cell_ids: ['a', 'c'] },
        { kind: 'run_from', line: 1 }
      ]
    });
    expect(entered).toEqual(['revenue = 3', SOURCE, SOURCE]);
  });

  it('says when what was entered failed', async () => {
    const { apply } = bench({ fails: true });
    expect(await apply(FIX)).toMatchObject({
      ok: false,
      failedAt: 'run_cells'
    });
  });

  it.each([
    ['', 'print(revenue)'],
    ['x = 1', 'x = 1\nprint(revenue)']
  ])(
    'puts a text that is not run into the prompt: %j',
    async (prompt, then) => {
      const { apply, entered, host, promptCell, standing } = bench({ prompt });
      await apply({ ...FIX, actions: [FIX.actions[0]] });
      host.focus();
      host.focus();
      expect(entered).toEqual([]);
      expect(standing()).toBe(then);
      expect(promptCell.editor.focus).toHaveBeenCalled();
    }
  );

  it('knows nothing of entries that were cleared away', () => {
    expect(bench().host.cell('gone')).toBeNull();
  });
});

describe('ConsoleIntake', () => {
  const error = { name: 'NameError', value: 'revenu', traceback: [] };

  function intake(fails: boolean, speaksPython = true) {
    const cell = newEntry('c', SOURCE, fails);
    cell.model.executionState = 'running';
    const errors = new NotebookErrors();
    const raised: string[] = [];
    const one = new ConsoleIntake({
      errors,
      onRaised: model => raised.push(model.cellId),
      place: { speaksPython }
    });
    const end = () => {
      cell.model.executionState = 'idle';
      cell.model.stateChanged.emit({ name: 'executionState' });
    };
    return { cell: cell as CodeCell, end, errors, one, raised };
  }

  it('shows an error at once and diagnoses it when the entry has ended, once', () => {
    const { cell, end, errors, one, raised } = intake(true);
    one.onSeen(cell, error);
    expect(errors.get('c')!.state).toBe('working');
    expect(raised).toEqual([]);
    end();
    end();
    expect(raised).toEqual(['c']);
  });

  it('forgets an error that an entry has shown and not ended with', () => {
    const { cell, end, errors, one } = intake(false);
    one.onSeen(cell, error);
    end();
    expect(errors.all()).toEqual([]);
  });

  it('leaves what was not entered here alone, and other languages', () => {
    const { cell, end, errors, one } = intake(true);
    end();
    one.onSeen(cell, error);
    expect(errors.all()).toEqual([]);
    const other = intake(true, false);
    other.one.onSeen(other.cell, error);
    expect(other.errors.all()).toEqual([]);
  });
});
