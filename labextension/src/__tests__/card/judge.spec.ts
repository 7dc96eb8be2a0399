import { CardJudge } from '../../card/judge';
import { context, diagnosed, newError, seen, show, STATUS } from './kit';

afterEach(() => document.body.replaceChildren());

async function judge(model = diagnosed(), hints = false) {
  const all = context(await model, hints);
  const part = new CardJudge(all.context);
  const find = show(part, all.context);
  return { ...all, ...all.fakes, find, part };
}

describe('CardJudge', () => {
  it('asks where a diagnosis is settled', async () => {
    const { find } = await judge();
    expect(find('judge-row').textContent).toContain('Was this right?');
    expect(seen(find('yes'))).toBe(true);
    const { find: findNothing } = await judge(Promise.resolve(newError()));
    expect(seen(findNothing('yes'))).toBe(false);
  });

  it('does not ask before all is shown', async () => {
    const { find, model } = await judge(diagnosed(), true);
    expect(seen(find('yes'))).toBe(false);
    model.show('explanation');
    expect(seen(find('yes'))).toBe(false);
    model.show('solution');
    expect(seen(find('yes'))).toBe(true);
  });

  it('does not ask where nothing is kept', async () => {
    const { doctor, find, part } = await judge();
    doctor.server.status = { ...STATUS, corrections: false };
    part.render();
    expect(seen(find('yes'))).toBe(false);
  });

  it('takes a yes, says thank you, and asks no more', async () => {
    const { find, model, place } = await judge();
    find('yes').click();
    expect(place.judge).toHaveBeenCalledWith(model, true);
    model.setJudged('Thank you.');
    expect(seen(find('yes'))).toBe(false);
    expect(seen(find('notice'))).toBe(true);
    expect(find('notice').textContent).toBe('Thank you.');
    expect(find('notice').getAttribute('role')).toBe('status');
  });

  it('asks what it should have been where it was not right', async () => {
    const { find, model, place } = await judge();
    find('no').focus();
    find('no').click();
    const answer = find('answer') as HTMLTextAreaElement;
    expect(document.activeElement).toBe(answer);
    expect(place.judge).not.toHaveBeenCalled();
    answer.value = 'the other name';
    find('form').dispatchEvent(new Event('submit', { cancelable: true }));
    expect(place.judge).toHaveBeenCalledWith(model, false, 'the other name');
    expect(document.activeElement).toBe(find('no'));
  });

  it('puts the question away while something goes on, and asks again after a new answer', async () => {
    const { find, model } = await judge();
    find('no').click();
    const signal = model.setApplying();
    expect(signal.aborted).toBe(false);
    expect(seen(find('form'))).toBe(false);
    expect(seen(find('no'))).toBe(false);
    model.setRefused('failed', 'A cell failed.');
    expect(seen(find('no'))).toBe(true);
    expect(seen(find('form'))).toBe(false);
  });
});
