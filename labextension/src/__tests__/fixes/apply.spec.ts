import type { YCodeCell } from '@jupyter/ydoc';
import { YNotebook } from '@jupyter/ydoc';

import type { IFixHost } from '../../fixes/apply';
import {
  applyFix,
  FixConflict,
  replaceSource,
  undoFix
} from '../../fixes/apply';
import type { Action, Done, Fix } from '../../protocol';

function fix(...actions: Action[]): Fix {
  return { id: 'f', title: 'a fix', actions };
}

/** A notebook without a kernel: what is run or installed is only written down. */
class Host implements IFixHost {
  constructor(sources: Record<string, string>) {
    for (const [id, source] of Object.entries(sources)) {
      this.notebook.addCell({ id, cell_type: 'code', source });
    }
    this.notebook.undoManager.clear();
  }

  shared(id: string): YCodeCell {
    return this.notebook.cells.find(cell => cell.getId() === id) as YCodeCell;
  }

  sources(): Map<string, string> {
    return new Map(
      this.notebook.cells.map(cell => [cell.getId(), cell.getSource()])
    );
  }

  cell(id: string) {
    const shared = this.shared(id);
    return shared ? { shared, editable: !this.locked.includes(id) } : null;
  }

  insertBefore(id: string, source: string): string {
    const index = this.notebook.cells.indexOf(this.shared(id));
    return this.notebook
      .insertCell(index, { cell_type: 'code', source })
      .getId();
  }

  remove(id: string): void {
    this.notebook.deleteCell(this.notebook.cells.indexOf(this.shared(id)));
  }

  async run(id: string): Promise<boolean> {
    this.log.push(`run ${id}`);
    return !this.failing.includes(id);
  }

  async runFrom(id: string, line: number): Promise<boolean> {
    this.log.push(`run ${id} from ${line}`);
    return true;
  }

  async install(requirement: string): Promise<Done> {
    this.log.push(`install ${requirement}`);
    return {
      ok: !this.failing.includes(requirement),
      sentence: 'said',
      restart_needed: this.held.includes(requirement)
    };
  }

  async restart(): Promise<boolean> {
    this.log.push('restart');
    return !this.failing.includes('restart');
  }

  failing: string[] = [];
  held: string[] = [];
  locked: string[] = [];
  log: string[] = [];
  notebook = YNotebook.create({
    disableDocumentWideUndoRedo: true
  }) as YNotebook;
}

