import { Card } from '../../card/card';
import { lostDiagnosis } from '../../errors/lost';
import { DiagnosisModel } from '../../errors/model';
import { hintSentence } from '../../sentences';
import {
  context,
  diagnosed,
  DIAGNOSIS,
  flush,
  newError,
  seen,
  show,
  stream,
  TRANS
} from './kit';

afterEach(() => document.body.replaceChildren());

async function card(hints = false, model = diagnosed()) {
  const all = context(await model, hints);
  const one = new Card(all.context);
  document.body.append(all.cell.node);
  const find = show(one, all.context, all.cell.node);
  flush();
  return { ...all, ...all.fakes, card: one, find };
}

function press(node: HTMLElement, key: string) {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    cancelable: true
  });
  node.dispatchEvent(event);
}

describe('Card', () => {
  it('shows all of a diagnosis at once', async () => {
    const { find } = await card();
    expect(find('headline').textContent).toBe('revenu is not defined.');
    expect(find('prose').textContent).toBe('There is revenue.');
    expect(seen(find('facts'))).toBe(true);
    expect(seen(find('fix'))).toBe(true);
    expect(seen(find('next'))).toBe(false);
  });

  it('shows somebody who learns one thing after the other', async () => {
    const { card: one, find } = await card(true);
    expect(find('headline').textContent).toBe('Look at line 1.');
    expect(find('category').textContent).toBe('Code');
    expect(find('next').textContent).toBe('Show the explanation');
    expect(one.node.textContent).not.toContain('revenue');
    expect(seen(find('explanation'))).toBe(false);
    expect(seen(find('details'))).toBe(false);
    expect(seen(find('fix'))).toBe(false);

    find('next').click();
    flush();
    expect(find('headline').textContent).toBe('revenu is not defined.');
    expect(seen(find('prose'))).toBe(true);
    expect(seen(find('facts'))).toBe(true);
    expect(find('next').textContent).toBe('Show the solution');
    expect(seen(find('fix'))).toBe(false);
    expect(find('diff')).toBeNull();
    expect(one.node.textContent).not.toContain('print(revenue)');

    find('next').click();
    flush();
    expect(seen(find('fix'))).toBe(true);
    expect(find('diff').textContent).toContain('print(revenue)');
    expect(seen(find('next'))).toBe(false);
  });

  it('has a hint where the diagnosis brings none', async () => {
    const { find } = await card(true, diagnosed({ hint: '' }));
    const general = hintSentence({}, TRANS);
    expect(find('headline').textContent).toBe(general);
  });

  it('has no solution to show where there is no fix', async () => {
    const { find } = await card(true, diagnosed({ fixes: [] }));
    find('next').click();
    flush();
    expect(seen(find('next'))).toBe(false);
    expect(seen(find('yes'))).toBe(true);
  });

  it("holds a model's words and doings back as long as a hint is shown", async () => {
    const model = newError();
    const { find } = await card(true, Promise.resolve(model));
    let seenWhile = '';
    model.changed.connect(() => {
      flush();
      if (model.words && model.state === 'working') {
        seenWhile = document.body.textContent ?? '';
      }
    });
    await stream(
      model,
      { event: 'findings', data: DIAGNOSIS },
      {
        event: 'category',
        data: { stage: 'categorize', sentence: 'A misspelled name.' }
      },
      { event: 'words', data: { text: 'You meant revenue.' } }
    );
    expect(seenWhile).toContain('Look at line 1.');
    expect(seenWhile).not.toContain('misspelled');
    expect(seenWhile).not.toContain('You meant');
    find('next').click();
    flush();
    expect(find('words').textContent).toBe('You meant revenue.');
  });

  it('follows the setting', async () => {
    const { doctor, find, place } = await card();
    place.hints = true;
    doctor.settingsChanged.emit(undefined as never);
    flush();
    expect(seen(find('fix'))).toBe(false);
    expect(seen(find('next'))).toBe(true);
  });

  it('keeps the focus, on itself where the control is gone', async () => {
    const { card: one, find } = await card(true);
    find('next').focus();
    find('next').click();
    flush();
    expect(document.activeElement).toBe(find('next'));
    find('next').click();
    flush();
    expect(document.activeElement).toBe(one.node);
  });

  it('leaves a focus alone that is elsewhere', async () => {
    const { cell, model } = await card(true);
    cell.node.focus();
    model.show('solution');
    flush();
    expect(document.activeElement).toBe(cell.node);
  });

  it('gives the focus to the cell on Escape', async () => {
    const { cell, find } = await card();
    find('fix').focus();
    press(find('fix'), 'Escape');
    expect(document.activeElement).toBe(cell.node);
  });

  it('can be given the focus: the button that goes on with it has it', async () => {
    const one = await card(true);
    Card.focus(one.card.node);
    expect(document.activeElement).toBe(one.find('next'));
    const two = await card();
    Card.focus(two.card.node);
    expect(document.activeElement).toBe(two.find('fix'));
    const nothing = await card(
      false,
      diagnosed({ fixes: [], kind: '', headline: 'nbdoctor knows nothing.' })
    );
    Card.focus(nothing.card.node);
    expect(document.activeElement).toBe(nothing.card.node);
  });

  it('reads streamed words as whole sentences, once', async () => {
    const model = newError();
    const { card: one, find } = await card(false, Promise.resolve(model));
    const live = () => one.node.querySelector('.jp-nbdoctor-head > p')!;
    const read: string[] = [];
    model.changed.connect(() => {
      flush();
      read.push(live().textContent ?? '');
    });
    const text = 'It is 3. Then it stops.';
    await stream(
      model,
      ...['It is', ' 3. Then', ' it stops.'].map(text => ({
        event: 'words' as const,
        data: { text }
      })),
      { event: 'diagnosis', data: { ...DIAGNOSIS, explanation: text } }
    );
    expect([...new Set(read)]).toEqual(['', 'It is 3.', text]);
    flush();
    expect(find('prose').textContent).toBe(text);
    expect(find('explanation').getAttribute('aria-live')).toBe('off');
    expect(live().textContent).toBe('');
  });

  it('never asks for the layout of the page', async () => {
    const asked = jest.fn(() => 0);
    const names = ['scrollHeight', 'clientHeight', 'offsetHeight'] as const;
    names.forEach(name =>
      Object.defineProperty(HTMLElement.prototype, name, {
        configurable: true,
        get: asked
      })
    );
    const rect = jest.spyOn(HTMLElement.prototype, 'getBoundingClientRect');
    for (let index = 0; index < 50; index++) {
      const { model } = await card();
      model.say('Something new.');
      flush();
    }
    expect(asked).not.toHaveBeenCalled();
    expect(rect).not.toHaveBeenCalled();
    names.forEach(name => {
      delete (HTMLElement.prototype as unknown as Record<string, unknown>)[
        name
      ];
    });
    rect.mockRestore();
  });

  it.each(['server', 'connection', 'kernel'] as const)(
    'says what is lost, and connects again where that helps: %s',
    async lost => {
      const model = new DiagnosisModel({
        cellId: 'c',
        death: { kernelId: 'k', lost, ran: ['a'], running: true },
        diagnosis: lostDiagnosis(lost, ['a'], TRANS),
        error: { name: 'LostKernel', value: '' }
      });
      const { find, place } = await card(false, Promise.resolve(model));
      expect(find('headline').textContent).toBe(model.diagnosis!.headline);
      expect(seen(find('fix'))).toBe(lost === 'kernel');
      expect(seen(find('foot'))).toBe(false);
      expect(seen(find('judge'))).toBe(false);
      expect(seen(find('reconnect'))).toBe(lost === 'connection');
      find('reconnect').click();
      expect(place.reconnect).toHaveBeenCalledWith(model);
    }
  );
});
