import { PanelLayout, Widget } from '@lumino/widgets';

import type { ICardContext, ICardPart } from './card';
import { DiffView } from './diff';
import { button, element, setProse, setText } from '../dom';
import { canCheck, isBeingChecked, statusOf, writes } from '../fixes/fixes';
import { planSentences } from '../fixes/plan';
import type { Fix } from '../protocol';
import { applyLabel, verdictSentence } from '../sentences';

/** A sign for each verdict, beside its words and its colour. */
const MARKS = { passed: '✓', failed: '✗', not_tried: '○' } as const;

/** The fix on show: what it does, its diff, its verdict and its buttons. */
export class FixView extends Widget implements ICardPart {
  /**
   * @param context - The error, and who can do something about it.
   */
  constructor(context: ICardContext) {
    super();
    this._context = context;
    const { model, place, trans } = context;
    this.addClass('jp-nbdoctor-fixview');

    const above = new Widget();
    above.addClass('jp-nbdoctor-step');
    above.node.append(this._title, this._plan);
    this._diffs.layout = new PanelLayout();
    const below = new Widget();
    this._apply = button('jp-nbdoctor-fix jp-nbdoctor-primary', '', () => {
      void place.apply(model);
    });
    this._check = button('jp-nbdoctor-check', trans.__('Check'), () => {
      void place.check(model);
    });
    this._check.title = trans.__('Try this fix in a copy of your kernel.');
    this._undo = button('jp-nbdoctor-undo', trans.__('Undo'), () =>
      place.undo(model)
    );
    this._undo.title = trans.__(
      'Undo restores text, not variables or installed packages.'
    );
    this._restart = button(
      'jp-nbdoctor-restart',
      trans.__('Restart kernel'),
      () => {
        void place.restart(model);
      }
    );
    this._more = button('jp-nbdoctor-link jp-nbdoctor-more-fixes', '', () => {
      this._listed = !this._listed;
      this.render();
    });
    const row = element('div', 'jp-nbdoctor-buttons');
    const checked = element('span', 'jp-nbdoctor-checked');
    this._mark.setAttribute('aria-hidden', 'true');
    checked.append(this._mark, this._verdict);
    row.append(
      this._apply,
      this._check,
      this._restart,
      this._undo,
      checked,
      this._more
    );
    this._printed.tabIndex = 0;
    this._details.append(
      element('summary', '', trans.__('Output of the check')),
      this._printed
    );
    this._output.setAttribute('role', 'log');
    this._output.setAttribute(
      'aria-label',
      trans.__('Output of the installer')
    );
    this._output.tabIndex = 0;
    this._said.setAttribute('role', 'status');
    below.node.append(
      this._warning,
      row,
      this._details,
      this._others,
      this._said,
      this._output
    );

    const layout = (this.layout = new PanelLayout());
    [above, this._diffs, below].forEach(part => layout.addWidget(part));
  }

  render(): void {
    const { model, place, trans } = this._context;
    const { state } = model;
    const fix = place.rung(model) === 'solution' ? model.fix : null;
    this.setHidden(!fix && !model.sentence && !model.applied);
    setProse(this._said, model.sentence);
    this._renderOutput();
    this._renderFix(fix);
    this._renderOthers(fix);
    const done = state === 'applied';
    this._undo.hidden = !place.editable || !model.undoable;
    this._apply.hidden = !fix || done;
    // Not disabled, which would take the focus away.
    const busy = state === 'applying' || !!model.checking;
    this._apply.setAttribute('aria-disabled', String(busy));
    this._apply.textContent = fix ? applyLabel(fix, model, trans) : '';
    this._renderRestart();
    this._renderVerdict(done ? null : fix);
    const rerun = model.diagnosis?.rerun;
    const reasons = rerun?.safe === false ? (rerun.reasons ?? []) : [];
    setProse(this._warning, fix && !done ? reasons.join(' ') : '');
    setProse(
      this._plan,
      fix && !done
        ? planSentences(fix, model.cellId, id => place.label(id), trans)
            .filter(Boolean)
            .join(' ')
        : ''
    );
  }

  private _renderOutput(): void {
    const { output } = this._context.model;
    const more = output && this._output.dataset.text !== output;
    setText(this._output, output);
    if (more) {
      this._output.scrollTop = this._output.scrollHeight;
    }
  }

