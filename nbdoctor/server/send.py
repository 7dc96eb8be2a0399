"""The kernel half as it travels to a kernel whose environment lacks it: its files packed into a text, and the expression that
loads them there. The files are read, never imported: the server runs none of them.
"""

from __future__ import annotations

import ast
import base64
import json
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Tuple

from .. import __version__
from ..protocol import Cell, PostedError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable  # Python 3.11

#: What the kernel half is made of. `kernel/local` goes without the agents there, which need more than IPython.
_FILES = ("__init__.py", "config.py", "errors.py", "protocol.py", "redact.py", "text.py")
_ROOMS = ("kernel", "presenters", "rules")
_KINDS = "rules/data/kinds/"
_SUFFIXES = (".py", ".csv", ".json")

#: The name under which the kernel's answer comes back.
ANSWER = "nbdoctor"


@cache
def archive() -> str:
    """The kernel half: paths and texts as JSON, compressed, in base64."""
    package = files(__package__.partition(".")[0])
    texts = {name: package.joinpath(name).read_text(encoding="utf-8") for name in _FILES}
    for room in _ROOMS:
        texts.update(_texts(package.joinpath(room), f"{room}/"))
    return base64.b64encode(zlib.compress(json.dumps(texts).encode(), 9)).decode("ascii")


def _texts(folder: Traversable, prefix: str) -> Iterator[Tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _texts(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(_SUFFIXES):
            text = entry.read_text(encoding="utf-8")
            yield f"{prefix}{entry.name}", _needed(text) if prefix == _KINDS else text


def _needed(kinds: str) -> str:
    """Of the kinds of problem what rules say; what is read about them is asked of the server."""
    rows = json.loads(kinds)
    return json.dumps({name: {key: row[key] for key in ("category", "title", "means")} for name, row in rows.items()})


@cache
def _loader() -> str:
    return files(__package__.partition(".")[0]).joinpath("kernel", "sent.py").read_text(encoding="utf-8")


def expression(packed: str = "", posted: Optional[PostedError] = None, cell: Optional[Cell] = None) -> str:
    """The expression that loads nbdoctor where it is evaluated. It is made to be one of ``user_expressions``, beside empty
    code: such a request runs no cell, counts none and keeps none.

    Parameters
    ----------
    packed : `archive`, or empty to load what is there already.
    posted, cell : the error that the kernel is to look at, where there is one, and the cell that raised it.
    """
    known = ""
    if posted is not None and cell is not None:
        known = json.dumps({"name": posted.name, "value": posted.value, "cell_id": cell.id, "source": cell.source})
    arguments = ", ".join(ascii(text) for text in (__version__, packed, known))
    # What the user may have bound to other things, such as `exec`, is not relied on.
    return (
        f"(lambda space: (__import__('builtins').exec({_loader()!a}, space), space['load']({arguments}))[1])"
        "({'__name__': 'nbdoctor_loader'})"
    )


def answer(content: Mapping[str, Any]) -> Dict[str, Any]:
    """What `expression` said, from the content of the kernel's reply; as `nbdoctor.kernel.sent.load` describes it."""
    value = (content.get("user_expressions") or {}).get(ANSWER) or {}
    try:
        said = json.loads(ast.literal_eval(value["data"]["text/plain"]))
    except (KeyError, TypeError, ValueError, SyntaxError):
        said = None
    if isinstance(said, dict):
        return said
    why = value.get("ename") or content.get("ename")
    return {"trouble": f"it answered with {why}" if why else "it gave no answer that is understood"}
