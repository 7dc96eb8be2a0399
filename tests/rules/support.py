"""Reports and namespaces made by hand, so that a rule's test says all that the rule sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbdoctor.protocol import Cell, Executed, Fix, Frame, Look, Parameter, RaisedError, Report, Rerun
from nbdoctor.rules import diagnose
from nbdoctor.text import apply_edits, digest


@dataclass
class FakeNamespace:
    """A live namespace of which the test says everything."""

    variables: dict = field(default_factory=dict)
    subject_: Look | None = None
    modules: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)
    paths: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    tallies: dict = field(default_factory=dict)
    live: bool = True

    def names(self):
        return list(self.variables)

    def look(self, expression):
        return self.variables.get(expression)

    def tally(self, expression, sort):
        return self.tallies.get((expression, sort), [])

    def subject(self):
        return self.subject_

    def module_exists(self, name):
        return name in self.modules

    def module_contents(self, name):
        return self.modules.get(name)

    def imported(self):
        return {name: look.name for name, look in self.variables.items() if look is not None and look.type == "module"}

    def module_source(self, name):
        return self.sources.get(name)

    def version(self, distribution):
        return self.versions.get(distribution)

    def files(self, folder="."):
        return self.paths.get(folder, [])


def report(
    source, error, message, at=None, *, function="<module>", rerun=None, history=(), names=(), cell_id="here", **details
):
    """The Report of a cell that failed at the text ``at`` (by default its last line)."""
    line_number, column, end_column = len(source.rstrip("\n").split("\n")), None, None
    if at is not None:
        offset = source.index(at)
        line_number = source.count("\n", 0, offset) + 1
        column = offset - (source.rfind("\n", 0, offset) + 1)
        end_column = column + len(at)
    text = source.split("\n")[line_number - 1]
    frame = Frame("<cell>", line_number, function, text, "cell", cell_id, column, end_column, line_number)
    return Report(
        id="report",
        cell=Cell(source, cell_id),
        errors=[RaisedError(error, message, frames=[frame], details=details)],
        history=list(history),
        names=list(names),
        rerun=rerun or Rerun(),
    )


def first(made, namespace=None, notebook=()):
    """The surest finding."""
    found = diagnose(made, namespace or FakeNamespace(), notebook)
    assert made.trouble == []
    assert found, "nothing was found"
    return found[0]


def result(made, fix: Fix):
    """The cell after a fix."""
    edits = [edit for action in fix.actions if action.kind == "replace_cell" for edit in action.edits]
    return apply_edits(made.cell.source, edits)


def repaired(made, namespace=None):
    """The cell after the first fix of the surest finding; None where it has none."""
    found = first(made, namespace)
    return result(made, found.fixes[0]) if found.fixes else None


def installs(fix: Fix):
    return [action.requirement for action in fix.actions if action.kind == "install"]


def ran(cell: Cell, ok=True):
    return Executed(cell.id, 1, ok, digest(cell.source))


def parameters(*names):
    return [Parameter(name, "positional_or_keyword") for name in names]
