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
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..presenters import Presenter
from ..presenters.terminal import TerminalPresenter

if TYPE_CHECKING:
    from ..protocol import Diagnosis, Report
    from .watch import Watch

log = logging.getLogger("nbdoctor.kernel")


def present(watch: Watch, report: Report) -> None:
    """Show the findings of a fresh Report, where it is this kernel that shows them."""
    settings, shell = watch.settings, watch.shell
    in_terminal = is_terminal(shell)
    if settings.auto == "off" or settings.display == "off" or (settings.display == "auto" and not in_terminal):
        return
    diagnosis = diagnose(report)
    if diagnosis.kind in settings.muted:
        return
    if in_terminal:
        if diagnosis.kind or has_model(watch):
            print(presenter(watch).short(diagnosis))  # noqa: T201
    elif not watch.front_end:
        show_below(watch, report, diagnosis)


def is_terminal(shell: Any) -> bool:
    """Whether IPython itself reads from a terminal here."""
    return not hasattr(shell, "kernel") and type(shell).__name__ == "TerminalInteractiveShell"


def presenter(watch: Watch) -> Presenter:
    """A presenter that fits: the terminal's width, colours only where they are seen and NO_COLOR is not set."""
    colour = is_terminal(watch.shell) and sys.stdout.isatty() and "NO_COLOR" not in os.environ
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


def show_below(watch: Watch, report: Report, diagnosis: Diagnosis) -> None:
    """Display under the failing cell, in a display of its own that later results update, and no other."""
    from IPython.display import display

    from .checks import check_later

    text = presenter(watch)
    handle = display({"text/plain": text.full(diagnosis)}, raw=True, display_id=f"nbdoctor-{report.id}")
    if handle is None:
        return

    def show(answer: Diagnosis) -> None:
        handle.update({"text/plain": text.full(answer)}, raw=True)

    def ask() -> None:
        answer = ask_model(watch, report, lambda _: None)
        if answer is not None:
            show(answer)
            check_later(watch, report, answer, show)

    if wants_model(watch, diagnosis):
        in_thread(ask, wait=False)
    else:
        check_later(watch, report, diagnosis, show)
