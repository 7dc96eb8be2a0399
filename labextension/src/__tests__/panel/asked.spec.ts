import { nullTranslator } from '@jupyterlab/translation';

import { asked, sent } from '../../panel/asked';
import type { Diagnosis, Prompt, Stage } from '../../protocol';

const TRANS = nullTranslator.load('nbdoctor');
const PROMPT: Prompt = {
  job: 'summarize',
  model: 'coder',
  messages: [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: 'Why? <b>x</b>' }
  ]
};
const STAGES: Stage[] = [
  { stage: 'rules', seconds: 0.01 },
  {
    stage: 'summarize',
    seconds: 1.234,
    model: 'coder',
    prompt_tokens: 90,
    cached_tokens: 60,
    completion_tokens: 7,
    outcome: 'done'
  }
];

function view(prompts: Prompt[], open = new Set<string>()) {
  const diagnosis = { id: 'r', headline: '', stages: STAGES } as Diagnosis;
  return asked({ cellId: 'c', diagnosis, prompts }, open, TRANS);
}

function toggle(details: HTMLDetailsElement, open: boolean): void {
  details.open = open;
  details.dispatchEvent(new Event('toggle'));
}

describe('asked', () => {
  it('is nothing where no model was asked', () => {
    expect(view([])).toBeNull();
  });

  it('draws what was sent when it is opened, as text', () => {
    const details = view([PROMPT, PROMPT]) as HTMLDetailsElement;
    expect(details.textContent).toBe('What the model was asked (2 requests)');
    toggle(details, true);
    const [first] = Array.from(
      details.querySelectorAll<HTMLDetailsElement>('.jp-nbdoctor-prompt')
    );
    expect(first.textContent).toBe('summarize, sent to coder');
    toggle(first, true);
    expect(first.querySelector('pre')?.textContent).toBe(
      '[system]\nYou help.\n\n[user]\nWhy? <b>x</b>'
    );
    expect(first.querySelector('b')).toBeNull();
  });

  it('shows the cost of each step', () => {
    const details = view([PROMPT]) as HTMLDetailsElement;
    toggle(details, true);
    const rows = Array.from(details.querySelectorAll('tr')).map(row =>
      Array.from(row.children).map(cell => cell.textContent)
    );
    expect(rows[1]).toEqual(['rules', '0.01', '', '', '', '']);
    expect(rows[2]).toEqual(['summarize', '1.23', '90', '60', '7', 'done']);
  });

  it('stays open when it is drawn anew', () => {
    const open = new Set<string>();
    toggle(view([PROMPT], open) as HTMLDetailsElement, true);
    const again = view([PROMPT], open) as HTMLDetailsElement;
    expect(again.open).toBe(true);
    expect(again.querySelector('.jp-nbdoctor-prompt')).not.toBeNull();
    toggle(again, false);
    expect((view([PROMPT], open) as HTMLDetailsElement).open).toBe(false);
  });

  it('saves the figures and nothing else', async () => {
    const blobs: Blob[] = [];
    URL.createObjectURL = (blob: Blob) => {
      blobs.push(blob);
      return 'blob:x';
    };
    URL.revokeObjectURL = () => undefined;
    const clicked = jest
      .spyOn(HTMLAnchorElement.prototype, 'click')
      .mockImplementation(() => undefined);
    const details = view([PROMPT]) as HTMLDetailsElement;
    toggle(details, true);
    details.querySelector<HTMLButtonElement>('.jp-nbdoctor-save')?.click();
    expect(clicked).toHaveBeenCalledTimes(1);
    expect(blobs[0].size).toBe(JSON.stringify(STAGES, null, 2).length);
    clicked.mockRestore();
  });

  it('has a request without messages as nothing', () => {
    expect(sent({ job: 'fix', model: 'm' })).toBe('');
  });
});
