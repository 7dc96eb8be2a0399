"""A sign that is missing or wrong beside a name: quotes around a column, key or file name; a comma for a dot."""

from __future__ import annotations

import ast
import re
from typing import List, Optional

from ...protocol import Edit, Finding
from ..base import Context, code, edit, finding
from ..notebook.items import root
from ..reading.source import line_text, span, text_of
from .forgotten import holds_name

_SUFFIX = re.compile(r"(?<![\w'\"])((?:[\w\-]+/)*[\w\-]+\.[A-Za-z]\w{1,6})(?![\w(])")


def column_without_quotes(context: Context, name: str) -> Optional[Finding]:
    """``df[price]``, ``df.groupby(price)`` or ``d[key]`` where the table or dictionary has that very key."""
    for node in context.nodes(ast.Subscript, ast.Call, ast.Attribute):
        if isinstance(node, ast.Subscript):
            container, used = text_of(context.source, node.value), _inside(node.slice, name)
            container = re.sub(r"\.(?:i?loc|i?at)$", "", container)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            container = root(node.func.value)
            used = [n for part in [*node.args, *(k.value for k in node.keywords)] for n in _inside(part, name)]
        else:
            continue
        look = context.namespace.look(container) if used and container else None
        if look is None or repr(name) not in look.keys:
            continue
        what = "column" if look.shape and len(look.shape) == 2 else "key"
        headline = f"{code(name)} is a {what} of {code(container)}; as text it needs quotes: {code(repr(name))}."
        edits = [Edit(*span(context.source, n), repr(name)) for n in used]
        return finding("missing_quotes", headline, 0.94, fixes=edit(f"Write {code(repr(name))}", edits, 0.94))
    return None


def _inside(node: ast.AST, name: str) -> List[ast.Name]:
    """Uses of a name as a key or within a list of keys."""
    nodes = [node, *(node.elts if isinstance(node, (ast.List, ast.Tuple)) else [])]
    return [n for n in nodes if isinstance(n, ast.Name) and holds_name(n, name)]


def file_without_quotes(context: Context, name: str) -> Optional[Finding]:
    """``open(data.csv)``, where there is such a file."""
    line = context.line()
    text = line_text(context.source, line)
    for match in _SUFFIX.finditer(text):
        path = match.group(1)
        if not re.match(rf"{re.escape(name)}\b", path.rsplit("/", 1)[-1]) and not path.startswith(name):
            continue
        if path not in context.namespace.files():
            continue
        start = sum(len(t) + 1 for t in context.source.split("\n")[: line - 1]) + match.start(1)
        headline = f"{code(path)} is a file; its name needs quotes: {code(repr(path))}."
        edits = [Edit(start, start + len(path), repr(path))]
        return finding("missing_quotes", headline, 0.94, fixes=edit(f"Write {code(repr(path))}", edits, 0.94))
    return None


def comma_for_dot(context: Context, name: str) -> Optional[Finding]:
    """``text.lower(),split()``: a method that follows a comma without a space, where a dot was meant."""
    if not any(hasattr(kind, name) for kind in (str, list, dict)):
        return None
    for node in context.nodes(ast.Call):
        if not (isinstance(node, ast.Call) and holds_name(node.func, name)):
            continue
        start, _ = span(context.source, node)
        before = context.source[:start]
        if before.endswith(",") and before[-2:-1] in (")", "]", "'", '"'):
            headline = f"{code(name)} is a method: before it stands a comma where a dot belongs."
            edits = [Edit(start - 1, start, ".")]
            return finding("misspelled_name", headline, 0.9, fixes=edit("Write a dot for the comma", edits, 0.88))
    return None
