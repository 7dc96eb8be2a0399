import { nullTranslator } from '@jupyterlab/translation';

import { AboutView } from '../../card/about';
import type { About } from '../../protocol';

const ABOUT: About = {
  kind: 'zero_division',
  category: 'python',
  title: 'Division by zero',
  means: 'Nothing can be divided by zero.',
  why: 'A count is `0`.',
  example: '1 / 0',
  fix: 'Look at the divisor.',
  safe: ''
};

function view(about: (kind: string) => Promise<About>): AboutView {
  return new AboutView({ about }, nullTranslator.load('nbdoctor'));
}

describe('AboutView', () => {
  it('shows what is known, and leaves out what is not', async () => {
    const shown = view(() => Promise.resolve(ABOUT));
    await shown.show('zero_division');
    expect(shown.node.hidden).toBe(false);
    const texts = [...shown.node.children].map(child => child.textContent);
    expect(texts).toEqual([
      'About this kind: division by zero',
      'Nothing can be divided by zero.',
      'Why it happens. A count is 0.',
      '1 / 0',
      'What to do. Look at the divisor.'
    ]);
    expect(shown.node.querySelector('code')?.textContent).toBe('0');
  });

  it('asks once for a kind, and again for another', async () => {
    const asked: string[] = [];
    const shown = view(kind => {
      asked.push(kind);
      return Promise.resolve(ABOUT);
    });
    await shown.show('a');
    await shown.show('a');
    await shown.show('b');
    await shown.show('');
    expect(asked).toEqual(['a', 'b']);
    expect(shown.node.hidden).toBe(true);
  });

  it('asks again after a failure, and shows nothing meanwhile', async () => {
    const answers = [Promise.reject(new Error('gone')), Promise.resolve(ABOUT)];
    const shown = view(() => answers.shift() as Promise<About>);
    await shown.show('a');
    expect(shown.node.hidden).toBe(true);
    await shown.show('a');
    expect(shown.node.hidden).toBe(false);
  });

  it('does not show an answer that came too late', async () => {
    let answer: (about: About) => void = () => undefined;
    const late = new Promise<About>(resolve => (answer = resolve));
    const shown = view(kind =>
      kind === 'a' ? late : Promise.resolve({ ...ABOUT, title: 'Second' })
    );
    const first = shown.show('a');
    await shown.show('b');
    answer(ABOUT);
    await first;
    expect(shown.node.firstChild?.textContent).toContain('second');
  });
});
