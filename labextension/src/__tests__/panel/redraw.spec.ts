import { button, element } from '../../dom';
import type { IEntry } from '../../panel/redraw';
import { redraw } from '../../panel/redraw';

function entry(key: string, text: string, withUndo = false): IEntry {
  return {
    key,
    drawn: [text, withUndo],
    draw: () => {
      const item = element('li', 'item', text);
      item.append(button('jump', 'jump', () => undefined));
      if (withUndo) {
        item.append(button('undo', 'undo', () => undefined));
      }
      return item;
    }
  };
}

function view(...entries: IEntry[]) {
  const heading = element('h2', '');
  heading.tabIndex = -1;
  const list = element('ul', '');
  document.body.replaceChildren(heading, list);
  redraw(list, entries, heading);
  const find = (key: number, name: string) =>
    list.children[key].querySelector<HTMLElement>(`.${name}`)!;
  return { find, heading, list };
}

const texts = (list: HTMLElement) =>
  Array.from(list.children, item => item.firstChild?.textContent);

describe('redraw', () => {
  it('draws anew what has changed and leaves the rest', () => {
    const { list } = view(entry('a', 'one'), entry('b', 'two'));
    const [a, b] = Array.from(list.children);
    redraw(list, [entry('c', 'new'), entry('a', 'one'), entry('b', 'TWO')]);
    expect(texts(list)).toEqual(['new', 'one', 'TWO']);
    expect(list.children[1]).toBe(a);
    expect(list.children[2]).not.toBe(b);
    redraw(list, [entry('b', 'TWO'), entry('a', 'one')]);
    expect(texts(list)).toEqual(['TWO', 'one']);
    expect(list.children[1]).toBe(a);
  });

  it('compares what an item acts on by identity', () => {
    const drawn: object[] = [];
    const list = element('ul', '');
    const about = (it: object): IEntry => ({
      key: 'a',
      drawn: [it],
      draw: () => {
        drawn.push(it);
        return element('li', '');
      }
    });
    const [one, other] = [{}, {}];
    [one, one, other].forEach(it => redraw(list, [about(it)]));
    expect(drawn).toEqual([one, other]);
  });

  it('keeps the focus in an item that is drawn anew', () => {
    const { find, list } = view(entry('a', 'one'), entry('b', 'two', true));
    find(1, 'undo').focus();
    redraw(list, [entry('a', 'ONE'), entry('b', 'TWO', true)]);
    expect(document.activeElement).toBe(find(1, 'undo'));
    redraw(list, [entry('a', 'ONE'), entry('b', 'TWO')]);
    expect(document.activeElement).toBe(find(1, 'jump'));
  });

  it('hands the focus to the neighbour of what is gone, and at last to the heading', () => {
    const { find, heading, list } = view(entry('a', 'one'), entry('b', 'two'));
    find(0, 'jump').focus();
    redraw(list, [entry('b', 'two')], heading);
    expect(document.activeElement).toBe(find(0, 'jump'));
    redraw(list, [], heading);
    expect(document.activeElement).toBe(heading);
  });

  it('takes the focus from nobody', () => {
    const { heading, list } = view(entry('a', 'one'));
    heading.focus();
    redraw(list, [entry('a', 'two')]);
    expect(document.activeElement).toBe(heading);
  });
});
