"""For front ends without our server: a terminal, or a notebook whose user set ``display``.

The one file of this room that imports agents, inside a function, and only where a model is configured.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import shutil
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Dict, Literal, Optional, Protocol

from ..presenters import Presenter
from ..presenters.terminal import TerminalPresenter

if TYPE_CHECKING:
    from ..protocol import Diagnosis, Report
    from .watch import Watch

log = logging.getLogger("nbdoctor.kernel")


def present(watch: Watch, report: Report) -> None:
    """Show the findings of a fresh Report, where it is this kernel that shows them."""
    where = place(watch)
    if not where:
        return
    diagnosis = diagnose(report)
    if diagnosis.kind in watch.settings.muted:
        return
    if where != "terminal":
        show_below(watch, report, diagnosis, widgets=where == "widgets")
    elif diagnosis.kind or has_model(watch):
        print(_below_traceback(watch, diagnosis))  # noqa: T201


def place(watch: Watch) -> Literal["", "terminal", "text", "widgets"]:
    """Where and as what this kernel shows a diagnosis: below the traceback in a terminal, as text or widgets below the cell, or
    nowhere."""
    settings = watch.settings
    if "off" in (settings.auto, settings.display):
        return ""
    if is_terminal(watch.shell):
        return "terminal"
    if watch.front_end:
        return ""
    if settings.display == "auto":
        return "widgets" if is_colab(watch.shell) else ""
    return "widgets" if settings.display == "widgets" else "text"


def _below_traceback(watch: Watch, diagnosis: Diagnosis) -> str:
    if not watch.settings.hints:
        return presenter(watch).short(diagnosis)
    hint = first_hint(diagnosis)
    return presenter(watch).full(replace(hint, headline=f"nbdoctor: {hint.headline}"))


def is_terminal(shell: Any) -> bool:
    """Whether IPython itself reads from a terminal here."""
    return not hasattr(shell, "kernel") and type(shell).__name__ == "TerminalInteractiveShell"


def is_colab(shell: Any) -> bool:
    """Whether Google Colab runs this kernel. Its shell is a class of its own; that ``google.colab`` can be imported says less,
    since notebooks from there import it elsewhere too."""
    return any(kind.__module__.startswith("google.colab.") for kind in type(shell).__mro__)


def presenter(watch: Watch) -> Presenter:
    """A presenter that fits: the terminal's width, colours only where they are seen and NO_COLOR is not set."""
    colour = is_terminal(watch.shell) and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    if name := watch.settings.presenter:
        try:
            from ..plugins import installed

            made: Presenter = installed("nbdoctor.presenters")[name](colour=colour, width=width)
            return made
        except Exception:
            log.exception("nbdoctor shows its own text: the presenter %r is not installed, or failed", name)
    return TerminalPresenter(colour=colour, width=width)


def diagnose(report: Report) -> Diagnosis:
    """The Diagnosis that the rules' findings give, with edits carried out on the cell."""
    from ..rules.diagnosis import to_diagnosis

    return to_diagnosis(report, report.findings, report.cell.source)


def wants_model(watch: Watch, diagnosis: Diagnosis) -> bool:
    """Whether the model is to be asked: one is configured, and no rule has a fix."""
    return has_model(watch) and watch.settings.auto == "model" and not diagnosis.fixes


def has_model(watch: Watch) -> bool:
    """Whether a model can be asked from here: one is configured, and the agents are here. What is sent to a kernel whose
    environment lacks nbdoctor goes without them."""
    agents = f"{__package__.rpartition('.')[0]}.agents"
    return importlib.util.find_spec(agents) is not None and bool(watch.settings.server_of("").url)


def ask_model(watch: Watch, report: Report, words: Callable[[str], None]) -> Optional[Diagnosis]:
    """Let the agents work and return their Diagnosis. Call it off the main thread: it runs an event loop of its own."""
    from ..agents.doctor import Doctor
    from ..llm.client import ModelClient

    async def work() -> Optional[Diagnosis]:
        result = None
        watch.sent = []
        client = ModelClient(watch.settings)
        try:
            async for name, payload in Doctor(watch.settings, client).diagnose(report, report.cell, model="always"):
                if name == "words":
                    words(payload.text)
                elif name == "prompt":
                    watch.sent.append(payload)
                elif name == "trouble":
                    words(f"\n{payload.message} {payload.hint}\n")
                elif name == "diagnosis":
                    result = payload
        finally:
            await client.aclose()
        return result

    return asyncio.run(work())


