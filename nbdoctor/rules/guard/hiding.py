"""What a fix may not add: whatever makes the error go unseen, or stands in for what is missing (see `made_up`)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Iterator, Optional, Tuple

from ..reading.source import nodes_of
from .fillers import does_nothing, is_filler, last_name
from .made_up import Facts, placeholders, substitutes

if TYPE_CHECKING:
    from .refusal import Allowance

#: What a check found: its text, by which two are the same one, and a word that stands in the source for it.
Item = Tuple[str, str]

_BROAD = ("Exception", "BaseException", "StandardError")
_SUPPRESSING = ("suppress", "raises", "assertRaises", "assertRaisesRegex")
_EXITS = ("exit", "quit", "_exit", "abort")
# Arguments by which a function skips what it cannot read, or does not look.
_LENIENT = {
    "errors": ("ignore", "coerce", "replace"),
    "encoding_errors": ("ignore", "replace"),
    "on_bad_lines": ("skip", "warn"),
    "error_bad_lines": (False,),
    "invalid_raise": (False,),
    "raise_on_error": (False,),
    "strict": (False,),
    "check": (False,),
    "verify": (False,),
    "validate": (False,),
    "verify_integrity": (False,),
    "ignore_errors": (True,),
}


def hidden(tree: ast.Module, old: Optional[ast.Module], original: str, facts: Facts) -> Iterator[Tuple[Allowance, str]]:
    """What ``tree`` has more of than the original and may not have: the allowance that it would need, and why it is no fix.

    Args:
        tree: of the candidate.
        old: of the original; None where that does not parse.
        original: its text.
        facts: of the error.
    """
    words = Counter(re.findall(r"\w+", original)) if old is None else Counter()
    for allowance, check, reason in _CHECKS:
        found = Counter(check(tree, facts))
        if not found:
            continue
        # Of what did not parse, the words alone are known.
        before = Counter(check(old, facts)) if old is not None else Counter({i: words[i[1]] for i in found})
        if found - before:
            yield allowance, reason


def _handlers(tree: ast.AST, _facts: Facts) -> Iterator[Item]:
    """Handlers that swallow: broad ones, and those that do nothing about it."""
    for node in nodes_of(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = [last_name(part) for part in ast.walk(node.type)] if node.type is not None else ["Exception"]
        if any(name in _BROAD for name in caught):
            yield "broad", "except"
        elif all(does_nothing(statement, node.name) for statement in node.body):
            yield ast.dump(node.type) if node.type is not None else "", "except"


def _suppressions(tree: ast.AST, _facts: Facts) -> Iterator[Item]:
    """``with suppress(...)`` and its like, and hooks that keep the traceback from being shown."""
    for node in nodes_of(tree):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
            names = [last_name(call.func) for call in calls]
            yield from ((name, name) for name in names if name in _SUPPRESSING)
        elif isinstance(node, ast.ImportFrom) and node.module == "contextlib":
            yield from (("imported", "suppress") for alias in node.names if alias.name == "suppress")
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "excepthook":
            yield node.attr, node.attr


def _silencers(tree: ast.AST, facts: Facts) -> Iterator[Item]:
    """Arguments by which what does not fit is skipped, and filters of warnings."""
    for node in nodes_of(tree):
        if not isinstance(node, ast.Call):
            continue
        name = last_name(node.func)
        for keyword in node.keywords:
            value = getattr(keyword.value, "value", None)
            if any(type(value) is type(bad) and value == bad for bad in _LENIENT.get(keyword.arg or "", ())):
                yield f"{keyword.arg}={value!r}", keyword.arg or ""
        positional = [getattr(part, "value", None) for part in node.args]
        if name in ("decode", "encode", "str", "bytes") and positional[1:] and positional[-1] in _LENIENT["errors"]:
            yield name, str(positional[-1])
        ignores = name in ("filterwarnings", "simplefilter") and positional[:1] == ["ignore"]
        ends_early = name == "next" and facts.error == "StopIteration" and node.args[1:] and is_filler(node.args[1])
        if ignores or ends_early:
            yield name, name


def _exits(tree: ast.AST, _facts: Facts) -> Iterator[Item]:
    """What ends the run before the error can come."""
    for node in nodes_of(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in _EXITS:
            yield last_name(node.func), last_name(node.func)
        elif last_name(node) == "SystemExit":
            yield "SystemExit", "SystemExit"


_CHECKS: Tuple[Tuple[Allowance, Any, str], ...] = (
    ("catches", _handlers, "it catches the error instead of correcting the cause"),
    ("catches", _suppressions, "it suppresses the error instead of correcting the cause"),
    ("silences", _silencers, "it skips what does not fit instead of correcting the cause"),
    ("ends", _exits, "it ends the run before the error can come"),
    ("makes_up", placeholders, "it makes up a value for what is missing"),
    ("makes_up", substitutes, "it goes on without what is missing"),
)
