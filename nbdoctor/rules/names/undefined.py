"""Names that are not defined: the likeliest of many reasons, and the names of other languages."""

from __future__ import annotations

import ast
import re
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding
from .. import tables
from ..base import Context, code, edit, finding
from ..guard import granted
from ..reading.source import span
from ..reading.words import remark
from ..rewrite import is_template, rewritten, takes_arguments
from .forgotten import (
    attributes_used,
    forgotten_import,
    holds_name,
    in_a_module,
    installed_module,
    is_called,
    module_case,
    name_uses,
)
from .nearby import branch_in_cell, later_in_cell, local_elsewhere, missing_self, unused_local
from .quotes import column_without_quotes, comma_for_dot, file_without_quotes
from .typos import typo
from .unbound import unbound_local

_NOT_DEFINED = re.compile(r"name '([^']+)' is not defined")
_CONSTANTS = ("None", "True", "False")


def undefined_name(context: Context) -> Optional[Finding]:
    """A NameError: the likeliest of several reasons."""
    match = _NOT_DEFINED.search(context.message) if context.is_("NameError") else None
    if not match:
        return None
    name = context.detail("name") or match.group(1)
    for reason in (
        _other_python,
        column_without_quotes,
        file_without_quotes,
        comma_for_dot,
        missing_self,
        forgotten_import,
        later_in_cell,
        branch_in_cell,
        module_case,
        in_a_module,
        _other_language,
    ):
        found = reason(context, name)
        if found is not None:
            return found
    return _closest_or_none(context, name)


def _closest_or_none(context: Context, name: str) -> Finding:
    """Guesses, the surest of them: what looks like the name, and where else there is one."""
    guesses = [reason(context, name) for reason in (typo, local_elsewhere, installed_module, unused_local)]
    found = [guess for guess in guesses if guess is not None]
    if found:
        return max(found, key=lambda guess: guess.confidence)
    quotes = f" If you mean the text {name!r}, put it in quotes." if _could_be_text(context, name) else ""
    headline = f"{code(name)} has no value: nothing that has run defines it."
    return finding("undefined_name", headline, 0.5, explanation=tables.kinds()["undefined_name"]["means"] + quotes)


def _could_be_text(context: Context, name: str) -> bool:
    """A bare word as an argument, or on the right of an assignment."""
    return any(
        holds_name(child, name)
        for node in context.nodes(ast.Call, ast.Assign, ast.Compare)
        for child in ast.iter_child_nodes(node)
    )


# ------------------------------------------------------------------ another Python, another language


def _other_python(context: Context, name: str) -> Optional[Finding]:
    """Names of Python 2 that `data/renamed.csv` knows."""
    row = next((r for r in tables.renamed().get(name, []) if r["owner"] == "builtins" and r["kind"] == "name"), None)
    if row is None:
        return None
    new = row["new"]
    if not new:
        note = row["note"]
        return finding(
            "old_python",
            f"{code(name)} is not a builtin of Python 3.",
            0.85,
            explanation=remark(note),
        )
    edits = _rewritten(context, name, new) if is_template(new) else name_uses(context, name, new)
    if not row["drop_in"]:
        return None
    shown = new if not is_template(new) else edits[-1].text if edits else ""
    became = f"it is {code(shown)}" if shown else row["note"]
    fixes = edit(f"Write {code(shown)}", edits, 0.93)
    return finding("old_python", f"Python 3 has no {code(name)}; {became}.", 0.93, fixes=fixes)


def _rewritten(context: Context, name: str, template: str) -> List[Edit]:
    found = [n for n in context.nodes(ast.Name) if holds_name(n, name)]
    if len(found) != 1:
        return []
    calls = [n for n in context.nodes(ast.Call) if n.func is found[0]]
    target = next(iter(calls), None) if takes_arguments(template) else found[0]
    return rewritten(context, target, template)


def _other_language(context: Context, name: str) -> Optional[Finding]:
    """Names of other languages, and of scripts, by `data/names.csv`."""
    row = next((row for row in tables.rows("names") if row["name"] == name), None)
    if row is None:
        return None
    if name == "__file__":
        return _file(context, row["note"])
    new, language = row["new"], row["language"]
    plain = new in _CONSTANTS or "(" in new
    if not plain and not (is_called(context, name) or attributes_used(context, name) or _is_annotation(context, name)):
        return None
    if language == "Python 2":
        headline = f"{code(name)} is of Python 2; {f'Python 3 has {code(new)}' if new else row['note']}."
    else:
        headline = f"{code(name)} is of {language}; {f'in Python it is {code(new)}' if new else row['note']}."
    edits = name_uses(context, name, new) if new else []
    kind = "old_python" if language == "Python 2" else "other_language"
    # The table says that this is the same value: nothing is made up.
    fixes = [granted(fix, "makes_up", "removes") for fix in edit(f"Write {code(new)}", edits, 0.88)]
    return finding(kind, headline, 0.9, fixes=fixes)


def _is_annotation(context: Context, name: str) -> bool:
    tree = context.tree()
    for node in ast.walk(tree) if tree else ():
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if annotation is not None and any(holds_name(n, name) for n in ast.walk(annotation)):
            return True
    return False


def _file(context: Context, note: str) -> Finding:
    """``__file__``: its folder is the working folder of a notebook, which most uses of it are after."""
    edits: List[Edit] = []
    whole = [n for n in context.nodes(ast.Call, ast.Attribute) if _is_folder_of_file(n)]
    if whole:
        outer = max(whole, key=lambda n: len(ast.dump(n)))
        text = ast.unparse(outer)
        new = "Path.cwd()" if text.startswith("Path(") else "os.getcwd()"
        edits = [Edit(*span(context.source, outer), new)]
    headline = f"{code('__file__')} is known in scripts alone: {note}."
    return finding(
        "script_name", headline, 0.92, fixes=edit(f"Write {code(edits[0].text)}" if edits else "", edits, 0.9)
    )


_FOLDER = re.compile(
    r"os\.path\.dirname\((?:os\.path\.(?:abspath|realpath)\()?__file__\)?\)"
    r"|Path\(__file__\)(?:\.resolve\(\)|\.absolute\(\))?\.parent"
)


def _is_folder_of_file(node: ast.AST) -> bool:
    return bool(_FOLDER.fullmatch(ast.unparse(node)))


RULES: Tuple[Any, ...] = (undefined_name, unbound_local)
