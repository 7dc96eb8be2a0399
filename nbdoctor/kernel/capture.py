"""From an exception to a Report: text only, bounded, and nothing of the user's held afterwards."""

from __future__ import annotations

import logging
import re
import sys
import time
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set
from uuid import uuid4

from ..protocol import Cell, Executed, RaisedError, Relation, Report, Rerun
from ..text import digest, plain
from .frames import FrameReader
from .namespace import LiveNamespace

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

    from .watch import Failed, Ran

log = logging.getLogger("nbdoctor.kernel")

MAX_MESSAGE = 4_000
MAX_ERRORS = 8
MAX_SOURCE = 200_000  # a longer cell is not read: no rule, no edit
MAX_NAMES = 300
MAX_EXECUTED = 200
MAX_TEXTS = 20_000  # characters of what ran before, altogether

_PRIMITIVE = (str, bytes, int, float, complex, bool, type(None))


def build_report(
    shell: InteractiveShell,
    info: ExecutionInfo,
    error: BaseException,
    history: Sequence[Ran],
    existing: FrozenSet[str] = frozenset(),
    *,
    failures: Optional[Mapping[int, Failed]] = None,
) -> Report:
    """Return the Report of ``error``, which the cell of ``info`` raised, with the findings of the rules.

    ``history``: the executions so far, this one last. ``existing``: names in the user's namespace before the cell ran.
    ``failures``: how earlier executions failed, by their count.
    """
    started = time.perf_counter()
    source = info.raw_cell or ""
    reader = FrameReader(shell, history)
    report = Report(
        id=uuid4().hex[:12],
        cell=Cell(
            source if len(source) <= MAX_SOURCE else "", getattr(info, "cell_id", None), execution_count=_count(history)
        ),
        errors=_chain(error, reader, shell),
        versions=_versions(shell),
    )
    report.history = _executed(history, failures or {}, _words(report.errors))
    namespace = LiveNamespace(
        shell, error, reader.innermost_user_frame(error), report.errors[0].details.get("expression", "")
    )
    try:
        report.names = namespace.names()[-MAX_NAMES:]
        from ..rules import diagnose

        report.rerun = _rerun(report, source, existing)
        report.findings = diagnose(report, namespace)
    except Exception:
        log.exception("the rules failed")
        report.trouble.append("the rules")
    finally:
        namespace.close()
        reader.close()
    report.seconds = time.perf_counter() - started
    return report


def _chain(error: BaseException, reader: FrameReader, shell: Any) -> List[RaisedError]:
    """The error, its causes and contexts, and the members of groups, each once."""
    found: List[RaisedError] = []
    seen: Set[int] = set()
    queue: List[Any] = [(error, "raised")]
    while queue and len(found) < MAX_ERRORS:
        current, relation = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        found.append(_describe(current, relation, reader, shell if relation == "raised" else None))
        members = getattr(current, "exceptions", ())
        if isinstance(members, tuple):
            queue += [(member, "member") for member in members[:MAX_ERRORS] if isinstance(member, BaseException)]
        if current.__cause__ is not None:
            queue.append((current.__cause__, "cause"))
        elif not current.__suppress_context__:
            queue.append((current.__context__, "context"))
    return found


def _describe(error: BaseException, relation: Relation, reader: FrameReader, shell: Any) -> RaisedError:
    frames = reader.frames(error)
    notes = getattr(error, "__notes__", ())
    cls = type(error)
    details = _details(error)
    expression = reader.expression(frames)
    if expression:
        details["expression"] = plain(expression, 400)
    return RaisedError(
        name=cls.__name__,
        qualified_name=f"{cls.__module__}.{cls.__qualname__}",
        message=message(error, shell),
        relation=relation,
        notes=[plain(note, 500) for note in list(notes)[:5]] if isinstance(notes, (list, tuple)) else [],
        frames=frames,
        details=details,
    )


def runs_no_user_code(error: BaseException) -> bool:
    """Whether ``str(error)`` runs library code alone. A user's own ``__str__`` may raise, or take a minute."""
    shown_by = type(error).__str__
    return getattr(shown_by, "__module__", None) != "__main__" and all(_reads_safely(arg) for arg in error.args)


def _reads_safely(value: Any) -> bool:
    if type(value) in (list, tuple, set, frozenset):
        return len(value) <= 100 and all(type(item) in _PRIMITIVE for item in value)
    return type(value) in _PRIMITIVE or (type(value) is not dict and type(value).__module__ != "__main__")


