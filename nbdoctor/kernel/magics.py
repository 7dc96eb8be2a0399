"""``%why`` explains the last error in full; ``%fix`` shows the correction and puts it where it can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ..text import strip_ansi

if TYPE_CHECKING:
    from ..protocol import Diagnosis, Fix, Report
    from .watch import Watch

NAMES = ("why", "fix")


def register(shell: Any, watch: Watch) -> None:
    """Register the line magics; one that the user has defined under the same name is left alone."""

    def why(line: str) -> None:
        """Explain the last error in full. ``%why --model`` asks the model too; ``%why --prompt`` shows what it was sent.

        Where hints come first, ``%why`` gives the hint and ``%why --explain`` the explanation.
        """
        explain(watch, line)

    def fix(line: str) -> None:
        """Show the fix of the last error and offer the corrected cell as the next input. ``%fix 2``: the second fix."""
        offer(watch, line)

    for name, function in zip(NAMES, (why, fix)):
        if name not in shell.magics_manager.magics["line"]:
            function.__nbdoctor__ = True  # type: ignore[attr-defined]
            shell.register_magic_function(function, magic_kind="line", magic_name=name)


def unregister(shell: Any) -> None:
    """Remove our magics, and nobody else's."""
    magics = shell.magics_manager.magics["line"]
    for name in NAMES:
        if getattr(magics.get(name), "__nbdoctor__", False):
            del magics[name]


def explain(watch: Watch, line: str) -> None:
    """Print the last error's Diagnosis in full, asking the model where that is wanted; where hints come first, a hint alone."""
    from ..presenters.hints import explained, noted
    from .local import ask_model, diagnose, first_hint, has_model, in_thread, presenter, wants_model

    options, hints = set(line.split()), watch.settings.hints
    if "--prompt" in options:
        _show_sent(watch)
        return
    report = _last(watch)
    if report is None:
        return
    diagnosis = watch.answers.get(report.id) or diagnose(report)
    if hints and not options & {"--explain", "--model"}:
        print(presenter(watch).full(first_hint(diagnosis)))  # noqa: T201
        return
    if has_model(watch) and ("--model" in options or wants_model(watch, diagnosis)):
        answer = in_thread(lambda: ask_model(watch, report, _stream), wait=True)
        print()  # noqa: T201
        diagnosis = answer or diagnosis
    diagnosis = _checked(watch, report, diagnosis)
    if hints and diagnosis.fixes:
        diagnosis = noted(explained(diagnosis), "%fix shows the fix.")
    print(presenter(watch).full(diagnosis))  # noqa: T201


def offer(watch: Watch, line: str) -> None:
    """Print the plan of a fix and put the corrected cell (or the installing line) into the next input."""
    from ..presenters.plan import offer as text_of
    from ..presenters.terminal import verdict
    from .local import diagnose, presenter

    report = _last(watch)
    if report is None:
        return
    diagnosis = _checked(watch, report, watch.answers.get(report.id) or diagnose(report))
    fix = _chosen(diagnosis, line)
    if fix is None:
        _say(watch, "nbdoctor has no fix for the last error. %why says what it knows.")
        return
    _say(watch, f"{fix.title} ({verdict(fix.verdict)})")
    print(presenter(watch).plan(fix, report.cell.source))  # noqa: T201
    if not diagnosis.rerun.safe:
        _say(watch, "Before you run it: " + " ".join(diagnosis.rerun.reasons))
    offered = text_of(fix)
    if offered is not None:
        watch.shell.set_next_input(offered.text)


def _say(watch: Watch, sentence: str) -> None:
    from ..protocol import Diagnosis
    from .local import presenter

    print(presenter(watch).full(Diagnosis(id="", headline=sentence)))  # noqa: T201


def _stream(text: str) -> None:
    """Print a model's words as they come. An escape sequence would steer the terminal, and is taken out."""
    print(strip_ansi(text), end="", flush=True)  # noqa: T201


def _show_sent(watch: Watch) -> None:
    """What a model was sent, exactly, a request after the other."""
    if not watch.sent:
        _say(watch, "No model was asked from this kernel. `%why --model` asks it.")
        return
    shown = []
    for prompt in watch.sent:
        messages = [f"[{message['role']}]\n{message['content']}" for message in prompt.messages]
        shown.append("\n\n".join([f"=== {prompt.job}, sent to {prompt.model} ===", *messages]))
    print(strip_ansi("\n\n".join(shown)))  # noqa: T201


def _checked(watch: Watch, report: Report, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis with its fixes tried; kept, so that they are tried once, or again where a trial had to give way."""
    from .checks import check_now
    from .local import remember

    tried = watch.answers.get(report.id) is diagnosis
    if not tried or any(fix.verdict.can_check for fix in diagnosis.fixes):
        diagnosis = check_now(watch, report, diagnosis)
        remember(watch, report, diagnosis)
    return diagnosis


def _last(watch: Watch) -> Optional[Report]:
    report = watch.latest()
    if report is None:
        _say(watch, watch.trouble or "There is no failed cell to explain.")
    return report


def _chosen(diagnosis: Diagnosis, line: str) -> Optional[Fix]:
    word = line.strip()
    number = int(word) if word.isdigit() else 1
    return diagnosis.fixes[number - 1] if 1 <= number <= len(diagnosis.fixes) else None
