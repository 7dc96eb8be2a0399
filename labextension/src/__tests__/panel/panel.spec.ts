import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { DoctorPanel } from '../../panel/panel';
import {
  addError,
  all,
  notebook,
  server,
  setApplied,
  settled,
  STATUS,
  toggle,
  TRANS
} from './kit';

jest.mock('../../icons', () => ({}));

function view(status = STATUS) {
  const one = notebook();
  const other = notebook();
  const tracker = {
    currentChanged: new Signal<object, unknown>({}),
    currentWidget: null as object | null
  };
  const notebooks = new Map<unknown, unknown>([
    [one.fake.panel, one.doctor],
    [other.fake.panel, other.doctor]
  ]);
  const memory = { changed: new Signal({}), list: jest.fn(async () => []) };
  const doctor = {
    auto: 'server',
    hints: () => false,
    isLocked: () => false,
    memory,
    of: (panel: unknown) => notebooks.get(panel) ?? null,
    server: server(status),
    settingsChanged: new Signal({}),
    showCards: true
  };
  const panel = new DoctorPanel({
    commands: { execute: jest.fn(), hasCommand: () => false },
    confirm: jest.fn(),
    doctor,
    tracker,
    trans: TRANS
  } as unknown as DoctorPanel.IOptions);
  panel.hide();
  Widget.attach(panel, document.body);
  const turnTo = (widget: object | null) => {
    tracker.currentWidget = widget;
    tracker.currentChanged.emit(widget);
    MessageLoop.flush();
  };
  const badge = () => panel.title.dataset['nbdoctor-errors'];
  const find = (name: string) => all(panel.node, name);
  return { badge, doctor, find, memory, one, other, panel, turnTo };
}

describe('DoctorPanel', () => {
  afterEach(() => document.body.replaceChildren());

  it('counts the open errors of the current notebook while it is closed', async () => {
    const { badge, find, one, other, panel, turnTo } = view();
    const model = await addError(one.doctor, 'c1', {});
    await addError(one.doctor, 'c2');
    turnTo(one.fake.panel);
    expect(badge()).toBe('2');
    expect(find('panel-item')).toHaveLength(0);
    setApplied(model);
    MessageLoop.flush();
    expect(badge()).toBe('1');
    expect(panel.title.caption).toBe('nbdoctor: 1 open error in this notebook');
    turnTo(other.fake.panel);
    expect(badge()).toBeUndefined();
    // What happens in the other notebook is not counted here.
    await addError(one.doctor, 'c3');
    MessageLoop.flush();
    expect(badge()).toBeUndefined();
    await addError(other.doctor, 'c1');
    MessageLoop.flush();
    expect(badge()).toBe('1');
    turnTo(null);
    expect(badge()).toBeUndefined();
  });

  it('draws all sections when it is open, each called by its heading', async () => {
    const { find, one, panel, turnTo } = view();
    await addError(one.doctor, 'c1');
    turnTo(one.fake.panel);
    panel.show();
    MessageLoop.flush();
    expect(find('panel-item')).toHaveLength(1);
    const names = find('section').map(
      node =>
        document.getElementById(node.getAttribute('aria-labelledby')!)
          ?.textContent
    );
    expect(names).toEqual([
      'What nbdoctor does',
      'Errors (1)',
      'Models',
      'History of fixes',
      'Settings'
    ]);
    expect(one.fake.kernel.load).toHaveBeenCalled();
  });

  it('asks again how the server stands where something was amiss', () => {
    const well = view();
    well.panel.show();
    expect(well.doctor.server.asked).toEqual([false]);
    const { doctor, panel } = view({ ...STATUS, model_configured: false });
    panel.show();
    panel.hide();
    panel.show();
    expect(doctor.server.asked).toEqual([true, true]);
  });

  it('asks what is kept when that has changed and is read', async () => {
    const { find, memory, panel } = view();
    memory.changed.emit(undefined);
    panel.show();
    MessageLoop.flush();
    expect(memory.list).not.toHaveBeenCalled();
    toggle(find('foldable')[1]);
    await settled();
    expect(memory.list).toHaveBeenCalled();
    memory.list.mockClear();
    memory.changed.emit(undefined);
    expect(memory.list).toHaveBeenCalledTimes(1);
    panel.hide();
    memory.changed.emit(undefined);
    expect(memory.list).toHaveBeenCalledTimes(1);
  });

  it('takes the focus to the errors when the introduction is put away', async () => {
    const { find, panel } = view();
    const set = jest.fn(async () => undefined);
    panel.configure({ composite: { welcomed: false }, set });
    panel.show();
    MessageLoop.flush();
    const [welcome, errors] = find('section');
    expect(welcome.hidden).toBe(false);
    welcome.querySelector('button')?.click();
    expect(welcome.hidden).toBe(true);
    expect(document.activeElement).toBe(errors.querySelector('h2'));
  });
});
