"""``%why`` explains the last error in full; ``%fix`` shows the correction and puts it where it can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from ..protocol import Action, Diagnosis, Fix, Report
    from .watch import Watch

NAMES = ("why", "fix")


def register(shell: Any, watch: Watch) -> None:
    """Register the line magics; one that the user has defined under the same name is left alone."""

    def why(line: str) -> None:
        """Explain the last error in full. ``%why --model`` asks the model too; ``%why --prompt`` shows what it was sent."""
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
    """Print the last error's Diagnosis in full, asking the model where that is wanted."""
    from .local import ask_model, diagnose, has_model, in_thread, presenter, wants_model

    if "--prompt" in line.split():
        print(_sent(watch))  # noqa: T201
        return
    report = _last(watch)
    if report is None:
        return
    diagnosis = diagnose(report)
    if has_model(watch) and ("--model" in line.split() or wants_model(watch, diagnosis)):
        answer = in_thread(lambda: ask_model(watch, report, lambda text: print(text, end="", flush=True)), wait=True)  # noqa: T201
        print()  # noqa: T201
        if answer is not None:
            diagnosis = answer
    diagnosis = _checked(watch, report, diagnosis)
    print(presenter(watch).full(diagnosis))  # noqa: T201


def offer(watch: Watch, line: str) -> None:
    """Print the plan of a fix and put the corrected cell (or the installing line) into the next input."""
    from ..presenters.terminal import verdict
    from .local import diagnose, presenter

    report = _last(watch)
    if report is None:
        return
    diagnosis = watch.answers.get(report.id) or _checked(watch, report, diagnose(report))
    fix = _chosen(diagnosis, line)
    if fix is None:
        print("nbdoctor has no fix for the last error. %why says what it knows.")  # noqa: T201
        return
    print(f"{fix.title} ({verdict(fix.verdict)})")  # noqa: T201
    print(presenter(watch).plan(fix, report.cell.source))  # noqa: T201
    if not diagnosis.rerun.safe:
        print("Before you run it: " + " ".join(diagnosis.rerun.reasons))  # noqa: T201
    text = _next_input(fix)
    if text is not None:
        watch.shell.set_next_input(text)


def _sent(watch: Watch) -> str:
    """What a model was sent, exactly, a request after the other."""
    if not watch.sent:
        return "No model was asked from this kernel. `%why --model` asks it."
    shown = []
    for prompt in watch.sent:
        messages = [f"[{message['role']}]\n{message['content']}" for message in prompt.messages]
        shown.append("\n\n".join([f"=== {prompt.job}, sent to {prompt.model} ===", *messages]))
    return "\n\n".join(shown)


def _checked(watch: Watch, report: Report, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis with its fixes tried; kept, so that they are tried once."""
    from .checks import check_now

    watch.answers[report.id] = diagnosis = check_now(watch, report, diagnosis)
    return diagnosis


def _last(watch: Watch) -> Optional[Report]:
    report = watch.latest()
    if report is None:
        print(watch.trouble or "There is no failed cell to explain.")  # noqa: T201
    return report


def _chosen(diagnosis: Diagnosis, line: str) -> Optional[Fix]:
    word = line.strip()
    number = int(word) if word.isdigit() else 1
    return diagnosis.fixes[number - 1] if 1 <= number <= len(diagnosis.fixes) else None


def _next_input(fix: Fix) -> Optional[str]:
    """The text that carries the fix out when the user runs it."""
    by_kind: dict[str, Action] = {action.kind: action for action in reversed(fix.actions)}
    if "install" in by_kind:
        return f"%pip install {by_kind['install'].requirement}"
    replaced = by_kind.get("replace_cell") or by_kind.get("insert_cell")
    if replaced is None or replaced.new_source is None:
        return None
    start = by_kind.get("run_from")
    if start is not None and start.line is not None:
        return "\n".join(replaced.new_source.splitlines()[start.line - 1 :])
    return replaced.new_source
