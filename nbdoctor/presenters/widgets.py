"""A Diagnosis as ipywidgets: the card for front ends that have no extension of ours. Works with ipywidgets 7.7 and 8.

A button cannot write into the notebook from here. IPython's ``set_next_input`` travels with the reply to an execution, a click
is none: the text would stay behind and turn up below whatever cell is run next. So the button shows the corrected text, ready
to copy, and says what to do with it. Nothing is run.
"""

from __future__ import annotations

import importlib
import logging
import threading
from typing import Any, Callable, Dict, List, Optional

from ..protocol import Diagnosis, Fix
from ..redact import Redactor, environment_secrets
from ..text import plain
from . import html
from .hints import Step, step_of
from .plan import offer

log = logging.getLogger("nbdoctor.kernel")

VIEW = "application/vnd.jupyter.widget-view+json"
#: Characters of a corrected cell that are put into a field: a message reaches every front end that is attached.
MAX_SOURCE = 30_000
_ROWS = 20
_TROUBLE = "nbdoctor itself failed here; %fix in a new cell shows the fix."
_LABELS = {"passed": "Fix it", "not_tried": "Apply", "failed": "Apply anyway"}


class Card:
    """A Diagnosis on screen, updated in place. The number of its widgets never changes, and `close` takes all of them away.

    Parameters
    ----------
    diagnosis : what is shown first.
    source : the failing cell's text.
    step : how much of it is shown at first; the rest comes by the buttons.
    opened : called once, when more than a hint is asked for.
    dismissed : called when the person has closed the card.
    is_last : whether ``%fix`` is about this very error.

    Raises
    ------
    Exception
        Whatever ipywidgets raises where it is not installed or does not work here.
    """

    def __init__(
        self,
        diagnosis: Diagnosis,
        source: str,
        step: Step = "solution",
        *,
        opened: Callable[[], None],
        dismissed: Callable[[], None],
        is_last: Callable[[], bool] = lambda: False,
    ) -> None:
        self._diagnosis, self._source, self._step = diagnosis, source, step
        self._opened, self._dismissed, self._is_last = opened, dismissed, is_last
        self._clean = Redactor(environment_secrets()).redact
        self._working = ""
        self._listing = False
        self._lock = threading.RLock()  # results come on other threads
        self._made: List[Any] = []
        try:
            self._make(importlib.import_module("ipywidgets"))
            self._list()
            self._draw()
        except Exception:
            self.close()
            raise

    def bundle(self) -> Dict[str, Any]:
        """What is displayed: the view, and one sentence for whoever cannot show it. A saved notebook keeps this."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}
        return {"text/plain": self.headline(), VIEW: view}

    def headline(self) -> str:
        """The first sentence of what is shown, without secrets."""
        return self._clean(plain(step_of(self._diagnosis, self._step).headline, html.MAX_TEXT))

    def show(self, diagnosis: Diagnosis) -> None:
        """Show another Diagnosis in the same place; from any thread. What the person has chosen or opened stays so."""
        with self._lock:
            if not self._made:
                return
            chosen, opened = self._fix(), self._field.layout.display != "none"
            self._diagnosis = diagnosis
            self._list(chosen.id if chosen is not None else "")
            self._draw()
            now = self._fix()
            if opened and chosen is not None and now is not None and now.id == chosen.id:
                self._offer()

    def busy(self, sentence: str) -> None:
        """Say what is happening now; empty: nothing; from any thread."""
        with self._lock:
            self._working = sentence
            if self._made:
                self._say(sentence)

    def close(self) -> None:
        """Take every widget away, in the kernel and on screen; from any thread."""
        with self._lock:
            while self._made:
                widget = self._made.pop()
                parts: List[Any] = [getattr(widget, "style", None), getattr(widget, "layout", None), widget]
                for part in parts:
                    if part is not None:
                        part.close()

    # ------------------------------------------------------------------ making

    def _make(self, kit: Any) -> None:
        self._body = self._new(kit.HTML)
        self._apply = self._button(kit, "Apply", self._offer, button_style="primary")
        self._explain = self._button(kit, "Explain", lambda: self._go("explanation"))
        self._reveal = self._button(kit, "Show the fix", lambda: self._go("solution"))
        dismiss = self._button(kit, "Dismiss", self._dismiss)
        label = {"style": {"description_width": "initial"}}
        self._choice = self._new(
            kit.Dropdown, description="Fix", layout={"width": "auto", "max_width": "100%"}, **label
        )
        self._choice.observe(lambda _: None if self._listing else self._safely(self._draw), names="index")
        buttons = [self._apply, self._explain, self._reveal, self._choice, dismiss]
        row = self._new(kit.HBox, children=buttons, layout={"flex_flow": "row wrap"})
        self._field = self._new(
            kit.Textarea, description="Text", layout={"width": "100%", "max_width": "60em"}, **label
        )
        self._note = self._new(kit.HTML)
        self._box = self._new(kit.VBox, children=[self._body, row, self._note, self._field])

    def _new(self, kind: Any, **state: Any) -> Any:
        widget = kind(**state)
        self._made.append(widget)
        return widget

    def _button(self, kit: Any, label: str, action: Callable[[], None], **state: Any) -> Any:
        button = self._new(kit.Button, description=label, layout={"width": "auto"}, **state)
        button.on_click(lambda _: self._safely(action))
        return button

    def _safely(self, action: Callable[[], None]) -> None:
        """A failure of ours is one sentence here, not a traceback below the user's cell."""
        try:
            with self._lock:
                if self._made:
                    action()
        except Exception:
            log.exception("nbdoctor's card failed")
            self._say(_TROUBLE)

    # ------------------------------------------------------------------ drawing

    def _list(self, chosen: str = "") -> None:
        """Offer the fixes for choice. ``chosen``: the id of the one that is shown, if it is still among them.

        Before the solution is asked for there are none: their titles would give it away.
        """
        fixes = self._diagnosis.fixes if self._step == "solution" else []
        ids = [fix.id for fix in fixes]
        self._listing = True
        try:
            self._choice.options = [
                (self._clean(f"{n}. {plain(fix.title, 80)}"), n - 1) for n, fix in enumerate(fixes, 1)
            ]
            self._choice.index = ids.index(chosen) if chosen in ids else 0 if ids else None
        finally:
            self._listing = False

    def _draw(self) -> None:
        """Bring body and buttons up to date."""
        fix, solved = self._fix(), self._step == "solution"
        self._body.value = html.card(step_of(self._diagnosis, self._step), fix, self._source, self._clean)
        if fix is not None:
            self._apply.description = _LABELS[fix.verdict.status]
        _shown(self._apply, fix is not None and offer(fix) is not None)
        _shown(self._choice, len(self._choice.options) > 1)
        _shown(self._explain, self._step == "hint")
        _shown(self._reveal, not solved and bool(self._diagnosis.fixes))
        _shown(self._field, False)
        self._field.value = ""
        self._say(self._working)

    def _fix(self) -> Optional[Fix]:
        """The fix that is chosen."""
        index, fixes = self._choice.index, self._diagnosis.fixes
        return fixes[index] if index is not None and index < len(fixes) else None

    def _say(self, sentence: str) -> None:
        self._note.value = html.sentence(self._clean(sentence))

    # ------------------------------------------------------------------ what the person does

    def _go(self, step: Step) -> None:
        first = self._step == "hint"
        self._step = step
        self._list()
        self._draw()
        if first:
            self._opened()

    def _offer(self) -> None:
        """Show the text that carries the fix out, and say what to do with it."""
        fix = self._fix()
        offered = offer(fix) if fix is not None else None
        if offered is None:
            return
        if len(offered.text) > MAX_SOURCE:
            self._say("The corrected cell is too long to show here. Run %fix in a new cell: it puts the text below.")
            return
        self._field.value = offered.text.encode("utf-8", "backslashreplace").decode("utf-8")
        self._field.rows = min(_ROWS, offered.text.count("\n") + 2)
        _shown(self._field, True)
        sentences = ["Copy this text.", offered.how]
        if not self._diagnosis.rerun.safe:
            sentences += self._diagnosis.rerun.reasons
        if self._choice.index == 0 and self._is_last():
            sentences.append("Or run %fix in a new cell: it puts the text below.")
        self._say(" ".join(sentences))

    def _dismiss(self) -> None:
        self.close()
        self._dismissed()


def _shown(widget: Any, whether: bool) -> None:
    widget.layout.display = "" if whether else "none"
