import { ErrorsSection } from '../../panel/errors';
import type { Diagnosis } from '../../protocol';
import type { Rung } from '../../errors/state';
import {
  addError,
  all,
  notebook,
  runsCells,
  setApplied,
  toggle,
  TRANS
} from './kit';

function view(rung: Rung = 'solution') {
  const { doctor, fake } = notebook(rung);
  const section = new ErrorsSection(TRANS);
  document.body.replaceChildren(section.node);
  const find = (name: string) => all(section.node, name);
  return { doctor, fake, find, render: () => section.render(doctor), section };
}

/** The errors as they are listed: where, what, and how they stand. */
const listed = (items: HTMLElement[]) =>
  items.map(item => item.querySelector('button')?.textContent);

describe('ErrorsSection', () => {
  it('says that there is nothing to show, and why', () => {
    const { find, render, section } = view();
    section.render(null);
    expect(find('panel-empty')[0].textContent).toBe(
      'Open a notebook to see its errors here.'
    );
    render();
    expect(find('panel-empty')[0].textContent).toBe(
      'No errors in this notebook.'
    );
    const { heading } = section;
    expect(section.node.getAttribute('aria-labelledby')).toBe(heading.id);
    expect(heading.textContent).toBe('Errors');
  });

  it('lists the errors, newest first, and jumps to their cells', async () => {
    const { doctor, fake, find, render, section } = view();
    await addError(doctor, 'c1', { fixes: [runsCells()] });
    await addError(doctor, 'c2');
    render();
    const items = find('panel-item');
    expect(listed(items)).toEqual([
      '[2]NameErrorNot diagnosedvalue of c2',
      '[1]NameErrorFix availableheadline of c1'
    ]);
    expect(items.map(item => item.dataset.state)).toEqual(['offer', 'ready']);
    expect(section.heading.textContent).toBe('Errors (2)');
    expect(find('panel-empty')[0].hidden).toBe(true);
    find('jump')[1].click();
    expect(fake.reveal).toHaveBeenCalledWith('c1');
  });

  it('draws anew only what has changed', async () => {
    const { doctor, find, render } = view();
    const model = await addError(doctor, 'c1', {});
    await addError(doctor, 'c2', {});
    render();
    const [second, first] = find('panel-item');
    find('jump')[1].focus();
    model.setProgress('Asking');
    render();
    expect(find('panel-item')).toEqual([second, first]);
    setApplied(model);
    render();
    expect(find('panel-item')[0]).toBe(second);
    expect(find('panel-item')[1]).not.toBe(first);
    expect(document.activeElement).toBe(find('jump')[1]);
  });

  it('acts on the error that is there now, not on one that looked the same', async () => {
    const { doctor, fake, find, render } = view();
    setApplied(await addError(doctor, 'c1', {}));
    render();
    const again = await addError(doctor, 'c1', {});
    setApplied(again);
    render();
    find('undo')[0].click();
    expect(fake.undo.mock.calls).toEqual([[again]]);
    expect(find('undo')).toHaveLength(1);
  });

  it('offers to diagnose all where more than one waits', async () => {
    const { doctor, fake, find, render } = view();
    const first = await addError(doctor, 'c1');
    await addError(doctor, 'c2', {});
    render();
    const [button] = find('diagnose-all');
    expect(button.hidden).toBe(true);
    const last = await addError(doctor, 'c3');
    render();
    expect(button.hidden).toBe(false);
    button.focus();
    button.click();
    expect(fake.diagnose.mock.calls).toEqual([
      [first, 'auto'],
      [last, 'auto']
    ]);
    expect(document.activeElement).toBe(find('jump')[0]);
    last.hide();
    render();
    expect(button.hidden).toBe(true);
  });

  describe('folds what follows from another error', () => {
    const FOLLOWS: Partial<Diagnosis> = {
      kind: 'cell_failed',
      headline: '`x` is missing because cell [1], which defines it, failed.'
    };

    it('under its cause', async () => {
      const { doctor, fake, find, render } = view();
      const cause = await addError(doctor, 'c1', {});
      await addError(doctor, 'c2', FOLLOWS);
      await addError(doctor, 'c3', FOLLOWS);
      render();
      expect(find('panel-item')).toHaveLength(1);
      const [details] = find('following');
      expect(details.textContent).toBe('2 more errors follow from this one');
      toggle(details);
      expect(find('where').map(node => node.textContent)).toEqual([
        '[1]',
        '[3]',
        '[2]'
      ]);
      find('jump')[2].click();
      expect(fake.reveal).toHaveBeenCalledWith('c2');
      // What is open stays open when something changes.
      await addError(doctor, 'c4', FOLLOWS);
      render();
      expect(find('panel-item')).toHaveLength(4);
      // What is done with takes nothing along.
      setApplied(cause);
      render();
      expect(find('following')).toHaveLength(0);
      expect(find('panel-item')).toHaveLength(4);
    });

    it('but not where a hint comes first', async () => {
      const { doctor, find, render } = view('hint');
      await addError(doctor, 'c1', {});
      await addError(doctor, 'c2', FOLLOWS);
      render();
      expect(find('following')).toHaveLength(0);
      expect(find('panel-item')).toHaveLength(2);
    });
  });

  it('shows no more than was asked for where a hint comes first', async () => {
    const { doctor, fake, find, render } = view('hint');
    const model = await addError(doctor, 'c1');
    render();
    expect(find('said')[0].textContent).toBe('value of c1');
    const hint = 'Look at line 2.';
    await model.diagnose(
      {
        async *diagnose() {
          const data = { id: 'd', headline: 'It is `y`.', kind: 'k', hint };
          yield { event: 'prompt', data: { job: 'fix', model: 'm' } };
          yield { event: 'diagnosis', data };
        }
      },
      { kernel_id: 'k', cell: { source: '' }, error: model.error }
    );
    render();
    expect(find('said')[0].textContent).toBe(hint);
    expect(find('asked')).toHaveLength(0);
    fake.rung.mockReturnValue('explanation');
    render();
    expect(find('said')[0].textContent).toBe('It is y.');
    expect(find('asked')).toHaveLength(0);
    fake.rung.mockReturnValue('solution');
    render();
    expect(find('asked')).toHaveLength(1);
  });
});
