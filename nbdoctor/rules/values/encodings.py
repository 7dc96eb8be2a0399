"""Text in another encoding than the one it is read with: what the file's first bytes say, and which encoding reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from ..base import Context, code, edit, finding
from ..reading.place import Place, place_of

_READERS = ("open", "read_csv", "read_table", "read_text", "read_fwf", "genfromtxt", "loadtxt")
MAX_BYTES = 262_144

#: How files begin that are no text at all.
_BEGINNINGS = (
    (b"\x1f\x8b", "is compressed (gzip)", "`pd.read_csv(path, compression='gzip')` and `gzip.open` read it."),
    (b"PK\x03\x04", "is a ZIP archive or an Office document", "`pd.read_excel` reads workbooks, `zipfile` archives."),
    (b"\xd0\xcf\x11\xe0", "is a document of an old Office", "`pd.read_excel` reads workbooks."),
    (b"%PDF", "is a PDF document", "No reader of text or tables takes it."),
    (b"\x89PNG", "is a picture", "Open it in binary mode, `'rb'`, or by a library for pictures."),
    (b"\xff\xd8\xff", "is a picture", "Open it in binary mode, `'rb'`, or by a library for pictures."),
    (b"PAR1", "is a Parquet file", "`pd.read_parquet` reads it."),
    (b"\x80\x04", "is a pickle", "Open it in binary mode, `'rb'`, for `pickle.load`."),
    (b"BZh", "is compressed (bzip2)", "`pd.read_csv(path, compression='bz2')` reads it."),
)


def encoding(context: Context) -> Optional[Finding]:
    """A file that is not written in the encoding it is read with."""
    match = (
        re.match(r"'([\w-]+)' codec can't decode bytes? (0x\w+)?", context.message)
        if context.is_("UnicodeDecodeError")
        else None
    )
    if not match:
        return None
    used = match[1]
    place = place_of(context)
    call, path = _reader(place) if place is not None and context.namespace.live else (None, "")
    content = _beginning(path)
    shown = code(path) if path else "The file or text"
    if content is None or place is None or call is None:
        why = (
            "The reader has to be told how it is written: `encoding='latin-1'` or `'cp1252'` for older files "
            "from Windows, `'utf-16'` for some."
        )
        return finding("encoding", f"{shown} is not written in {code(used)}.", 0.88, explanation=why)
    for start, what, how in _BEGINNINGS:
        if content.startswith(start):
            return finding("encoding", f"{shown} {what}, and no plain text.", 0.96, explanation=how)
    better = _reads(content, used)
    if not better:
        why = (
            f"Its first bytes are {code(content[:8].hex(' '))}. It is in an encoding that its bytes alone do not tell."
        )
        return finding("encoding", f"{shown} is not written in {code(used)}.", 0.9, explanation=why)
    why = (
        f"{code(better)} reads what was looked at of it. Look at letters with accents afterwards: they tell "
        "whether it is the right one."
    )
    end = place.span(call)[1] - 1
    named = next((k for k in call.keywords if k.arg == "encoding"), None)
    changes: List[Edit] = []
    if place.editable and named is None and (call.args or call.keywords):
        changes = [Edit(end, end, f", encoding={better!r}")]
    elif place.editable and named is not None:
        changes = place.replace(named.value, repr(better))
    return finding("encoding", f"{shown} is written in {code(better)}, and read as {code(used)}.", 0.92, explanation=why,
                   fixes=edit(f"Read it as {code(better)}", changes, 0.8))  # fmt: skip


def _reader(place: Place) -> Tuple[Any, str]:
    """The call that reads a file, and its path, where both stand in the cell."""
    calls = [n for n in place.nodes(ast.Call) if _is_reader(n)] or [
        n for n in ast.walk(place.tree) if isinstance(n, ast.Call) and _is_reader(n)]  # fmt: skip
    if len(calls) != 1:
        return None, ""
    first = calls[0].args[0] if calls[0].args else None
    if isinstance(first, ast.Name):
        given = [n.value for n in ast.walk(place.tree) if isinstance(n, ast.Assign)
                 and any(isinstance(t, ast.Name) and t.id == first.id for t in n.targets)]  # fmt: skip
        first = given[0] if len(given) == 1 else None
    path = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return calls[0], path


def _is_reader(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) in _READERS


def _beginning(path: str) -> Optional[bytes]:
    """The first bytes of a file that is a plain one and here; None otherwise."""
    try:
        if not path or not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES)
    except (OSError, ValueError):
        return None


def _reads(content: bytes, used: str) -> str:
    """The encoding by which the bytes become plausible text; empty where that cannot be said."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if not used.lower().replace("_", "-").startswith("utf-8") and _decodes(content, "utf-8"):
        return "utf-8"
    high = [byte for byte in content if byte > 0x7F]
    letters = sum(chr(byte).isalpha() for byte in content if byte < 0x80)
    if b"\x00" in content or len(high) > 0.2 * max(letters, 1):
        return ""  # no text of western letters
    if any(0x80 <= byte < 0xA0 for byte in high):
        return "cp1252" if _decodes(content, "cp1252") else ""
    return "latin-1"


def _decodes(content: bytes, name: str) -> bool:
    try:
        content[: MAX_BYTES - 4].decode(name)
    except UnicodeDecodeError as error:
        return error.start > len(content) - 8  # a sign was cut in two
    return True


RULES: Tuple[Any, ...] = (encoding,)
