import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';

import schema from '../../schema/plugin.json';
import { addCommands, CommandIDs } from '../commands';
import { DiagnosisModel } from '../errors/model';
import {
  context,
  diagnosed,
  FIX,
  STATUS,
  stream,
  DIAGNOSIS,
  TRANS
} from './card/kit';

async function bench(hints = false, model = diagnosed(), inConsole = false) {
  const { cell, context: shared, fakes } = context(await model, hints);
  const { doctor, place } = fakes;
  Object.assign(doctor, { at: () => shared.place, of: () => shared.place });
  Object.assign(place, {
    errors: { all: () => [fakes.model], get: () => fakes.model }
  });
  const commands = new CommandRegistry();
  const panel = { node: cell.node };
  const app = {
    commands,
    shell: {
      activateById: jest.fn(),
      currentWidget: inConsole ? panel : cell
    }
  } as unknown as JupyterFrontEnd;
  const listed: string[] = [];
  const palette = {
    addItem: ({ command }: { command: string }) => listed.push(command)
  } as unknown as ICommandPalette;
  const tracker = {
    activeCell: inConsole ? null : cell,
    currentWidget: place.panel
  } as unknown as INotebookTracker;
  addCommands({
    app,
    consoles: { currentWidget: panel } as unknown as IConsoleTracker,
    doctor: shared.doctor,
    palette,
    panelId: 'p',
    tracker,
    trans: TRANS
  });
  const enabled = () =>
    Object.values(CommandIDs).filter(id => commands.isEnabled(id));
  return { ...fakes, cell, commands, enabled, listed };
}

describe('addCommands', () => {
  it('lists each command in the palette, with a label', async () => {
    const { commands, listed } = await bench();
    expect(listed).toEqual(Object.values(CommandIDs));
    listed.forEach(id => expect(commands.label(id)).not.toBe(''));
  });

  it('has a command for each shortcut, and no shortcut twice', () => {
    const shortcuts = schema['jupyter.lab.shortcuts'];
    const ids: string[] = Object.values(CommandIDs);
    shortcuts.forEach(({ command }) => expect(ids).toContain(command));
    const keys = shortcuts.map(shortcut => shortcut.keys.join(' '));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    [CommandIDs.diagnoseCell, 'diagnose'],
    [CommandIDs.fixCell, 'apply'],
    [CommandIDs.applyText, 'applyText']
  ] as const)('carries out %s', async (id, name) => {
    const { commands, model, place } = await bench();
    await commands.execute(id);
    expect(place[name].mock.calls[0][0]).toBe(model);
  });

  it('gives no fix away before it is shown', async () => {
    const { commands, enabled, model, place } = await bench(true);
    expect(enabled()).not.toContain(CommandIDs.fixCell);
    expect(enabled()).not.toContain(CommandIDs.applyText);
    await commands.execute(CommandIDs.fixCell);
    expect(place.apply).not.toHaveBeenCalled();
    await commands.execute(CommandIDs.showNext);
    expect(model.rung).toBe('explanation');
    expect(enabled()).not.toContain(CommandIDs.fixCell);
    await commands.execute(CommandIDs.showNext);
    expect(enabled()).toContain(CommandIDs.fixCell);
    expect(enabled()).not.toContain(CommandIDs.showNext);
  });

  it('asks the model where one is configured', async () => {
    const { commands, doctor, enabled, model, place } = await bench();
    expect(enabled()).not.toContain(CommandIDs.askModel);
    doctor.server.status = { ...STATUS, model_configured: true };
    await commands.execute(CommandIDs.askModel);
    expect(place.diagnose).toHaveBeenCalledWith(model, 'always');
  });

  it('takes a fix back where one was carried out', async () => {
    const { commands, enabled, model, place } = await bench();
    expect(enabled()).not.toContain(CommandIDs.undoFix);
    model.setApplied(
      {
        ok: true,
        failedAt: null,
        edits: [{ cellId: 'c', before: 'a', after: 'b' }],
        inserted: [],
        reran: false,
        installSentence: '',
        restartNeeded: false
      },
      ''
    );
    expect(enabled()).not.toContain(CommandIDs.fixCell);
    await commands.execute(CommandIDs.undoFix);
    expect(place.undo).toHaveBeenCalledWith(model);
  });

  it('puts the card away and goes back to the cell', async () => {
    const { cell, commands, enabled, model } = await bench();
    document.body.append(cell.node);
    await commands.execute(CommandIDs.dismiss);
    expect(model.hidden).toBe(true);
    expect(document.activeElement).toBe(cell.node);
    expect(enabled()).not.toContain(CommandIDs.focusCard);
  });

  it('goes into the card', async () => {
    const { cell, commands, place } = await bench();
    document.body.append(cell.node);
    const card = document.createElement('div');
    card.className = 'jp-nbdoctor-card';
    card.dataset.cell = 'c';
    card.innerHTML =
      '<div hidden><button class="jp-nbdoctor-next"></button></div><button class="jp-nbdoctor-fix"></button>';
    cell.node.append(card);
    await commands.execute(CommandIDs.focusCard);
    expect(place.reveal).toHaveBeenCalledWith('c');
    expect(document.activeElement?.className).toBe('jp-nbdoctor-fix');
  });

  it('is about the newest error in a console, where there is nothing to undo', async () => {
    const { commands, enabled, model, place } = await bench(
      false,
      diagnosed(),
      true
    );
    place.editable = false;
    await commands.execute(CommandIDs.fixCell);
    expect(place.apply).toHaveBeenCalledWith(model);
    const edits = [{ cellId: 'c', before: '', after: 'x' }];
    model.setApplied(
      {
        ok: true,
        failedAt: null,
        edits,
        inserted: [],
        reran: true,
        installSentence: '',
        restartNeeded: false
      },
      ''
    );
    expect(enabled()).not.toContain(CommandIDs.undoFix);
  });

  it('can do nothing where there is no error', async () => {
    const { enabled, place } = await bench();
    Object.assign(place, { errors: { all: () => [], get: () => null } });
    expect(enabled()).toEqual([CommandIDs.showPanel]);
  });
});

describe('going from error to error', () => {
  async function errors(active: number) {
    const one = await bench();
    const all = new Map<string, DiagnosisModel>();
    const { content } = one.place.panel;
    Object.assign(content, {
      activeCellIndex: active,
      widgets: [0, 1, 2, 3, 4].map(index => ({ model: { id: `c${index}` } }))
    });
    for (const cellId of ['c1', 'c3', 'c4']) {
      const model = new DiagnosisModel({
        cellId,
        error: { name: 'NameError', value: '' }
      });
      await stream(model, {
        event: 'diagnosis',
        data: { ...DIAGNOSIS, fixes: [FIX] }
      });
      all.set(cellId, model);
    }
    all.get('c4')!.hide();
    Object.assign(one.place, {
      errors: { all: () => [...all.values()], get: (id: string) => all.get(id) }
    });
    return one;
  }

  it.each([
    [0, CommandIDs.nextError, 'c1'],
    [1, CommandIDs.nextError, 'c3'],
    [3, CommandIDs.nextError, 'c1'],
    [0, CommandIDs.previousError, 'c3'],
    [3, CommandIDs.previousError, 'c1']
  ])('from cell %s by %s', async (active, id, expected) => {
    const { commands, place } = await errors(active);
    await commands.execute(id);
    expect(place.reveal).toHaveBeenCalledWith(expected);
  });
});
