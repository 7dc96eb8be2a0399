import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element } from '../dom';
import { folded } from './folded';
import type { Prompt, Stage } from '../protocol';
import { saveText } from './save';
import type { ErrorState } from '../errors/state';

/**
 * What a model was sent about one error, exactly, and what each step cost; drawn when it is opened.
 *
 * @param model - The error.
 * @param open - What is open, by name; kept by the caller, since views are drawn anew.
 * @returns Nothing where no model was asked.
 */
export function asked(
  model: Pick<ErrorState, 'cellId' | 'diagnosis' | 'prompts'>,
  open: Set<string>,
  trans: TranslationBundle
): HTMLElement | null {
  const { prompts } = model;
  if (!prompts.length) {
    return null;
  }
  const label = trans._n(
    'What the model was asked (%1 request)',
    'What the model was asked (%1 requests)',
    prompts.length,
    prompts.length
  );
  return folded('jp-nbdoctor-asked', label, model.cellId, open, () => {
    const stages = model.diagnosis?.stages ?? [];
    const shown: HTMLElement[] = prompts.map((prompt, index) =>
      folded(
        'jp-nbdoctor-prompt',
        trans.__('%1, sent to %2', prompt.job, prompt.model),
        `${model.cellId} ${index}`,
        open,
        () => [scrolled(sent(prompt))]
      )
    );
    if (stages.length) {
      shown.push(
        costs(stages, trans),
        button('jp-nbdoctor-save', trans.__('Save these figures'), () =>
          saveText('nbdoctor-trace.json', JSON.stringify(stages, null, 2))
        )
      );
    }
    return shown;
  });
}

/** The messages of a request as text. */
export function sent(prompt: Prompt): string {
  return (prompt.messages ?? [])
    .map(message => `[${message.role}]\n${message.content}`)
    .join('\n\n');
}

/** A long text that is scrolled, with the keyboard as well. */
function scrolled(text: string): HTMLPreElement {
  const node = element('pre', 'jp-nbdoctor-sent', text);
  node.tabIndex = 0;
  return node;
}

/** A table of the steps: seconds, tokens, how they ended. It is wider than a narrow panel, and scrolled alone. */
function costs(
  stages: readonly Stage[],
  trans: TranslationBundle
): HTMLElement {
  const node = element('div', 'jp-nbdoctor-scrolled');
  node.tabIndex = 0;
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', trans.__('What each step cost'));
  const table = element('table', 'jp-nbdoctor-costs');
  const head = [
    trans.__('Step'),
    trans.__('Seconds'),
    trans.__('Tokens read'),
    trans.__('known before'),
    trans.__('written'),
    trans.__('End')
  ];
  const row = (kind: 'td' | 'th', cells: readonly string[]) => {
    const line = element('tr', '');
    line.append(...cells.map(text => element(kind, '', text)));
    return line;
  };
  table.append(
    row('th', head),
    ...stages.map(stage =>
      row('td', [
        stage.stage,
        (stage.seconds ?? 0).toFixed(2),
        ...[
          stage.prompt_tokens,
          stage.cached_tokens,
          stage.completion_tokens
        ].map(count => (stage.model ? `${count ?? 0}` : '')),
        stage.outcome ?? ''
      ])
    )
  );
  node.append(table);
  return node;
}
