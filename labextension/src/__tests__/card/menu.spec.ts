import { Menu } from '@lumino/widgets';

import { openCardMenu } from '../../card/menu';
import { context, diagnosed, FIX } from './kit';

afterEach(() => document.body.replaceChildren());

const tick = () => new Promise(resolve => setTimeout(resolve));

async function menu(hints = false, model = diagnosed()) {
  const all = context(await model, hints);
  const anchor = document.createElement('button');
  document.body.append(all.cell.node, anchor);
  anchor.focus();
  const opened = jest.spyOn(Menu.prototype, 'open');
  openCardMenu(all.context, anchor);
  const one = opened.mock.contexts[0] as Menu;
  opened.mockRestore();
  const labels = one.items.map(({ label }) => label);
  const choose = async (label: string) => {
    one.activeIndex = labels.indexOf(label);
    one.triggerActiveItem();
    await tick();
  };
  return { ...all, ...all.fakes, anchor, choose, labels, menu: one };
}

const APPLY = 'Apply without running';
const COPY = 'Copy the corrected cell';
const KEEP = 'Keep the explanation in the notebook';
const ALWAYS = ['Mute this kind of error for this session', 'Dismiss'];

describe('openCardMenu', () => {
  it('offers what can be done with the fix and the explanation', async () => {
    const { choose, labels, model, place } = await menu();
    expect(labels).toEqual([APPLY, COPY, KEEP, ...ALWAYS]);
    await choose(COPY);
    expect(place.copy).toHaveBeenCalledWith(model);
  });

  it('gives nothing away before it is asked for', async () => {
    expect((await menu(true)).labels).toEqual(ALWAYS);
    const model = diagnosed();
    (await model).show('explanation');
    expect((await menu(true, model)).labels).toEqual([KEEP, ...ALWAYS]);
  });

  it('offers to apply only where there is text to write and something to leave out', async () => {
    const [edit, run] = FIX.actions;
    const only = (...actions: typeof FIX.actions) =>
      diagnosed({ fixes: [{ ...FIX, actions }] });
    expect((await menu(false, only(edit))).labels).not.toContain(APPLY);
    const { labels } = await menu(false, only(run));
    expect(labels).not.toContain(APPLY);
    expect(labels).not.toContain(COPY);
  });

  it('gives the focus back, to the cell where the card is gone', async () => {
    const { anchor, choose, place } = await menu();
    await choose(KEEP);
    expect(place.keep).toHaveBeenCalled();
    expect(document.activeElement).toBe(anchor);
    const other = await menu();
    other.model.changed.connect(() => other.anchor.remove());
    await other.choose('Dismiss');
    expect(other.model.hidden).toBe(true);
    expect(document.activeElement).toBe(other.cell.node);
  });
});
