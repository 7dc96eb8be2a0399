"""Ray: an error inside of a task is diagnosed where it was raised, in the cell that defines the task."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Action, Cell, Edit, Finding, Fix, RaisedError, Report
from ...text import apply_edits
from ..base import Context, code, finding, fix, short
from ..reading.functions import bound_inside, cell_sources, function_at, parameter_names
from ..reading.source import line_text, offset_of, text_of, tree_of
from .arrays import copied, read_only
from .remote import Inside, Remote, read

#: A line of another cell that has to change: `task_in_other_cell` reads it again where that cell can be edited.
_LINE = "Line {} of the cell that defines it should read: {}"
_READ_LINE = re.compile(r"^Line (\d+) of the cell that defines it should read: (.*)$")
_ANOTHER = "another cell"


@dataclass
class Task:
    """What is known of a task that failed: the cell that holds the failing line, and the line in it."""

    remote: Remote
    source: str
    line: int
    here: bool
    function: Optional[Any]

    @property
    def shown(self) -> str:
        return code(self.remote.task)


def task_failed(context: Context) -> Optional[Finding]:
    """An error that a task or actor raised in its own process."""
    remote = read(context.message)
    if remote is None:
        return None
    task = _place(context, remote)
    inner = _inside(context, task) if task is not None else None
    known = read_only(task) if task is not None else None
    # That the task's own `raise` raised it is told below, with what it was called with.
    if known is None and inner is not None and task is not None and inner.confidence >= 0.5 and inner.kind != "raised":
        known = _told(inner, task)
    return _waited(known or _raised(context, remote, task), remote)


def _waited(found: Finding, remote: Remote) -> Finding:
    """Say which task could not begin because of it, where the one that failed was another one's argument."""
    if len(remote.tasks) < 2:
        return found
    note = f"{code(remote.tasks[0])} did not start: it was to be given the result of {code(remote.task)}."
    return replace(found, facts=[note, *found.facts])


def _place(context: Context, remote: Remote) -> Optional[Task]:
    frame = remote.place()
    if frame is None or frame.where != "cell":
        return None
    if context.notebook:
        sources = [cell.source for cell in context.notebook if cell.kind == "code"]
    else:
        sources = [text for name, text in cell_sources() if name == frame.file] or [context.source]
    for source in sources:
        # IPython takes leading blank lines away before it counts.
        line = frame.line + len(source) - len(source.lstrip("\n"))
        function = function_at(source, line)
        if function is not None and function.name == frame.function:
            here = source.strip() == context.source.strip()
            return Task(remote, context.source if here else source, line, here, function)
    return None


def _inside(context: Context, task: Task) -> Optional[Finding]:
    """What the ordinary rules say of the inner error, as if the cell with the task had raised it."""
    from ..engine import _guarded
    from ..registry import RULES

    cell = context.cell if task.here else Cell(task.source, _ANOTHER)
    raised = RaisedError(
        task.remote.name.rpartition(".")[2], task.remote.message, task.remote.name, details=_details(task.remote)
    )
    outer = task.remote.place()
    assert outer is not None
    text = line_text(task.source, task.line)
    raised.frames = [replace(outer, line=task.line, file="<cell>", cell_id=cell.id, source=text)]
    report = Report(context.report.id, cell, [raised], context.report.live, names=context.report.names)
    own = bound_inside(task.function)
    inner = Context(report, Inside(context.namespace, _arguments(context, task), own))
    rules = [rule for rule in RULES if rule.__module__ != __name__]
    found = [finding for finding in (_guarded(rule, inner) for rule in rules) if finding is not None]
    return max(found, key=lambda one: one.confidence, default=None)


def _details(remote: Remote) -> Dict[str, str]:
    found = {"key": remote.message} if remote.name == "KeyError" else {}
    number = re.match(r"\[Errno (\d+)\] [^:]*(?:: ['\"](.+?)['\"])?", remote.message)
    if number:
        found["errno"] = number[1]
        found.update({"filename": number[2]} if number[2] else {})
    return found


def _arguments(context: Context, task: Task) -> Dict[str, str]:
    """What the failing cell passed for each parameter of the task, as text, where there is one such call."""
    called = [call for call in remote_calls(context) if _short_name(call) in (task.remote.task.rpartition(".")[2], "")]
    if len(called) != 1 or task.function is None or task.function.name != task.remote.task.rpartition(".")[2]:
        return {}
    call, found = called[0], {}
    for name, value in zip(parameter_names(task.function), call.args):
        found[name] = value
    found.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    return {name: _put(context, value) for name, value in found.items() if not isinstance(value, ast.Starred)}


def _put(context: Context, value: Any) -> str:
    """The text of an argument; of ``ray.put(x)``, and of a variable that holds that, the text ``x``."""
    if isinstance(value, ast.Name):
        for _, source in [("", context.source), *cell_sources()]:
            assigned: List[Any] = [
                node.value
                for node in ast.walk(tree_of(source) or ast.Module([], []))
                if isinstance(node, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets)
            ]
            if assigned and _is_put(assigned[-1]):
                return text_of(source, assigned[-1].args[0])
    return text_of(context.source, value.args[0] if _is_put(value) else value)


def _is_put(node: Any) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "put"
    return named and len(node.args) == 1


def remote_calls(context: Context) -> List[Any]:
    """The calls of ``….remote(…)`` in the failing line; where it has none, in the whole cell."""
    tree = context.tree()
    for nodes in (context.nodes(ast.Call), list(ast.walk(tree)) if tree else []):
        found = [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "remote"]
        if found:
            return found
    return []


