import { CardFoot } from '../../card/foot';
import type { Diagnosis, ServerStatus } from '../../protocol';
import { context, diagnosed, seen, show, STATUS } from './kit';

afterEach(() => document.body.replaceChildren());

const MODEL: ServerStatus = { ...STATUS, model_configured: true, model: 'm' };

async function foot(
  diagnosis: Partial<Diagnosis> = {},
  status = MODEL,
  hints = false
) {
  const all = context(await diagnosed(diagnosis), hints);
  all.fakes.doctor.server.status = status;
  const part = new CardFoot(all.context);
  const find = show(part, all.context);
  return { ...all, ...all.fakes, find, part };
}

describe('CardFoot', () => {
  it('asks the model at once where it has not spoken', async () => {
    const { find, model, place } = await foot();
    expect(find('ask').textContent).toBe('Ask the model');
    find('ask').click();
    expect(place.diagnose).toHaveBeenCalledWith(model, 'always');
    expect(find('form')).toBeNull();
  });

  it('asks again with what the person says', async () => {
    const { find, model, place } = await foot({ origin: 'model' });
    expect(find('ask').textContent).toBe('Ask again…');
    find('ask').click();
    expect(place.diagnose).not.toHaveBeenCalled();
    expect(find('question').textContent).toBe('What should the model know?');
    const answer = find('answer') as HTMLTextAreaElement;
    expect(document.activeElement).toBe(answer);
    answer.value = 'the data is in euros';
    find('form').dispatchEvent(new Event('submit', { cancelable: true }));
    expect(place.diagnose).toHaveBeenCalledWith(
      model,
      'always',
      'the data is in euros'
    );
    expect(document.activeElement).toBe(find('ask'));
  });

  it('asks nothing where no model is configured, or the administrator has turned it off', async () => {
    expect(seen((await foot({}, STATUS)).find('ask'))).toBe(false);
    const { doctor, find, part } = await foot();
    expect(seen(find('ask'))).toBe(true);
    doctor.isLocked.mockReturnValue(true);
    part.render();
    expect(seen(find('ask'))).toBe(false);
    doctor.server.status = { ...MODEL, auto: 'model' };
    part.render();
    expect(seen(find('ask'))).toBe(true);
  });

  it('says neither facts nor who says so as long as a hint is shown', async () => {
    const { find, model } = await foot({}, MODEL, true);
    ['details', 'ask', 'origin'].forEach(name =>
      expect(seen(find(name))).toBe(false)
    );
    expect(find('facts').textContent).toBe('');
    model.show('explanation');
    expect(find('facts').textContent).toBe('revenue is an int.');
    expect(seen(find('ask'))).toBe(true);
    expect(find('origin').textContent).toBe("From nbdoctor's rules");
  });
});
