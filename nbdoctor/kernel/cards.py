"""The ipywidgets cards that are open in a kernel, so that none outlives what it is about.

A card is closed when its cell runs again, when the person dismisses it, when there are too many, and when nbdoctor is unloaded.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, List, Optional
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ..presenters.widgets import Card

log = logging.getLogger("nbdoctor.kernel")

#: Cards that are open at once; a front end may give its cells no ids, and then the oldest goes.
MAX_OPEN = 20

_open: WeakKeyDictionary[Any, Cards] = WeakKeyDictionary()


class Cards:
    """The open cards of one shell. It hears of cells only while there is one: a notebook without cards pays nothing."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._entries: List[Entry] = []

    def add(self, entry: Entry) -> None:
        """Keep a card that is shown."""
        if not self._entries:
            self._shell.events.register("pre_run_cell", self._pre_run_cell)
        self._entries.append(entry)
        for old in self._entries[:-MAX_OPEN]:
            self.close(old)

    def close(self, entry: Entry, *, leave: Optional[str] = None) -> None:
        """Close a card and show the sentence ``leave`` in its place, by default the card's headline."""
        if entry in self._entries:
            self._forget(entry)
            entry.end(entry.card.headline() if leave is None else leave)

    def close_all(self) -> None:
        """Close them all; their headlines stay."""
        for entry in list(self._entries):
            self.close(entry)

    def _pre_run_cell(self, info: Any) -> None:
        """A cell is run again: the front end has cleared its output, and the card with it."""
        cell_id = getattr(info, "cell_id", None)
        for entry in [entry for entry in self._entries if cell_id is not None and entry.cell_id == cell_id]:
            self._forget(entry)
            entry.end(None)

    def _forget(self, entry: Entry) -> None:
        self._entries.remove(entry)
        if not self._entries:
            self._shell.events.unregister("pre_run_cell", self._pre_run_cell)


class Entry:
    """One open card with the display it is in."""

    def __init__(self, card: Card, handle: Any, cell_id: Optional[str]) -> None:
        self.card, self.handle, self.cell_id = card, handle, cell_id

    def end(self, leave: Optional[str]) -> None:
        """Close the widgets and put a text in their place; None: there is no display any more."""
        try:
            self.card.close()
            if leave is not None:
                self.handle.update({"text/plain": leave}, raw=True)
        except Exception:
            log.exception("a card could not be closed")


def cards_of(shell: Any) -> Cards:
    """The open cards of ``shell``."""
    if shell not in _open:
        _open[shell] = Cards(shell)
    return _open[shell]


def close_all(shell: Any) -> None:
    """Close the cards of ``shell``; their headlines stay."""
    if (cards := _open.pop(shell, None)) is not None:
        cards.close_all()
