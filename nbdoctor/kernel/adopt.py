"""For a kernel that nbdoctor comes to late: what ran before, and a Report of the error that was raised before.

IPython keeps the last exception that it showed, with its frames. It becomes a Report only if it is the error that the front
end speaks of: the same type and message, raised by the same text.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, Optional, Sequence

from ..text import plain
from . import capture
from .extension import loaded
from .frames import cell_files
from .watch import MAX_HISTORY

if TYPE_CHECKING:
    from .watch import Ran, Watch

_IDENTIFIER = re.compile(r"[^\W\d]\w*")


@dataclass
class _Info:
    """The two fields of IPython's ExecutionInfo that a Report needs."""

    raw_cell: str
    cell_id: Optional[str]


def remember(shell: Any) -> None:
    """Put the inputs from before nbdoctor was loaded before the history, as far as IPython keeps them.

    Their cells are not known, so these entries have no cell id.
    """
    extension = loaded(shell)
    if extension is None:
        return
    watch = extension.watch
    first = min((count for _, count, _, _ in watch.history if count is not None), default=shell.execution_count)
    earlier = [ran for ran in _earlier(shell) if (ran[1] or 0) < first]
    room = MAX_HISTORY - len(watch.history)
    watch.history.extendleft(reversed(earlier[-room:] if room > 0 else []))


def adopt(shell: Any, name: str, value: str, cell_id: Optional[str], source: str) -> bool:
    """Make a Report of the last error, unless there is one; returns whether there is one now.

    Parameters
    ----------
    shell : that nbdoctor is loaded in.
    name, value : the error's type and message, as the front end was told.
    cell_id, source : the cell that raised it, with its text as it is now in the front end.
    """
    extension = loaded(shell)
    if extension is None:
        return False
    watch, message = extension.watch, plain(value, capture.MAX_MESSAGE)
    known = watch.latest(cell_id, name)
    if known is not None and known.errors[0].message == message:
        return True
    error = _last(shell, name, message)
    count = _raised_by(shell, error, source) if error is not None else None
    if error is None or count is None:
        return False
    _append(watch, error, count, cell_id, source)
    return True


def _last(shell: Any, name: str, message: str) -> Optional[BaseException]:
    """The last error, if that is its type and message. ``sys.last_exc`` is Python 3.12's, and not set by every IPython."""
    for error in (getattr(sys, "last_exc", None), getattr(sys, "last_value", None)):
        if not isinstance(error, BaseException) or isinstance(error, (KeyboardInterrupt, SystemExit)):
            continue
        if type(error).__name__ == name and capture.message(error, shell) == message:
            return error
    return None


def _raised_by(shell: Any, error: BaseException, source: str) -> Optional[int]:
    """The execution that raised the error, if it ran this very text; None where that is not so or cannot be told."""
    texts: Dict[Optional[int], str] = {count: text for _, count, _, text in _earlier(shell)}
    same = [count for count, text in texts.items() if text.rstrip("\n") == source.rstrip("\n")]
    if not same:
        return None
    files = cell_files(shell, [(None, count, True, source) for count in same])
    raising = next((file for file in _files(error) if file in files), None)
    if raising is None:
        return same[-1]  # what a magic raised, or the parser before the cell had a file name
    # The kernel may give equal texts the same file name, and knows the last of them.
    return files[raising] if files[raising] in same else None


def _files(error: BaseException) -> List[str]:
    """Names of the files that an error went through, the outermost first."""
    found, tb = [], error.__traceback__
    while tb is not None:
        found.append(tb.tb_frame.f_code.co_filename)
        tb = tb.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        found.append(error.filename)
    return found


def _append(watch: Watch, error: BaseException, count: int, cell_id: Optional[str], source: str) -> None:
    history: List[Ran] = [ran for ran in watch.history if ran[1] is None or ran[1] < count]
    history.append((cell_id, count, False, source))
    existing = _may_have_existed(watch.shell, source)
    info: Any = _Info(source, cell_id)
    watch.reports.append(capture.build_report(watch.shell, info, error, history, existing))


def _may_have_existed(shell: Any, source: str) -> FrozenSet[str]:
    """What was bound before the cell ran is not known any more: all that is bound now, and all that the cell names, may
    have been. Rerunning is then called safe only where it is, whatever there was."""
    return frozenset(shell.user_ns) | frozenset(_IDENTIFIER.findall(source))


def _earlier(shell: Any) -> Sequence[Ran]:
    """The inputs that IPython keeps. Whether they worked is known from version 9 on; else it is taken for granted."""
    manager = shell.history_manager
    texts = list(getattr(manager, "input_hist_raw", ()))
    if len(texts) != shell.execution_count:
        return ()  # not IPython's own way of counting
    failed = getattr(manager, "exceptions", None) or {}
    # The first is none; what ``%reset in`` took out is empty.
    return [(None, count, count not in failed, text) for count, text in enumerate(texts) if text]
