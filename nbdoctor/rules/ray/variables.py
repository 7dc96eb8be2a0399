"""Ray: a task or actor has the notebook's variables as they were when it was first used; what was assigned since is not there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Tuple

from ...protocol import Edit, Finding
from ..base import Context, code, edit, finding
from ..reading.functions import cell_sources, definition
from ..reading.scopes import free_names
from ..reading.source import offset_of, text_of, tree_of
from .tasks import remote_calls


@dataclass
class _Made:
    """A definition that Ray sent out: its text, the variable that it reads, and the statement that made the actor."""

    text: str
    variable: str
    creation: str = ""


def old_global(context: Context) -> Optional[Finding]:
    """A check on the result of a task or actor that uses a variable which was assigned again since."""
    asked = context.is_("AssertionError") and ".remote(" in context.source
    calls = remote_calls(context) if asked else []
    if len(calls) != 1 or not context.namespace.live:
        return None
    owner = calls[0].func.value
    actor = owner.value if isinstance(owner, ast.Attribute) else None
    made = None
    if isinstance(actor, ast.Name):
        made = _actor(actor.id, owner.attr)
    elif isinstance(owner, ast.Name):
        made = _task(owner.id)
    if made is None or made.variable not in context.namespace.names():
        return None
    shown, name = code(context.text(owner)), code(made.variable)
    headline = (
        f"{shown} uses {name} as it was when Ray first needed it; it was assigned again since, and Ray has the old one."
    )
    return finding("ray_old_global", headline, 0.9, fixes=edit(_title(made), _again(context, made), 0.8))


def _title(made: _Made) -> str:
    return (
        "Make the actor again, with today's variables"
        if made.creation
        else "Define the task again, with today's variables"
    )


def _again(context: Context, made: _Made) -> List[Edit]:
    """The edit that puts the definition, and the actor's creation, before the failing statement."""
    where = context.failing_span()
    tree = context.tree()
    line = context.line()
    statement = (
        next((s for s in tree.body if s.lineno <= line <= (s.end_lineno or 0)), None) if tree and where else None
    )
    if statement is None:
        return []
    start = offset_of(context.source, statement.lineno)
    return [Edit(start, start, f"{made.text}\n\n{made.creation}\n" if made.creation else f"{made.text}\n\n")]


def _statements() -> Iterator[Tuple[str, Any]]:
    """The statements of all cells that ran, in the order in which they ran."""
    for _, source in reversed(list(cell_sources())):
        tree = tree_of(source)
        for statement in tree.body if tree else ():
            yield source, statement


def _actor(variable: str, method: str) -> Optional[_Made]:
    statements = list(_statements())
    for number in range(len(statements) - 1, -1, -1):
        source, made = statements[number]
        if variable not in _targets(made):
            continue
        value = getattr(made, "value", None)
        name = getattr(getattr(getattr(value, "func", None), "value", None), "id", "")
        if not name or getattr(value.func, "attr", "") != "remote":  # type: ignore[union-attr]
            return None
        return _sent(statements, name, f"{name}.{method}", number, text_of(source, made))
    return None


def _task(name: str) -> Optional[_Made]:
    statements = list(_statements())
    used = [i for i, (_, s) in enumerate(statements) if any(_is_call_of(node, name) for node in ast.walk(s))]
    return _sent(statements, name, name, used[0]) if used else None


def _is_call_of(node: ast.AST, name: str) -> bool:
    """``name.remote(…)``, which is when Ray takes the function's variables."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", "") == "remote" and getattr(getattr(function, "value", None), "id", "") == name


def _sent(statements: List[Tuple[str, Any]], name: str, inner: str, since: int, creation: str = "") -> Optional[_Made]:
    """The definition ``name``, where what ``inner`` of it reads was assigned after the statement number ``since``."""
    found = [(source, s) for source, s in statements[:since] if getattr(s, "name", "") == name]
    reads = definition(found[-1][0], inner) if found else None
    if reads is None:
        return None
    globals_ = set(free_names(ast.Module([reads], [])))
    changed = [target for _, s in statements[since + 1 :] for target in _targets(s) if target in globals_]
    if len(set(changed)) != 1:
        return None
    source, defined = found[-1]
    first = min([defined.lineno, *(part.lineno for part in defined.decorator_list)])
    text = "\n".join(source.split("\n")[first - 1 : defined.end_lineno])
    return _Made(text, changed[0], creation)


def _targets(statement: Any) -> List[str]:
    targets = [*getattr(statement, "targets", []), getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


RULES: Tuple[Any, ...] = (old_global,)
