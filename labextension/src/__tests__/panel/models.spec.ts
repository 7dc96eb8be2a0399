import { isWell, ModelsSection } from '../../panel/models';
import type { ServerStatus } from '../../protocol';
import type { IServerState } from '../../tokens';
import { all, server, settled, STATUS, TRANS } from './kit';

const MODELS: ServerStatus = {
  ...STATUS,
  models: [
    {
      jobs: ['summarize', 'categorize', 'fix', 'python'],
      model: 'coder',
      machine: ''
    },
    {
      jobs: ['extract'],
      model: '<b>small</b>',
      machine: 'gpu.example',
      trouble: { code: 'x', message: 'No answer.', hint: 'Start it.' }
    }
  ]
};

function view(state = server(MODELS)) {
  const known = state as unknown as IServerState;
  const section = new ModelsSection(known, TRANS);
  document.body.replaceChildren(section.node);
  section.render();
  const text = (name: string) =>
    all(section.node, name).map(node => node.textContent);
  return { known, section, state, text };
}

describe('ModelsSection', () => {
  it('says of each model what it does and how it stands', () => {
    const { section, text } = view();
    expect(text('panel-said')).toEqual([
      'nbdoctor 0.1 answers from its rules.'
    ]);
    expect(text('model')).toEqual([
      'coder on this machine: explains errors, sorts them by kind, proposes fixes. Ready.',
      '<b>small</b> on gpu.example: puts answers into form. Not available: No answer. Start it.'
    ]);
    const health = all(section.node, 'model').map(item => item.dataset.health);
    expect(health).toEqual(['ready', 'trouble']);
  });

  it('says what to do where there is no model', () => {
    const { text } = view(server({ ...STATUS, model_configured: false }));
    expect(text('panel-said')[0]).toBe(
      'nbdoctor 0.1 answers from its rules. No model is configured. ' +
        'To add one on this machine, run nbdoctor serve in a terminal.'
    );
    expect(text('model')).toEqual([]);
  });

  it('says what is the matter with the server part, and no model then', () => {
    const trouble = { code: 'network', message: 'cut' };
    const { text } = view(server(MODELS, trouble));
    expect(text('panel-said')).toEqual(['The Jupyter server did not answer.']);
    expect(text('model')).toEqual([]);
  });

  it('looks again, once at a time, and keeps the focus', async () => {
    const { section, state, text } = view();
    const [button] = all(section.node, 'panel-button');
    button.focus();
    button.click();
    button.click();
    expect(button.textContent).toBe('Looking…');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    state.status = { ...MODELS, models: MODELS.models!.slice(0, 1) };
    await settled();
    expect(state.asked).toEqual([true]);
    expect(button.textContent).toBe('Look again');
    expect(text('model')).toHaveLength(1);
    expect(document.activeElement).toBe(button);
  });

  it('knows when all is well', () => {
    const well = (status: ServerStatus | null, trouble?: { code: string }) =>
      isWell(server(status, trouble as never) as unknown as IServerState);
    expect(well(STATUS)).toBe(true);
    expect(well(null)).toBe(false);
    expect(well(MODELS)).toBe(false);
    expect(well(STATUS, { code: 'network' })).toBe(false);
    expect(well({ ...STATUS, model_configured: false })).toBe(false);
    const model_trouble = { code: 'x', message: '' };
    expect(well({ ...STATUS, model_trouble })).toBe(false);
  });
});