  private _renderVerdict(fix: Fix | null): void {
    const { model, place, trans } = this._context;
    const now = !!fix && isBeingChecked(fix, model);
    const status = statusOf(fix);
    setText(this._mark, fix ? MARKS[status] : '');
    setProse(
      this._verdict,
      fix ? verdictSentence(fix.verdict, trans, now) : ''
    );
    [this._apply, this._mark, this._verdict].forEach(node => {
      node.dataset.status = status;
    });
    setText(this._printed, fix?.verdict?.output ?? '');
    this._details.hidden = this._printed.hidden;

    const idle = model.state === 'ready' || model.state === 'failed';
    const focused = document.activeElement === this._check;
    this._check.setAttribute('aria-disabled', String(!!model.checking));
    this._check.hidden = !(
      fix &&
      canCheck(fix) &&
      place.hasKernel &&
      (idle || model.checking)
    );
    if (focused && this._check.hidden) {
      this._apply.focus();
    }
  }

  private _renderRestart(): void {
    const { model } = this._context;
    const wasHidden = this._restart.hidden;
    this._restart.hidden = !model.applied?.restartNeeded;
    // The button that was clicked is gone, or takes no focus.
    const lost =
      document.activeElement === document.body ||
      document.activeElement === this._apply;
    if (wasHidden && lost && !this._restart.hidden) {
      this._restart.focus({ preventScroll: true });
    }
  }

  private _renderFix(fix: Fix | null): void {
    const { languages, model, trans } = this._context;
    const key = JSON.stringify(fix?.actions ?? null);
    setProse(this._title, fix?.title ?? '');
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    const layout = this._diffs.layout as PanelLayout;
    [...layout.widgets].forEach(diff => diff.dispose());
    for (const action of fix?.actions ?? []) {
      const { cell_id: cellId, kind, new_source: after } = action;
      if (writes(action) && typeof after === 'string') {
        const target = cellId ?? model.cellId;
        const before =
          kind === 'replace_cell' ? (model.sources.get(target) ?? '') : '';
        const label = trans.__('What the fix changes');
        layout.addWidget(
          new DiffView({ after, before, label, languages, trans })
        );
      }
    }
  }

  private _renderOthers(fix: Fix | null): void {
    const { model, trans } = this._context;
    const all = fix ? (model.diagnosis?.fixes ?? []) : [];
    const count = all.length - 1;
    const busy = model.state === 'applying' || !!model.checking;
    const idle = !busy && model.state !== 'applied';
    this._more.hidden = count < 1 || !idle;
    this._more.textContent = trans._n('%1 more', '%1 more', count);
    this._more.setAttribute('aria-expanded', String(this._listed));
    this._others.hidden = !this._listed || this._more.hidden;
    const key = JSON.stringify([all.map(({ title }) => title), fix?.id]);
    if (this._others.hidden || key === this._listShown) {
      return;
    }
    this._listShown = key;
    this._others.replaceChildren(
      ...all
        .filter(({ id }) => id !== fix?.id)
        .map(({ id, title }) => {
          const item = element('li', '');
          const choose = button('jp-nbdoctor-link', '', () => {
            model.select(id);
            this._apply.focus();
          });
          setProse(choose, title);
          item.append(choose);
          return item;
        })
    );
  }

  private readonly _apply: HTMLButtonElement;
  private readonly _check: HTMLButtonElement;
  private readonly _context: ICardContext;
  private readonly _details = element('details', 'jp-nbdoctor-check-output');
  private readonly _diffs = new Widget();
  private _listed = false;
  private _listShown = '';
  private readonly _mark = element('span', 'jp-nbdoctor-mark');
  private readonly _more: HTMLButtonElement;
  private readonly _others = element('ul', 'jp-nbdoctor-others');
  private readonly _output = element('pre', 'jp-nbdoctor-install-output');
  private readonly _plan = element('p', 'jp-nbdoctor-plan');
  private readonly _printed = element('pre', 'jp-nbdoctor-printed');
  private readonly _said = element('p', 'jp-nbdoctor-said');
  private readonly _restart: HTMLButtonElement;
  private _shown = '';
  private readonly _title = element('p', 'jp-nbdoctor-title');
  private readonly _undo: HTMLButtonElement;
  private readonly _verdict = element('span', 'jp-nbdoctor-verdict');
  private readonly _warning = element('p', 'jp-nbdoctor-warning');
}
