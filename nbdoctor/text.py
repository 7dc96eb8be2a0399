"""Plain text: colours taken out, lengths bounded, surrogates escaped, digests."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Iterable, Sequence, Tuple

if TYPE_CHECKING:
    from .protocol import Edit

# Escape sequences of terminals (ECMA-48 CSI, OSC and two-character escapes), as tracebacks carry them.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def strip_ansi(text: str) -> str:
    """Return ``text`` without escape sequences and control characters (tabs and newlines stay)."""
    return _CONTROL.sub("", _ANSI.sub("", text))


def clip(text: str, limit: int, *, head: float = 0.6) -> str:
    """Return at most ``limit`` characters of ``text``: its head and its tail, with a mark of what was cut.

    ``head`` is the share of the kept text that comes from the beginning.
    """
    if len(text) <= limit:
        return text
    mark = f" … [{len(text) - limit} characters left out] … "
    room = limit - len(mark)
    if room <= 0:
        return text[:limit]
    front = int(room * head)
    return text[:front] + mark + text[len(text) - (room - front) :]


def plain(text: object, limit: int) -> str:
    """``text`` bounded, without colours, and safe to encode as UTF-8 (lone surrogates become ``\\udXXX``).

    The bound is applied first, so that a message of 10 MB costs no more than one of ``limit`` characters.
    """
    if not isinstance(text, str):
        text = f"<{type(text).__name__}>"
    bounded = clip(text, limit * 2)
    return clip(strip_ansi(bounded).encode("utf-8", "backslashreplace").decode("utf-8"), limit)


def first_sentence(text: str) -> str:
    """The first sentence of a docstring or message, on one line."""
    paragraph = re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0]
    line = " ".join(paragraph.split())
    match = re.match(r".+?[.!?](?=\s|$)", line)
    return match.group(0) if match else line


def digest(source: str) -> str:
    """A short fingerprint of a cell's source (16 hex digits of SHA-256)."""
    return hashlib.sha256(source.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def same_ends(old: Sequence[Any], new: Sequence[Any]) -> Tuple[int, int]:
    """With how many items two sequences (texts, lists of lines) begin alike, and with how many of the others they end alike."""
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    end = next((i for i in range(shortest - start) if old[-1 - i] != new[-1 - i]), shortest - start)
    return start, end


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """Return ``source`` with `protocol.Edit` objects carried out.

    Raises ValueError where edits overlap or lie outside of the text.
    """
    result, last = [], 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if not last <= edit.start <= edit.end <= len(source):
            raise ValueError(f"edit {edit.start}:{edit.end} does not fit a text of {len(source)} characters")
        result += [source[last : edit.start], edit.text]
        last = edit.end
    return "".join([*result, source[last:]])
