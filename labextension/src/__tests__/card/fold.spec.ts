import { Fold } from '../../card/fold';
import { TRANS } from './kit';

/** Heights as a browser would report them, and what tells of their changes. */
const observed = new Map<Element, ResizeObserverCallback>();

beforeAll(() => {
  window.ResizeObserver = class {
    constructor(private _callback: ResizeObserverCallback) {}
    observe(target: Element): void {
      observed.set(target, this._callback);
    }
    unobserve(target: Element): void {
      observed.delete(target);
    }
    disconnect(): void {
      observed.clear();
    }
  };
});

function fold(scrollHeight: number, log: string[] = []) {
  const node = document.createElement('div');
  const part = document.createElement('p');
  Object.defineProperty(node, 'scrollHeight', {
    get: () => {
      log.push('read');
      return scrollHeight;
    }
  });
  Object.defineProperty(node, 'clientHeight', { value: 57 });
  const one = new Fold(node, [part], TRANS);
  one.render();
  one.observe();
  const setLong = one.setLong.bind(one);
  one.setLong = isLong => {
    log.push('write');
    setLong(isLong);
  };
  return { fold: one, node, part };
}

function resize(...parts: HTMLElement[]) {
  const entries = parts.map(target => ({ target }) as never);
  observed.get(parts[0])!(entries, {} as ResizeObserver);
}

describe('Fold', () => {
  it('offers to unfold what is long, once it is laid out', () => {
    const { fold: one, node, part } = fold(200);
    expect(one.button.hidden).toBe(true);
    resize(part);
    expect(one.button.hidden).toBe(false);
    expect(one.button.textContent).toBe('More');
    expect(node.classList.contains('jp-mod-folded')).toBe(true);
    one.button.click();
    expect(one.button.textContent).toBe('Less');
    expect(one.button.getAttribute('aria-expanded')).toBe('true');
    expect(node.classList.contains('jp-mod-folded')).toBe(false);
    resize(part);
    expect(one.button.hidden).toBe(false);
  });

  it('offers nothing where all is seen', () => {
    const { fold: one, part } = fold(57);
    resize(part);
    expect(one.button.hidden).toBe(true);
  });

  it('measures all before it changes any', () => {
    const log: string[] = [];
    const parts = [1, 2, 3].map(() => fold(200, log).part);
    resize(...parts, parts[0]);
    expect(log).toEqual(['read', 'read', 'read', 'write', 'write', 'write']);
  });

  it('lets go of what is no longer in the page', () => {
    const { fold: one, part } = fold(200);
    one.unobserve();
    expect(observed.has(part)).toBe(false);
  });
});
