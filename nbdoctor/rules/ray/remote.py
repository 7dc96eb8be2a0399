"""An error that was raised in another process and came back as text: what it was, where, and with which arguments.

Ray puts the worker's traceback into the message. `read` takes it apart, and `Inside` is the live namespace as the code in
the worker saw it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, List, Optional

from ...protocol import Frame, Look, Namespace, Sort, Tally
from ..reading.functions import CELL_FILE

_HEADER = re.compile(r"ray::(.+?)\(\) \(pid=[^\n]*\)")
_FILE = re.compile(r'^ +File "([^"\n]+)", line (\d+), in (.+)$', re.MULTILINE)
_ERROR = re.compile(r"^(?!The above |During |Traceback )([A-Za-z_][\w.]*)(?:: ([\s\S]*))?\Z")
_FOLLOWED = re.compile(r"\n\n(?:The above exception was|During handling of)")
_WRAPPERS = ("RayTaskError", "UserCodeException", "ActorDiedError", "RayActorError")
_LIBRARY_FILE = re.compile(r"site-packages|dist-packages|[/\\]lib[/\\]python3|^<frozen|^python/ray|[/\\]ray[/\\]_")


@dataclass
class Remote:
    """An error of another process. ``tasks``: the task that raised it is the last, those that waited for it come first."""

    tasks: List[str]
    name: str
    message: str
    frames: List[Frame] = field(default_factory=list)

    @property
    def task(self) -> str:
        """The function or method that the process ran: ``load`` or ``Counter.add``."""
        return self.tasks[-1]

    def place(self) -> Optional[Frame]:
        """The innermost line of the user's own."""
        return next((frame for frame in reversed(self.frames) if frame.where != "library"), None)


def read(message: str) -> Optional[Remote]:
    """Take a worker's traceback apart; None where there is none in ``message``."""
    headers = list(_HEADER.finditer(message))
    found: List[Remote] = []
    names: List[str] = []
    for number, header in enumerate(headers):
        end = headers[number + 1].start() if number + 1 < len(headers) else len(message)
        block = _block(header[1], message[header.end() : end])
        if not names or names[-1] != header[1]:
            names.append(header[1])
        if block is not None and not block.name.startswith(_WRAPPERS):
            block.tasks = list(names)
            found.append(block)
    return found[-1] if found else None


def _block(task: str, text: str) -> Optional[Remote]:
    files = list(_FILE.finditer(text))
    lines = text[files[-1].end() if files else 0 :].strip("\n").split("\n")
    while lines and (lines[0].startswith((" ", "\t")) or not lines[0]):
        del lines[0]
    match = _ERROR.match(_FOLLOWED.split("\n".join(lines))[0].rstrip())
    if not match:
        return None
    return Remote([task], match[1], match[2] or "", [_frame(*file.groups()) for file in files])


def _frame(file: str, line: str, function: str) -> Frame:
    where: Any = "cell" if CELL_FILE.search(file) else "library" if _LIBRARY_FILE.search(file) else "user"
    return Frame(file, int(line), function, "", where)


def _literal(text: str) -> Optional[Look]:
    """A dict that is written out in the call."""
    try:
        value = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    if not isinstance(value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in value.keys):
        return None
    return Look(
        "dict", "builtins", length=len(value.keys), keys=[repr(getattr(key, "value", None)) for key in value.keys]
    )


class Inside:
    """The namespace as a function in another process saw it: its parameters are what the caller passed, its other names
    are unknown, the rest is a copy of the kernel's."""

    def __init__(self, outside: Namespace, arguments: Dict[str, str], own: FrozenSet[str]) -> None:
        self._outside, self._arguments, self._own = outside, arguments, own
        self.live = outside.live

    def names(self) -> List[str]:
        return [name for name in self._outside.names() if name not in self._own] + sorted(self._own)

    def look(self, expression: str) -> Optional[Look]:
        root = re.match(r"\s*(\w+)", expression)
        if root is None or root[1] not in self._own:
            return self._outside.look(expression)
        passed = self._arguments.get(root[1])
        if not passed:
            return None
        return (_literal(passed) if root.end() == len(expression) else None) or self._outside.look(
            passed + expression[root.end() :]
        )

    def tally(self, expression: str, sort: Sort) -> List[Tally]:
        return []

    def subject(self) -> Optional[Look]:
        return None

    def module_exists(self, name: str) -> bool:
        return self._outside.module_exists(name)

    def module_contents(self, name: str) -> Optional[List[str]]:
        return self._outside.module_contents(name)

    def imported(self) -> Dict[str, str]:
        return {name: module for name, module in self._outside.imported().items() if name not in self._own}

    def module_source(self, name: str) -> Optional[str]:
        return self._outside.module_source(name)

    def version(self, distribution: str) -> Optional[str]:
        return self._outside.version(distribution)

    def files(self, folder: str = ".") -> List[str]:
        return self._outside.files(folder)
