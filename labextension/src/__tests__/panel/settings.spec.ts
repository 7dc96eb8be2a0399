import type { SettingsSection as Section } from '../../panel/settings';
import { SettingsSection } from '../../panel/settings';
import type { Auto, Setting } from '../../tokens';
import { all, notebook, server, settled, STATUS, TRANS } from './kit';

function view(status = STATUS, locked: Setting[] = []) {
  const doctor = {
    auto: 'server' as Auto,
    hints: jest.fn(() => false),
    isLocked: (setting: Setting) => locked.includes(setting),
    server: server(status),
    showCards: true
  };
  const commands = { execute: jest.fn(), hasCommand: jest.fn(() => true) };
  const options = { commands, doctor, trans: TRANS };
  const section = new SettingsSection(options as unknown as Section.IOptions);
  const set = jest.fn(async () => undefined);
  const composite = { auto: 'server', hints: false, showCards: true };
  const { doctor: here, fake } = notebook();
  document.body.replaceChildren(section.node);
  const configure = () => {
    section.configure({ composite, set });
    section.render(here);
  };
  const rows = () =>
    all(section.node, 'setting').map(row => ({
      control: row.querySelector<HTMLInputElement>('input, select')!,
      label: row.querySelector('label span')!.textContent,
      said: Array.from(row.querySelectorAll('p'))
        .filter(({ hidden }) => !hidden)
        .map(node => node.textContent)
    }));
  const find = (name: string) => all(section.node, name)[0];
  return {
    commands,
    composite,
    configure,
    doctor,
    fake,
    find,
    here,
    rows,
    section,
    set
  };
}

function change(control: HTMLInputElement, value: boolean | string): void {
  if (typeof value === 'string') {
    control.value = value;
  } else {
    control.checked = value;
  }
  control.dispatchEvent(new Event('change'));
}

describe('SettingsSection', () => {
  it('says in plain words what is set', () => {
    const { configure, doctor, here, rows, section } = view();
    configure();
    expect(rows().map(({ label, said }) => [label, ...said])).toEqual([
      [
        'When a cell fails',
        "nbdoctor's rules look at the error at once. Where they have no fix, the model is asked."
      ],
      [
        'Learn: a hint first',
        'A card shows the explanation and the fix at once.'
      ],
      [
        'Cards below errors',
        'Diagnoses are shown below the error and listed here.'
      ]
    ]);
    doctor.auto = 'off';
    doctor.showCards = false;
    doctor.hints.mockReturnValue(true);
    section.render(here);
    expect(rows().map(({ said }) => said[0])).toEqual([
      'Nothing happens until you ask for a diagnosis.',
      'This notebook asks for a hint first.',
      'Diagnoses are listed here only.'
    ]);
    expect(rows()[0].control.value).toBe('off');
    expect(rows()[2].control.checked).toBe(false);
  });

  it('changes the settings of the person', () => {
    const { configure, rows, set } = view();
    configure();
    const [auto, hints, cards] = rows().map(({ control }) => control);
    change(auto, 'rules');
    change(hints, true);
    change(cards, false);
    expect(set.mock.calls).toEqual([
      ['auto', 'rules'],
      ['hints', true],
      ['showCards', false]
    ]);
  });

  it('offers no control before the settings are there', () => {
    const { configure, here, rows, section } = view();
    section.render(here);
    expect(rows().every(({ control }) => control.disabled)).toBe(true);
    configure();
    expect(rows().some(({ control }) => control.disabled)).toBe(false);
  });

  it('shows what the administrator has fixed, and lets it be', () => {
    const { configure, rows } = view(
      { ...STATUS, auto: 'rules', hints: true },
      ['auto', 'cards']
    );
    configure();
    const [auto, hints, cards] = rows();
    for (const { control, said } of [auto, hints, cards]) {
      expect(control.disabled).toBe(true);
      expect(said[1]).toBe('Set by your administrator.');
      expect(control.getAttribute('aria-describedby')).toContain('-fixed');
    }
    expect(auto.control.value).toBe('rules');
    expect(auto.said[0]).toBe(
      "nbdoctor's rules look at the error at once. No model is asked."
    );
    expect(hints.control.checked).toBe(true);
    expect(cards.control.checked).toBe(true);
  });

  it('says where a setting could not be saved, and shows the one that holds', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const { configure, find, rows, set } = view();
    configure();
    expect(find('setting-trouble').hidden).toBe(true);
    set.mockRejectedValueOnce(new Error('read-only'));
    change(rows()[1].control, true);
    await settled();
    expect(find('setting-trouble').textContent).toContain('not be saved');
    expect(rows()[1].control.checked).toBe(false);
    change(rows()[1].control, true);
    expect(find('setting-trouble').hidden).toBe(true);
    warn.mockRestore();
  });

  it('says how fixes are tried, in the words of the kernel where it has spoken', () => {
    const { configure, fake, find, here, section } = view({
      ...STATUS,
      trials: 'basic',
      corrections: false
    });
    configure();
    const confinement = find('panel-confinement');
    expect(confinement.textContent).toContain('except those that write files');
    expect(section.node.textContent).toContain(
      'What you do with fixes is not kept.'
    );
    Object.assign(fake.kernel, {
      confinement: { sentence: 'Nothing gets out.' }
    });
    section.render(here);
    expect(confinement.textContent).toBe('Nothing gets out.');
  });

  it("opens JupyterLab's own editor where there is one", () => {
    const { commands, configure, find, here, section } = view();
    configure();
    const editor = find('panel-button');
    expect(editor.hidden).toBe(false);
    editor.click();
    expect(commands.execute).toHaveBeenCalledWith('settingeditor:open', {
      query: 'nbdoctor'
    });
    commands.hasCommand.mockReturnValue(false);
    section.render(here);
    expect(editor.hidden).toBe(true);
  });
});
