import { Signal } from '@lumino/signaling';

import type { HistorySection as Section } from '../../panel/history';
import { HistorySection } from '../../panel/history';
import type { Correction } from '../../protocol';
import {
  addError,
  all,
  notebook,
  runsCells,
  server,
  setApplied,
  settled,
  STATUS,
  toggle,
  TRANS
} from './kit';

function kept(number: number, more: Partial<Correction> = {}): Correction {
  return {
    outcome: 'accepted',
    fix_id: `f${number}`,
    title: `Fix ${number}`,
    status: 'passed',
    error_name: 'NameError',
    number,
    time: new Date(Date.now() - number * 3600_000).toISOString(),
    ...more
  };
}

function view(list: Correction[], status = STATUS) {
  const known = { list };
  const memory = {
    changed: new Signal({}),
    list: jest.fn(async () => known.list),
    forget: jest.fn(async (number?: number) => {
      known.list = known.list.filter(
        one => number !== undefined && one.number !== number
      );
    })
  };
  const confirm = jest.fn(async () => true);
  const { doctor: here, fake } = notebook();
  const section = new HistorySection({
    confirm,
    doctor: { memory, server: server(status) },
    trans: TRANS
  } as unknown as Section.IOptions);
  document.body.replaceChildren(section.node);
  section.render(here);
  const open = async () => {
    toggle(section.node.querySelector('details'));
    await settled();
  };
  const find = (name: string) => all(section.node, name);
  return { confirm, fake, find, here, known, memory, open, section };
}

/** What is there to be read. */
const texts = (nodes: HTMLElement[]) =>
  nodes.filter(({ hidden }) => !hidden).map(node => node.textContent);

