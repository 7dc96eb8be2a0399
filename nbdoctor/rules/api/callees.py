"""What a failing call calls, and with what. For the rules about arguments."""

from __future__ import annotations

import ast
from typing import List, Optional, Sequence, Tuple

from ...protocol import Fix, Look, Parameter
from ..base import Context, code, edit, listed
from ..reading.functions import is_unread
from ..reading.source import argument_edit, text_of

#: Parameters that may be passed by name, and those that may be passed by position.
BY_NAME = ("positional_or_keyword", "keyword_only")
BY_POSITION = ("positional_only", "positional_or_keyword")


def call_with(context: Context, name: str) -> Tuple[Optional[ast.Call], Optional[ast.keyword]]:
    """The call of the failing line that passes a keyword; nothing where two could be it."""
    found = [(node, k) for node in context.nodes(ast.Call) for k in node.keywords if k.arg == name]
    return found[0] if len(found) == 1 else (None, None)


def call_of(context: Context, called: str) -> Optional[ast.Call]:
    """The call of the failing line that calls what the exception names; None where two could be it, or none.

    A class is called by its own name, and ``__init__`` is named; an object may be called by any name.
    """
    parts = [part for part in called.split(".") if part not in ("__init__", "__new__", "<lambda>", "<locals>")]
    calls: List[ast.Call] = list(context.nodes(ast.Call))
    found = [call for call in calls if parts and last_name(call.func) == parts[-1]]
    if not found and calls and context.expression() and context.direct():
        found = calls[:1]
    return found[0] if len(found) == 1 else None


def last_name(node: ast.expr) -> str:
    """``c`` of ``a.b.c``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def callee(context: Context, call: Optional[ast.Call]) -> Optional[Look]:
    """What is called. The exception's own subject counts only if the call is not known."""
    if call is not None:
        look = context.namespace.look(text_of(context.source, call.func))
        if look is not None and look.parameters is not None:
            return look
    look = context.namespace.subject()
    return look if look is not None and look.parameters is not None else None


def own_parameters(look: Optional[Look]) -> List[Parameter]:
    """The parameters that the caller passes."""
    return [p for p in (look.parameters or []) if p.name not in ("self", "cls")] if look else []


def keyword_names(look: Optional[Look]) -> List[str]:
    """What may be passed by name."""
    return [p.name for p in own_parameters(look) if p.kind in BY_NAME]


def is_starred(call: ast.Call) -> bool:
    """Whether a call passes what is not seen: ``*args`` or ``**options``."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def unread_as_none(context: Context, call: ast.Call, called: str, names: Sequence[str]) -> List[Fix]:
    """The fix that passes ``None`` for what is missing: only where the text of what is called never uses it."""
    if not called or is_starred(call) or not is_unread(context.source, called, names):
        return []
    change = argument_edit(context.source, call, ", ".join(f"{name}=None" for name in names))
    title = f"Pass `None` for {listed(names)}, which {code(called)} never uses"
    return edit(title, [change] if change else [], 0.6)


def signature(look: Optional[Look]) -> str:
    """How what is called is defined, as a sentence; empty where that is not known."""
    if look is None or look.parameters is None:
        return ""
    text = f"{look.name.rpartition('.')[2]}({shown_parameters(look, 12)})"
    return f"It is defined as `{text[:200]}`."


def shown_parameters(look: Look, most: int) -> str:
    """The parameters that the caller passes, as a definition shows them, ``most`` at most."""
    shown: List[str] = []
    for parameter in own_parameters(look)[:most]:
        if parameter.kind == "keyword_only" and not any(part.startswith("*") for part in shown):
            shown.append("*")
        shown.append(_shown(parameter))
    return ", ".join(shown)


def _shown(parameter: Parameter) -> str:
    stars = {"var_positional": "*", "var_keyword": "**"}.get(parameter.kind, "")
    return f"{stars}{parameter.name}" + (f"={parameter.default}" if parameter.default is not None else "")
