import { InlineForm } from '../../card/form';
import { TRANS } from './kit';

afterEach(() => document.body.replaceChildren());

function form() {
  const sent: string[] = [];
  const opener = document.createElement('button');
  const one = new InlineForm({
    label: 'What should it have been?',
    maxLength: 20,
    send: text => sent.push(text),
    trans: TRANS
  });
  document.body.append(opener, one.node);
  const text = one.node.querySelector('textarea')!;
  const press = (key: string, init: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', {
      key,
      bubbles: true,
      cancelable: true,
      ...init
    });
    text.dispatchEvent(event);
    return event;
  };
  return { form: one, opener, press, sent, text };
}

describe('InlineForm', () => {
  it('takes the focus and gives it back', () => {
    const { form: one, opener, text } = form();
    expect(one.node.hidden).toBe(true);
    one.open(opener);
    expect(document.activeElement).toBe(text);
    expect(text.labels?.[0].textContent).toBe('What should it have been?');
    expect(opener.getAttribute('aria-expanded')).toBe('true');
    one.node.querySelector<HTMLElement>('.jp-nbdoctor-cancel')!.click();
    expect(one.node.hidden).toBe(true);
    expect(document.activeElement).toBe(opener);
    expect(opener.getAttribute('aria-expanded')).toBe('false');
  });

  it('is put away by Escape, which goes no further, and keeps what was begun', () => {
    const { form: one, opener, press, sent, text } = form();
    const outside = jest.fn();
    document.body.addEventListener('keydown', outside);
    one.open(opener);
    text.value = 'begun';
    press('Escape');
    document.body.removeEventListener('keydown', outside);
    expect(outside).not.toHaveBeenCalled();
    expect(one.node.hidden).toBe(true);
    one.open(opener);
    expect(text.value).toBe('begun');
    expect(sent).toEqual([]);
  });

  it.each([
    [
      'its button',
      (one: ReturnType<typeof form>) => one.form.node.requestSubmit()
    ],
    [
      'Ctrl+Enter',
      ({ press }: ReturnType<typeof form>) => press('Enter', { ctrlKey: true })
    ]
  ])('sends with %s, and is empty the next time', (_, submit) => {
    const one = form();
    one.form.open(one.opener);
    one.text.value = '  the other column\n';
    submit(one);
    expect(one.sent).toEqual(['the other column']);
    expect(one.form.node.hidden).toBe(true);
    expect(one.text.value).toBe('');
    expect(document.activeElement).toBe(one.opener);
  });

  it("leaves the keys to the text, not to JupyterLab's shortcuts", () => {
    const { form: one, opener, press, sent } = form();
    one.open(opener);
    expect(one.node.hasAttribute('data-lm-suppress-shortcuts')).toBe(true);
    expect(press('Enter').defaultPrevented).toBe(false);
    expect(press('z', { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(sent).toEqual([]);
  });
});