def message(error: BaseException, shell: Any) -> str:
    """The error's text, bounded. ``shell``: None for an error that IPython has not shown itself, such as a cause."""
    if runs_no_user_code(error):
        try:
            return plain(str(error), MAX_MESSAGE)
        except Exception as broken:
            return f"<its message could not be read: {type(broken).__name__}>"
    # IPython has asked for the text already, to show it: take what it kept.
    kept = _kept_message(shell) if shell is not None else None
    if kept is not None:
        return plain(kept, MAX_MESSAGE)
    shown = getattr(shell, "_last_traceback", None)  # ipykernel's, coloured
    last = plain(shown[-1], MAX_MESSAGE) if isinstance(shown, list) and shown and isinstance(shown[-1], str) else ""
    match = re.search(rf"(?ms)^{re.escape(type(error).__name__)}: (.*)\Z", last)
    return match.group(1) if match else ""


def _kept_message(shell: Any) -> Optional[str]:
    """IPython 9 keeps the text of every cell's exception beside its history."""
    kept = getattr(shell.history_manager, "exceptions", None)
    entry = kept.get(shell.execution_count - 1) if isinstance(kept, dict) else None
    text = entry.get("evalue") if isinstance(entry, dict) else None
    return text if isinstance(text, str) else None


def _details(error: BaseException) -> Dict[str, str]:
    """What the exception object knows by itself, without running code of the user's."""
    found: Dict[str, str] = {}
    if isinstance(error, (NameError, AttributeError, ImportError)):
        _put(found, "name", getattr(error, "name", None))
        name_from = getattr(error, "name_from", None)  # ImportError, Python 3.12
        _put(found, "imported_name", name_from)
    if isinstance(error, AttributeError) and hasattr(error, "obj"):
        found["object_type"] = type(error.obj).__name__
    if isinstance(error, KeyError) and error.args and _is_plain(error.args[0]):
        found["key"] = plain(repr(error.args[0]), 300)
    if isinstance(error, OSError):
        _put(found, "filename", error.filename if isinstance(error.filename, str) else None)
        _put(found, "errno", str(error.errno) if error.errno is not None else None)
    if isinstance(error, SyntaxError):
        _put(found, "filename", error.filename)
        _put(found, "text", error.text)
    return found


def _is_plain(value: Any) -> bool:
    return type(value) in _PRIMITIVE or (type(value) is tuple and all(_is_plain(v) for v in value[:10]))


def _put(into: Dict[str, str], key: str, value: Any) -> None:
    if isinstance(value, str) and value:
        into[key] = plain(value, 500)


def _rerun(report: Report, source: str, existing: FrozenSet[str]) -> Rerun:
    from ..rules.reading.effects import rerun

    frames = report.errors[0].frames
    # A frame without a function is the place of a SyntaxError: where it stands alone, nothing of the cell has run.
    if not frames or frames[0].where != "cell" or (len(frames) == 1 and not frames[0].function):
        return Rerun()
    return rerun(source, frames[0].line + _leading_blank_lines(source), sorted(existing))


def _leading_blank_lines(source: str) -> int:
    """IPython takes them away before it counts lines."""
    return source[: len(source) - len(source.lstrip())].count("\n")


def _executed(history: Sequence[Ran], failures: Mapping[int, Failed], words: Set[str]) -> List[Executed]:
    """What ran, with the texts that have one of the ``words``: the newest, as many as there is room for."""
    found: List[Executed] = []
    room = MAX_TEXTS
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b") if words else None
    for cell_id, count, ok, source in reversed(history[-MAX_EXECUTED:]):
        error, line = failures.get(count, ("", None)) if count is not None and not ok else ("", None)
        text = source if pattern is not None and len(source) <= room and pattern.search(source) else ""
        room -= len(text)
        found.append(Executed(cell_id, count, ok, digest(source), error, line, text))
    return found[::-1]


def _words(errors: Sequence[RaisedError]) -> Set[str]:
    """The names that the error and the failing lines speak of: what ran with one of them may be the reason."""
    error = errors[0]
    lines = [frame.source for frame in error.frames if frame.where == "cell"][-3:]
    texts = [error.message[:500], error.details.get("key", ""), error.details.get("expression", ""), *lines]
    found = re.findall(r"[^\W\d]\w*", " ".join(texts))
    return {word for word in found[:100] if not iskeyword(word)}


def _count(history: Sequence[Ran]) -> Optional[int]:
    return history[-1][1] if history else None


def _versions(shell: Any) -> Dict[str, str]:
    """Versions of Python and of the libraries that the user's names come from; nothing is imported for it."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for value in list(shell.user_ns.values()):
        module = getattr(type(value), "__module__", "") if type(value) is not type(sys) else value.__name__
        top = module.split(".")[0] if isinstance(module, str) else ""
        library = sys.modules.get(top)
        if top and top not in found and library is not None and len(found) < 20:
            version = vars(library).get("__version__")
            if isinstance(version, str):
                found[top] = plain(version, 40)
    return found
