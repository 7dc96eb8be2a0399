import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { button, element, setProse, setText } from '../dom';
import {
  autoSentence,
  cardsSentence,
  correctionsSentence,
  hintsSentence,
  trialsSentence
} from './sentences';
import type { IPanelSection } from './section';
import { foldableSection } from './section';
import type { Auto, IDoctor, INotebookPlace } from '../tokens';

/** JupyterLab's own editor of settings; Notebook 7 has none beside a notebook. */
const EDITOR = 'settingeditor:open';

/** The settings in plain words, with a control where the person may change them. */
export class SettingsSection implements IPanelSection {
  /**
   * @param options - Whose settings they are.
   */
  constructor(options: SettingsSection.IOptions) {
    this._options = options;
    const { commands, trans } = options;
    const { body, node } = foldableSection(
      'settings',
      trans.__('Settings'),
      true
    );
    this.node = node;
    this._auto = new SettingRow(
      this._select(),
      trans.__('When a cell fails'),
      trans
    );
    this._hints = this._check('hints', trans.__('Learn: a hint first'));
    this._cards = this._check('showCards', trans.__('Cards below errors'));
    this._editor = button(
      'jp-nbdoctor-panel-button',
      trans.__('All settings'),
      () => {
        void commands.execute(EDITOR, { query: 'nbdoctor' });
      }
    );
    this._trouble.setAttribute('role', 'status');
    this._trouble.hidden = true;
    const rows = [this._auto, this._hints, this._cards];
    body.append(
      ...rows.map(row => row.node),
      this._trials,
      this._corrections,
      this._configured,
      this._trouble,
      this._editor
    );
  }

  readonly node: HTMLElement;

  /** Take the settings over; until then no control can be used. */
  configure(settings: SettingsSection.ISettings): void {
    this._settings = settings;
    this.render(this._notebook);
  }

  render(notebook: INotebookPlace | null): void {
    this._notebook = notebook;
    const { commands, doctor, trans } = this._options;
    const { status } = doctor.server;
    const known = !!this._settings;

    const autoLocked = doctor.isLocked('auto');
    const auto = (autoLocked && status?.auto) || doctor.auto;
    const does = autoSentence(auto, status, autoLocked, trans);
    this._auto.render(auto, does, autoLocked, known);

    const hintsLocked = doctor.isLocked('hints') || !!status?.hints;
    const hints = hintsLocked
      ? !!status?.hints
      : this._settings?.composite.hints === true;
    const here = !!notebook && doctor.hints(notebook.panel);
    const said = hintsSentence(hints, here, trans);
    this._hints.render(hints, said, hintsLocked, known);

    const { showCards } = doctor;
    const shows = cardsSentence(showCards, trans);
    this._cards.render(showCards, shows, doctor.isLocked('cards'), known);

    const { confinement } = notebook?.kernel ?? {};
    const tried = confinement?.sentence ?? trialsSentence(status, trans);
    setText(this._trials, tried);
    setText(this._corrections, correctionsSentence(status, trans));
    setProse(
      this._configured,
      trans.__(
        "These two are set in Jupyter's configuration: `c.NBDoctor.trials` and `c.NBDoctor.corrections`."
      )
    );
    this._editor.hidden = !commands.hasCommand(EDITOR);
  }

  private _select(): HTMLSelectElement {
    const { trans } = this._options;
    const select = element('select', 'jp-nbdoctor-select');
    const choices: [Auto, string][] = [
      ['server', trans.__('As the Jupyter server is configured')],
      ['off', trans.__('Nothing: offer a diagnosis')],
      ['rules', trans.__('Diagnose with the rules')],
      ['model', trans.__('Diagnose with the rules and the model')]
    ];
    choices.forEach(([value, label]) => select.add(new Option(label, value)));
    select.addEventListener('change', () => this._set('auto', select.value));
    return select;
  }

