import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { ICardContext } from './card';
import { correctedText, textOnly } from '../fixes/fixes';

/** An item of a menu. */
interface IItem {
  label: string;
  execute: () => unknown;
}

/** Open the menu of a card below the button that asks for it, which has the focus again when the menu closes. */
export function openCardMenu(context: ICardContext, anchor: HTMLElement): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  items(context).forEach(({ execute, label }, index) => {
    const command = `nbdoctor:card-menu-${index}`;
    commands.addCommand(command, {
      label,
      describedBy: { args: null },
      execute
    });
    menu.addItem({ command });
  });
  // A menu closes before its command runs.
  menu.aboutToClose.connect(() =>
    setTimeout(() => {
      menu.dispose();
      giveFocusBack(context, anchor);
    })
  );
  const { bottom, left } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}

/** What the menu of a card offers now, in order. */
function items({ model, place, trans }: ICardContext): IItem[] {
  const { diagnosis, fix, state } = model;
  const rung = place.rung(model);
  const busy = state === 'applying' || model.checking !== '';
  const open = rung === 'solution' && !busy ? fix : null;
  const offered: (IItem | false)[] = [
    !!open &&
      state !== 'applied' &&
      !!textOnly(open) && {
        label: trans.__('Apply without running'),
        execute: () => place.applyText(model)
      },
    !!open &&
      correctedText(open, model.cellId) !== null && {
        label: trans.__('Copy the corrected cell'),
        execute: () => place.copy(model)
      },
    !!diagnosis &&
      place.editable &&
      rung !== 'hint' &&
      state !== 'working' && {
        label: trans.__('Keep the explanation in the notebook'),
        execute: () => place.keep(model)
      },
    {
      label: trans.__('Mute this kind of error for this session'),
      execute: () => place.mute(model)
    },
    { label: trans.__('Dismiss'), execute: () => model.hide() }
  ];
  return offered.filter((item): item is IItem => !!item);
}

/** A menu takes the focus along when it closes. */
function giveFocusBack(
  { model, place }: ICardContext,
  anchor: HTMLElement
): void {
  if (document.activeElement !== document.body) {
    return;
  }
  if (anchor.isConnected) {
    anchor.focus({ preventScroll: true });
  } else if (!place.isDisposed) {
    place.focus(model.cellId);
  }
}
