"""How a failing cell's variables stand: the cells that made them, and the plan that makes them anew."""

from __future__ import annotations

import ast
from typing import List, Optional

from ...protocol import Executed, Fix
from ..base import Context
from ..reading.past import Past
from .book import Notebook
from .items import root
from .wanted import Wanted, wanted_item

# The same line ran before without an error: that is surer than what its message alone tells.
SURE = 0.95
LIKELY = 0.93


class State:
    """The failing statement's variables, with what ran and how the cells stand."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.past, self.book = Past(context), Notebook(context)
        self.item: Optional[Wanted] = wanted_item(context)

    def variables(self) -> List[str]:
        """Variables of the failing expression that a cell made, the one that the error is about first."""
        found = [self.item.name] if self.item is not None else []
        subject = _subject(self.context.expression())
        inside = [*self.context.nodes(ast.Name), *_names_of(_failing_statement(self.context))]
        reads = [node.id for node in inside if isinstance(node.ctx, ast.Load)]
        ordered = dict.fromkeys([*found, *([subject] if subject else []), *reads])
        return [name for name in ordered if name and self.past.binders(name)]

    def anew(self, name: str, title: str, confidence: float) -> List[Fix]:
        """The fix that makes a variable anew by its cells, and runs this cell."""
        if not self.context.notebook or not self.book.live:
            return []
        plan = self.book.plan([name], anew=frozenset([name]))
        return self.book.fixes(plan, title, confidence)

    def index_of(self, run: Executed) -> Optional[int]:
        """Where the cell of an execution stands in the notebook."""
        if run.cell_id is None:
            return None
        return next((i for i, cell in enumerate(self.book.cells) if cell.id == run.cell_id), None)


def _failing_statement(context: Context) -> Optional[ast.stmt]:
    """The simple statement that failed, or the head of the compound one."""
    tree, line = context.tree(), context.line()
    holding = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(holding, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)


def _names_of(statement: Optional[ast.stmt]) -> List[ast.Name]:
    return [n for n in ast.walk(statement) if isinstance(n, ast.Name)] if statement is not None else []


def _subject(expression: str) -> str:
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    return root(node)