  private _check(name: 'hints' | 'showCards', label: string): SettingRow {
    const check = element('input', 'jp-nbdoctor-check-box');
    check.type = 'checkbox';
    check.addEventListener('change', () => this._set(name, check.checked));
    return new SettingRow(check, label, this._options.trans);
  }

  private _set(name: string, value: boolean | string): void {
    const { trans } = this._options;
    setText(this._trouble, '');
    this._settings?.set(name, value).catch(reason => {
      console.warn('nbdoctor: a setting was not saved.', reason);
      setText(
        this._trouble,
        trans.__(
          'The setting could not be saved: Jupyter may not write to its folder of settings.'
        )
      );
      this.render(this._notebook);
    });
  }

  private readonly _auto: SettingRow;
  private readonly _cards: SettingRow;
  private readonly _configured = element('p', 'jp-nbdoctor-setting-note');
  private readonly _corrections = element('p', 'jp-nbdoctor-setting-said');
  private readonly _editor: HTMLButtonElement;
  private readonly _hints: SettingRow;
  private _notebook: INotebookPlace | null = null;
  private readonly _options: SettingsSection.IOptions;
  private _settings: SettingsSection.ISettings | null = null;
  private readonly _trials = element(
    'p',
    'jp-nbdoctor-setting-said jp-nbdoctor-panel-confinement'
  );
  private readonly _trouble = element('p', 'jp-nbdoctor-setting-trouble');
}

/** The namespace for `SettingsSection`'s options. */
export namespace SettingsSection {
  /** Whose settings they are. */
  export interface IOptions {
    commands: Pick<CommandRegistry, 'execute' | 'hasCommand'>;
    doctor: Pick<
      IDoctor,
      'auto' | 'hints' | 'isLocked' | 'server' | 'showCards'
    >;
    trans: TranslationBundle;
  }

  /** Where the person's settings are read and written. */
  export type ISettings = Pick<ISettingRegistry.ISettings, 'composite' | 'set'>;
}

/** A setting: its control, what it means as it is now, and whether the administrator has fixed it. */
class SettingRow {
  /**
   * @param control - A checkbox or a choice.
   * @param label - What the setting is called.
   * @param trans - The translation.
   */
  constructor(
    control: HTMLInputElement | HTMLSelectElement,
    label: string,
    trans: TranslationBundle
  ) {
    this._control = control;
    this._trans = trans;
    const name = element('label', 'jp-nbdoctor-setting-label');
    const text = element('span', '', label);
    name.append(
      ...(control.type === 'checkbox' ? [control, text] : [text, control])
    );
    this._said.id = `nbdoctor-setting-${SettingRow._count++}`;
    this._fixed.id = `${this._said.id}-fixed`;
    control.setAttribute(
      'aria-describedby',
      `${this._said.id} ${this._fixed.id}`
    );
    this.node.append(name, this._said, this._fixed);
  }

  readonly node = element('div', 'jp-nbdoctor-setting');

  /**
   * Show a value.
   *
   * @param value - The value that holds.
   * @param sentence - What it means.
   * @param locked - Whether the administrator has fixed it.
   * @param known - Whether the person's settings are there.
   */
  render(
    value: boolean | string,
    sentence: string,
    locked: boolean,
    known: boolean
  ): void {
    const control = this._control;
    if (typeof value === 'string') {
      control.value = value;
    } else {
      (control as HTMLInputElement).checked = value;
    }
    control.disabled = locked || !known;
    setText(this._said, sentence);
    setText(
      this._fixed,
      locked ? this._trans.__('Set by your administrator.') : ''
    );
  }

  private readonly _control: HTMLInputElement | HTMLSelectElement;
  private readonly _fixed = element('p', 'jp-nbdoctor-setting-note');
  private readonly _said = element('p', 'jp-nbdoctor-setting-said');
  private readonly _trans: TranslationBundle;
  private static _count = 0;
}