def in_thread(function: Callable[[], Any], *, wait: bool) -> Any:
    """Run ``function`` in a thread (the shell's own event loop may be running here) and return its result if waited for."""
    result: list[Any] = []

    def target() -> None:
        try:
            result.append(function())
        except Exception:
            log.exception("nbdoctor could not ask the model")

    thread = threading.Thread(target=target, name="nbdoctor-model", daemon=True)
    thread.start()
    if wait:
        thread.join()
    return result[0] if result else None


def first_hint(diagnosis: Diagnosis) -> Diagnosis:
    """What is shown first to somebody who learns, where there are no buttons."""
    from ..presenters.hints import hinted, noted

    return noted(hinted(diagnosis), "%why --explain explains" + (", %fix shows the fix." if diagnosis.fixes else "."))


def remember(watch: Watch, report: Report, diagnosis: Diagnosis) -> None:
    """Keep an answer for ``%fix``, for as long as its Report is kept."""
    known = {kept.id for kept in watch.reports}
    for gone in set(watch.answers) - known:
        watch.answers.pop(gone, None)
    watch.answers[report.id] = diagnosis


class Shown(Protocol):
    """A place below a cell in which a diagnosis is shown, and later results of the same error."""

    def show(self, diagnosis: Diagnosis) -> None:
        """Show another diagnosis there; from any thread."""

    def busy(self, sentence: str) -> None:
        """Say what is happening now, or nothing; from any thread."""


class _Text:
    """Text below a cell."""

    def __init__(self, watch: Watch, handle: Any) -> None:
        self._presenter, self._handle = presenter(watch), handle

    def show(self, diagnosis: Diagnosis) -> None:
        self._handle.update({"text/plain": self._presenter.full(diagnosis)}, raw=True)

    def busy(self, sentence: str) -> None:
        """A text would jump."""


def show_below(watch: Watch, report: Report, diagnosis: Diagnosis, *, widgets: bool = False) -> None:
    """Display under the failing cell, in a display of its own that later results update, and no other.

    ``widgets``: as a card with buttons; where ipywidgets is not installed or fails, as text.
    """
    if widgets and _show_card(watch, report, diagnosis):
        return
    hints = watch.settings.hints
    text = presenter(watch).full(first_hint(diagnosis) if hints else diagnosis)
    handle = _display({"text/plain": text}, report)
    if handle is not None and not hints:
        work(watch, report, diagnosis, _Text(watch, handle))


def _show_card(watch: Watch, report: Report, diagnosis: Diagnosis) -> bool:
    """Display the card; False where that cannot be done."""
    from ..presenters.widgets import Card
    from .cards import Entry, cards_of

    cards, hints = cards_of(watch.shell), watch.settings.hints
    entry: Entry
    try:
        card = Card(
            diagnosis,
            report.cell.source,
            "hint" if hints else "solution",
            opened=lambda: work(watch, report, diagnosis, card),
            dismissed=lambda: cards.close(entry, leave=""),
            is_last=lambda: watch.latest() is report,
        )
    except ImportError:
        return False
    except Exception:
        log.exception("nbdoctor shows text: ipywidgets failed")
        return False
    handle = _display(card.bundle(), report)
    if handle is None:
        card.close()
        return True
    entry = Entry(card, handle, report.cell.id)
    cards.add(entry)
    if not hints:
        work(watch, report, diagnosis, card)
    return True


def _display(bundle: Dict[str, Any], report: Report) -> Any:
    """The handle of a new display; None where nothing is displayed here."""
    from IPython.display import display

    return display(bundle, raw=True, display_id=f"nbdoctor-{report.id}")


def work(watch: Watch, report: Report, diagnosis: Diagnosis, shown: Shown) -> None:
    """Ask the model where that is wanted and try the fixes; what comes of it is shown later, from another thread."""
    from .checks import check_later

    def show(answer: Diagnosis) -> None:
        remember(watch, report, answer)
        shown.show(answer)

    def ask() -> None:
        shown.busy("Asking the model…")
        try:
            answer = ask_model(watch, report, lambda _: None)
        finally:
            shown.busy("")
        if answer is not None:
            show(answer)
            check_later(watch, report, answer, show)

    if wants_model(watch, diagnosis):
        in_thread(ask, wait=False)
    else:
        check_later(watch, report, diagnosis, show)
