import { Title, Widget } from '@lumino/widgets';

import { isOpen, setBadge } from '../../panel/badge';
import { addError, notebook, setApplied, TRANS } from './kit';

describe('the badge', () => {
  it('says how many errors are open, and keeps what else the tab holds', () => {
    const title = new Title<Widget>({ owner: new Widget() });
    title.dataset = { id: 'nbdoctor-panel' };
    const changed = jest.fn();
    setBadge(title, 0, TRANS);
    title.changed.connect(changed);
    setBadge(title, 0, TRANS);
    expect(changed).not.toHaveBeenCalled();
    setBadge(title, 2, TRANS);
    expect(title.dataset).toEqual({
      id: 'nbdoctor-panel',
      'nbdoctor-errors': '2'
    });
    expect(title.caption).toBe('nbdoctor: 2 open errors in this notebook');
    setBadge(title, 100, TRANS);
    expect(title.dataset['nbdoctor-errors']).toBe('99+');
    setBadge(title, 0, TRANS);
    expect(title.dataset).toEqual({ id: 'nbdoctor-panel' });
    expect(title.caption).toBe('nbdoctor: errors of this notebook');
  });

  it('counts what still wants something', async () => {
    const { doctor } = notebook();
    const model = await addError(doctor, 'c1', {});
    expect(isOpen(model)).toBe(true);
    setApplied(model, true);
    expect(isOpen(model)).toBe(true);
    setApplied(model);
    expect(isOpen(model)).toBe(false);
    model.setUndone('');
    expect(isOpen(model)).toBe(true);
    model.hide();
    expect(isOpen(model)).toBe(false);
  });
});
