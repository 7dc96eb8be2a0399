import { WelcomeSection } from '../../panel/welcome';
import { server, settled, STATUS, TRANS } from './kit';

function view(welcomed: boolean | null, status = STATUS) {
  const set = jest.fn(async () => undefined);
  const closed = jest.fn();
  const section = new WelcomeSection(
    { server: server(status), trans: TRANS },
    closed
  );
  if (welcomed !== null) {
    section.configure({ composite: { welcomed }, set });
  }
  const { node } = section;
  const sentences = () =>
    Array.from(node.querySelectorAll('li'), item => item.textContent);
  return { closed, node, section, sentences, set };
}

describe('WelcomeSection', () => {
  it('says five sentences until it is put away', () => {
    const { closed, node, section, sentences, set } = view(false);
    expect(node.hidden).toBe(false);
    expect(sentences()).toHaveLength(5);
    expect(sentences()[1]).toBe(
      'Nothing leaves the machine that Jupyter runs on: no code, no data, no error.'
    );
    node.querySelector('button')?.click();
    expect(node.hidden).toBe(true);
    expect(set).toHaveBeenCalledWith('welcomed', true);
    expect(closed).toHaveBeenCalled();
    section.render();
    expect(node.hidden).toBe(true);
  });

  it('promises no more than is so', () => {
    const { sentences } = view(false, {
      ...STATUS,
      models: [{ machine: 'gpu.example' }, { machine: 'gpu.example' }, {}],
      trials: 'off'
    });
    expect(sentences()[1]).toBe(
      'Errors and the cells that they are about are sent to the model on gpu.example, and nowhere else.'
    );
    expect(sentences()[2]).toBe('Fixes are not tried before you apply them.');
  });

  it('is not shown to whom has read it, nor before that is known', () => {
    expect(view(true).node.hidden).toBe(true);
    const { node, section } = view(null);
    section.render();
    expect(node.hidden).toBe(true);
  });

  it('goes away where that cannot be remembered, too', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const { node, set } = view(false);
    set.mockRejectedValue(new Error('read-only'));
    node.querySelector('button')?.click();
    await settled();
    expect(node.hidden).toBe(true);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
