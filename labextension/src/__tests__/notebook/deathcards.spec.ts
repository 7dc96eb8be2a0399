import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { NotebookErrors } from '../../errors/errors';
import { DeathCards } from '../../notebook/deathcards';
import type { INotebookPlace } from '../../tokens';
import { context, newError } from '../card/kit';

const tick = () => new Promise(resolve => setTimeout(resolve));
const ERROR = { name: 'DeadKernel', value: '' };
const DEATH = { kernelId: 'k', ran: [], running: true };

function bench() {
  const { fakes } = context(newError());
  const errors = new NotebookErrors();
  const layout = new PanelLayout();
  const cell = Object.assign(new Widget(), {
    model: { id: 'c' },
    ready: Promise.resolve()
  });
  cell.layout = layout;
  const footer = new Widget();
  layout.addWidget(new Widget());
  layout.addWidget(footer);
  const panel = { content: { widgets: [cell] }, disposed: new Signal({}) };
  const doctor = { ...fakes.doctor, showCards: true };
  const place = { ...fakes.place, errors } as unknown as INotebookPlace;
  new DeathCards(panel as unknown as NotebookPanel, place, {
    doctor: doctor as never,
    languages: null,
    trans: fakes.trans
  });
  const card = () => cell.node.querySelector('.jp-nbdoctor-card');
  return { card, cell, doctor, errors, footer, layout };
}

describe('DeathCards', () => {
  it('stands at the end of the cell, and goes with the error', async () => {
    const { card, errors, footer, layout } = bench();
    errors.add({ cellId: 'c', death: DEATH, error: ERROR });
    await tick();
    expect(card()).not.toBeNull();
    expect(layout.widgets[layout.widgets.length - 1]).toBe(footer);
    errors.remove('c');
    expect(card()).toBeNull();
  });

  it('leaves errors of the code to the traceback, and cells that are gone alone', async () => {
    const { card, errors } = bench();
    errors.add({ cellId: 'c', error: ERROR });
    errors.add({ cellId: 'gone', death: DEATH, error: ERROR });
    await tick();
    expect(card()).toBeNull();
  });

  it('follows the settings, and the person who puts it away', async () => {
    const { card, doctor, errors } = bench();
    const model = errors.add({ cellId: 'c', death: DEATH, error: ERROR });
    doctor.showCards = false;
    doctor.settingsChanged.emit(undefined as never);
    await tick();
    expect(card()).toBeNull();
    doctor.showCards = true;
    doctor.settingsChanged.emit(undefined as never);
    await tick();
    expect(card()).not.toBeNull();
    model.hide();
    expect(card()).toBeNull();
  });
});