beforeAll(() => {
  // yjs warns of how ydoc builds cells before they are in a document.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

describe('replaceSource', () => {
  it('takes one undo to bring back exactly the text', () => {
    const shared = new Host({ c: '' }).shared('c');
    // Typed within the half second in which yjs would merge it with the fix.
    shared.updateSource(0, 0, "name = 'wörld 🩺'\npritn(name)");
    const before = shared.getSource();
    replaceSource(shared, before.replace('pritn', 'print'));
    shared.updateSource(0, 0, '# typed just after\n');
    shared.undo();
    expect(shared.getSource()).toBe(before.replace('pritn', 'print'));
    shared.undo();
    expect(shared.getSource()).toBe(before);
    shared.redo();
    expect(shared.getSource()).toBe(before.replace('pritn', 'print'));
  });
});

describe('applyFix', () => {
  const replace: Action = { kind: 'replace_cell', new_source: 'print()' };

  it('replaces, then reruns, in order', async () => {
    const host = new Host({ a: 'x = 1', c: 'pritn()' });
    const plan = fix(replace, { kind: 'run_cells', cell_ids: ['a', 'c'] });
    const applied = await applyFix(plan, 'c', host.sources(), host);
    expect(host.shared('c').getSource()).toBe('print()');
    expect(host.log).toEqual(['run a', 'run c']);
    expect(applied).toMatchObject({ ok: true, reran: true });
  });

  it('takes an empty list of cells for the failing one', async () => {
    const host = new Host({ a: 'x = 1', c: 'pritn()' });
    const plan = fix({ kind: 'run_cells', cell_ids: [] });
    await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(['run c']);
  });

  it('runs from a line of the new text', async () => {
    const host = new Host({ c: 'a\npritn()' });
    const plan = fix(replace, { kind: 'run_from', line: 2 });
    await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(['run c from 2']);
  });

  it.each([
    ['changed', 'c', (host: Host) => host.shared('c').setSource('mine')],
    ['gone', 'c', (host: Host) => host.remove('c')],
    ['readonly', 'c', (host: Host) => host.locked.push('c')]
  ])('refuses when the cell is %s', async (reason, id, change) => {
    const host = new Host({ a: 'x = 1', c: 'pritn()' });
    const sources = host.sources();
    change(host);
    const before = host.sources();
    const plan = fix({ kind: 'run_cells', cell_ids: ['a'] }, replace);
    await expect(applyFix(plan, id, sources, host)).rejects.toMatchObject({
      reason
    });
    expect(host.sources()).toEqual(before);
    expect(host.log).toEqual([]);
  });

  it('refuses when the cell changes while an install runs', async () => {
    const host = new Host({ c: 'pritn()' });
    const sources = host.sources();
    host.install = async () => {
      host.shared('c').setSource('mine');
      return { ok: true, sentence: '' };
    };
    const plan = fix({ kind: 'install', requirement: 'six' }, replace);
    await expect(applyFix(plan, 'c', sources, host)).rejects.toThrow(
      FixConflict
    );
    expect(host.shared('c').getSource()).toBe('mine');
  });

  it('stops where an install fails', async () => {
    const host = new Host({ c: 'import six' });
    host.failing = ['six'];
    const plan = fix(
      { kind: 'install', requirement: 'six' },
      { kind: 'run_cells' }
    );
    const applied = await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(['install six']);
    expect(applied).toMatchObject({
      ok: false,
      failedAt: 'install',
      installSentence: 'said'
    });
  });

  it('runs nothing before a restart that an install needs', async () => {
    const host = new Host({ c: 'import six' });
    host.held = ['six'];
    const plan = fix(
      { kind: 'install', requirement: 'six' },
      replace,
      { kind: 'run_cells', cell_ids: [] },
      { kind: 'run_from', line: 1 }
    );
    const applied = await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(['install six']);
    expect(host.shared('c').getSource()).toBe('print()');
    expect(applied).toMatchObject({
      ok: true,
      reran: false,
      restartNeeded: true
    });
  });

  it.each([
    [true, ['install six', 'restart', 'run c']],
    [false, ['install six', 'restart']]
  ])('runs after a restart: %s', async (restarts, log) => {
    const host = new Host({ c: 'import six' });
    host.held = ['six'];
    host.failing = restarts ? [] : ['restart'];
    const plan = fix(
      { kind: 'install', requirement: 'six' },
      { kind: 'restart_kernel' },
      { kind: 'run_cells' }
    );
    const applied = await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(log);
    expect(applied).toMatchObject({
      ok: restarts,
      reran: restarts,
      restartNeeded: !restarts
    });
  });

  it('stops at the first cell that fails', async () => {
    const host = new Host({ a: '', b: '', c: '' });
    host.failing = ['b'];
    const plan = fix({ kind: 'run_cells', cell_ids: ['a', 'b', 'c'] });
    const applied = await applyFix(plan, 'c', host.sources(), host);
    expect(host.log).toEqual(['run a', 'run b']);
    expect(applied.ok).toBe(false);
  });
});

describe('undoFix', () => {
  const plan = fix(
    { kind: 'insert_cell', new_source: 'import six' },
    { kind: 'replace_cell', new_source: 'print()' }
  );

  it('puts back texts and takes inserted cells out', async () => {
    const host = new Host({ c: 'pritn()' });
    const before = host.sources();
    const applied = await applyFix(plan, 'c', before, host);
    expect(host.notebook.cells.map(cell => cell.getSource())).toEqual([
      'import six',
      'print()'
    ]);
    expect(undoFix(applied, host)).toBe(true);
    expect(host.sources()).toEqual(before);
  });

  it('leaves alone what was changed since', async () => {
    const host = new Host({ c: 'pritn()' });
    const applied = await applyFix(plan, 'c', host.sources(), host);
    host.shared('c').updateSource(0, 0, '# mine\n');
    expect(undoFix(applied, host)).toBe(false);
    expect(host.shared('c').getSource()).toBe('# mine\nprint()');
  });
});