describe('HistorySection', () => {
  it('asks when it is opened, and says what was done and when', async () => {
    const { find, memory, open, section } = view([
      kept(2),
      kept(1, { outcome: 'rejected', title: '', error_message: '<b>x</b>' }),
      kept(0, { outcome: 'edited', status: 'failed', comment: 'No: `y`' })
    ]);
    await section.load();
    expect(memory.list).not.toHaveBeenCalled();
    expect(find('panel-said')[0].textContent).toContain(
      'Nothing of it leaves that machine.'
    );
    await open();
    expect(texts(find('kept-title'))).toEqual([
      'Fix 2',
      'NameError: <b>x</b>',
      'Fix 0'
    ]);
    expect(texts(find('kept-said'))).toEqual([
      '2 hours ago · Accepted · check passed',
      '1 hour ago · Called wrong',
      'just now · Accepted, then changed · check failed'
    ]);
    expect(texts(find('kept-comment'))).toEqual(['No: `y`']);
  });

  it('shows all of what is kept, on request', async () => {
    const { find, open } = view([kept(1, { before: 'x = <b>1</b>' })]);
    await open();
    toggle(find('asked')[0]);
    expect(JSON.parse(find('sent')[0].textContent!).before).toBe(
      'x = <b>1</b>'
    );
    expect(find('sent')[0].tabIndex).toBe(0);
  });

  it('shows twenty, and the rest on request', async () => {
    const { find, open } = view(Array.from({ length: 23 }, (_, i) => kept(i)));
    await open();
    expect(find('kept')).toHaveLength(20);
    const more = find('panel-buttons').pop()!.querySelector('button')!;
    expect(more.textContent).toBe('Show all (23)');
    more.focus();
    more.click();
    expect(find('kept')).toHaveLength(23);
    expect(more.hidden).toBe(true);
    expect(find('kept')[20].contains(document.activeElement)).toBe(true);
  });

  it('deletes one, and hands the focus on', async () => {
    const { find, memory, open, section } = view([kept(3), kept(2), kept(1)]);
    await open();
    const [, button] = find('kept-delete');
    expect(button.getAttribute('aria-label')).toBe('Delete: Fix 2');
    button.focus();
    button.click();
    expect(memory.forget).toHaveBeenCalledWith(2);
    await section.load();
    expect(texts(find('kept-title'))).toEqual(['Fix 3', 'Fix 1']);
    expect(document.activeElement).toBe(find('kept-delete')[1]);
  });

  it('deletes all after a question, and only then', async () => {
    const { confirm, find, memory, open, section } = view([kept(1)]);
    await open();
    confirm.mockResolvedValueOnce(false);
    find('kept-clear')[0].click();
    await settled();
    expect(memory.forget).not.toHaveBeenCalled();
    find('kept-clear')[0].click();
    await settled();
    expect(memory.forget.mock.calls).toEqual([[]]);
    await section.load();
    expect(texts(find('panel-said'))[1]).toBe('Nothing is kept yet.');
    expect(find('kept-clear')[0].hidden).toBe(true);
    expect(find('kept-export')[0].hidden).toBe(true);
    expect(document.activeElement?.tagName).toBe('SUMMARY');
  });

  it('exports what is kept, one a line', async () => {
    const blobs: Blob[] = [];
    URL.createObjectURL = jest.fn(blob => {
      blobs.push(blob as Blob);
      return 'blob:';
    });
    URL.revokeObjectURL = jest.fn();
    const clicked = jest
      .spyOn(HTMLAnchorElement.prototype, 'click')
      .mockImplementation();
    const list = [kept(2), kept(1)];
    const { find, open } = view(list);
    await open();
    find('kept-export')[0].click();
    expect(clicked).toHaveBeenCalledTimes(1);
    const lines = list.map(one => `${JSON.stringify(one)}\n`).join('');
    expect(blobs[0].size).toBe(lines.length);
    expect(blobs[0].type).toBe('application/x-ndjson');
    clicked.mockRestore();
  });

  it('says where it cannot be read or deleted, and keeps what was read', async () => {
    const { find, memory, open, section } = view([kept(1)]);
    await open();
    memory.list.mockRejectedValueOnce(new Error('locked'));
    await section.load();
    expect(texts(find('panel-said'))[1]).toBe('Error: locked');
    expect(find('kept')).toHaveLength(1);
    await section.load();
    expect(texts(find('panel-said'))).toHaveLength(1);
    memory.forget.mockRejectedValueOnce(new Error('busy'));
    find('kept-delete')[0].click();
    await settled();
    expect(texts(find('panel-said'))[1]).toBe('Error: busy');
  });

  it('says in a sentence that nothing is kept', async () => {
    const { find, memory, open } = view([kept(1)], {
      ...STATUS,
      corrections: false
    });
    await open();
    expect(memory.list).not.toHaveBeenCalled();
    expect(texts(find('panel-said'))).toEqual([
      'What you do with fixes is not kept here.'
    ]);
    expect(find('kept')).toHaveLength(0);
    expect(texts(find('panel-button'))).toEqual([]);
  });

  it('is not confused by answers that come late', async () => {
    const { find, memory, open, section } = view([kept(2), kept(1)]);
    let answer: (list: Correction[]) => void = () => undefined;
    memory.list.mockReturnValueOnce(
      new Promise(resolve => {
        answer = resolve;
      })
    );
    await open();
    await section.load();
    answer([]);
    await settled();
    expect(find('kept')).toHaveLength(2);
  });

  describe('takes a fix back', () => {
    const FIX = runsCells('c1');
    const applied = kept(2, { fix_id: FIX.id });

    it('where its error is still there with the fix applied', async () => {
      const { fake, find, here, open, section } = view([
        kept(3),
        applied,
        kept(1, { fix_id: FIX.id })
      ]);
      const model = await addError(here, 'c1', { fixes: [FIX] });
      await open();
      expect(find('kept-undo')).toHaveLength(0);
      setApplied(model);
      section.render(here);
      const [button, other] = find('kept-undo');
      expect(other).toBeUndefined();
      expect(button.getAttribute('aria-label')).toBe('Undo: Fix 2');
      button.click();
      expect(fake.undo.mock.calls).toEqual([[model]]);
      model.setUndone('');
      section.render(here);
      expect(find('kept-undo')).toHaveLength(0);
    });

    it('but not where two cells have it', async () => {
      const { find, here, open } = view([applied]);
      for (const id of ['c1', 'c2']) {
        setApplied(await addError(here, id, { fixes: [FIX] }));
      }
      await open();
      expect(find('kept-undo')).toHaveLength(0);
    });
  });
});
