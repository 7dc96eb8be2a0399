import { CardPointer } from '../../card/pointer';
import type { DiagnosisModel } from '../../errors/model';
import {
  context,
  diagnosed,
  DIAGNOSIS,
  flush,
  newError,
  seen,
  stream
} from './kit';

/** A pointer above a traceback of this height. */
function pointer(model: DiagnosisModel, height: number, hints = false) {
  const traceback = document.createElement('div');
  Object.defineProperty(traceback, 'offsetHeight', { value: height });
  const go = jest.fn();
  const { context: shared, fakes } = context(model, hints);
  const one = new CardPointer(shared, traceback, go);
  flush();
  const button = one.node.querySelector('button')!;
  return { ...fakes, button, go };
}

const LONG = window.innerHeight;

describe('CardPointer', () => {
  it('says the headline above a long traceback and goes to the card', async () => {
    const { button, go } = pointer(await diagnosed(), LONG);
    expect(seen(button)).toBe(true);
    expect(button.textContent).toBe('revenu is not defined.');
    button.click();
    expect(go).toHaveBeenCalled();
  });

  it('is not there above a short one', async () => {
    const { button } = pointer(await diagnosed(), LONG / 4);
    expect(seen(button)).toBe(false);
  });

  it('waits for a diagnosis', async () => {
    const model = newError();
    const { button } = pointer(model, LONG);
    expect(seen(button)).toBe(false);
    await stream(model, { event: 'diagnosis', data: DIAGNOSIS });
    flush();
    expect(seen(button)).toBe(true);
  });

  it('gives nothing away to somebody who learns', async () => {
    const { button } = pointer(await diagnosed(), LONG, true);
    expect(button.textContent).toBe('Look at line 1.');
  });

  it('follows the setting', async () => {
    const { button, doctor, place } = pointer(await diagnosed(), LONG);
    place.hints = true;
    doctor.settingsChanged.emit(undefined as never);
    flush();
    expect(button.textContent).toBe('Look at line 1.');
  });
});