def _short_name(call: Any) -> str:
    """``f`` of ``f.remote()`` and of ``f.options(…).remote()``, ``add`` of ``counter.add.remote()``."""
    owner = call.func.value
    if isinstance(owner, ast.Call) and getattr(owner.func, "attr", "") == "options":
        owner = getattr(owner.func, "value", None)
    return owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""


# ------------------------------------------------------------------ what is said


def _told(inner: Finding, task: Task) -> Finding:
    """The finding of the inner error, with its place; edits of another cell become a sentence."""
    first = inner.headline
    headline = f"Inside of the task {task.shown}: {first[0].lower() + first[1:] if first[1:2].islower() else first}"
    facts = list(inner.facts)
    if not task.here:
        facts += [line for line in (_changed_line(task.source, one) for one in inner.fixes) if line][:1]
    kept = [one for one in inner.fixes if task.here or all(action.kind != "replace_cell" for action in one.actions)]
    return replace(inner, headline=headline, facts=facts, fixes=kept)


def _changed_line(source: str, one: Fix) -> str:
    """The one line that a fix changes, as it becomes; empty where it changes more."""
    edits = [change for action in one.actions if action.kind == "replace_cell" for change in action.edits]
    new, old = apply_edits(source, edits).split("\n"), source.split("\n")
    differ = [number for number, line in enumerate(old) if len(new) == len(old) and line != new[number]]
    return _LINE.format(differ[0] + 1, new[differ[0]].strip()) if len(differ) == 1 else ""


def _raised(context: Context, remote: Remote, task: Optional[Task]) -> Finding:
    """Nothing more is known than which task raised what, where."""
    name = remote.name.rpartition(".")[2]
    frame = remote.place()
    where = "" if frame is None else f" in line {frame.line}"
    where += f" of {code(frame.file.rpartition('/')[2])}" if frame is not None and frame.where == "user" else ""
    said = short(" ".join(remote.message.split()), 160)
    why = _condition(task) if task is not None else ""
    kind = "ray_task_code" if _is_builtin(name) else "ray_task_raised"
    if why:
        passed = _passed(context, task)
        headline = (
            f"The task {code(remote.task)} refused what it was given{passed}: it raises {code(name)} where {why}."
        )
        return finding(kind, headline, 0.85, facts=[f"It says: {said}." if said else ""])
    headline = f"The task {code(remote.task)} itself failed{where} with {code(name)}{': ' + said if said else ''}."
    return finding(kind, headline, 0.7)


def _is_builtin(name: str) -> bool:
    import builtins

    # A bare Exception says no more than an exception of the user's own.
    return isinstance(getattr(builtins, name, None), type) and name not in ("Exception", "BaseException")


def _condition(task: Task) -> str:
    """The condition of the ``if`` that stands right before the ``raise`` that the task stopped at."""
    tree = tree_of(task.source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.If):
            for branch in node.body:
                if isinstance(branch, ast.Raise) and branch.lineno <= task.line <= (branch.end_lineno or 0):
                    return code(text_of(task.source, node.test))
    return ""


def _passed(context: Context, task: Optional[Task]) -> str:
    passed = _arguments_of_only_call(context)
    return f", {code(passed)}" if passed and task is not None else ""


def _arguments_of_only_call(context: Context) -> str:
    calls = remote_calls(context)
    if len(calls) != 1 or not (calls[0].args or calls[0].keywords):
        return ""
    return ", ".join(text_of(context.source, part) for part in [*calls[0].args, *calls[0].keywords])


# ------------------------------------------------------------------ the task stands in another cell


def task_in_other_cell(context: Context) -> Optional[Finding]:
    """Where the notebook is known: the edit of the cell that defines the task, which runs again before this one."""
    remote = read(context.message)
    task = _place(context, remote) if remote is not None else None
    cell = next((c for c in context.notebook if task and c.source == task.source), None)
    if task is None or task.here or cell is None or cell.id is None or not _only_defines(task.source):
        return None
    shared = read_only(task)
    for found in [*context.report.findings, *([shared] if shared else [])]:
        told = next((match for match in map(_READ_LINE.match, found.facts) if match), None)
        change = _line_edit(task, told[1], told[2]) if told else copied(task) if found.kind == "ray_read_only" else None
        if change is not None:
            new = apply_edits(task.source, [change])
            actions = [Action("replace_cell", cell_id=cell.id, new_source=new), Action("run_cells", cell_ids=[cell.id])]
            title = f"Correct {task.shown} in the cell that defines it, and run both"
            return replace(found, fixes=[fix(title, *actions, confidence=min(found.confidence, 0.9))])
    return None


def _line_edit(task: Task, line: str, text: str) -> Optional[Edit]:
    # The kernel counts without the leading blank lines of the cell.
    number = int(line) + len(task.source) - len(task.source.lstrip("\n"))
    old = line_text(task.source, number)
    start = offset_of(task.source, number, len(old) - len(old.lstrip()))
    return Edit(start, start + len(old.strip()), text) if number == task.line else None


def _only_defines(source: str) -> bool:
    """Whether running a cell again does no more than to define functions and classes anew."""
    tree = tree_of(source)
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return tree is not None and all(isinstance(node, kinds) for node in tree.body)


RULES: Tuple[Any, ...] = (task_failed,)
NOTEBOOK_RULES: Tuple[Any, ...] = (task_in_other_cell,)
