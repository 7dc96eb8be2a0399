"""Second job: name the kind of problem, so that its specialist takes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..llm.client import Message
from ..llm.structured import choose
from ..protocol import CATEGORIES, Category, RaisedError
from ..rules import tables
from ..rules.imports.distributions import distribution_of
from ..tools.inquiry import defining_cells, missing_attribute
from .case import Case

#: Below this distance between the two likeliest kinds the question is put again in another order: small models lean
#: towards the first option.
MARGIN = 0.3

_SENTENCES: dict[Category, str] = {
    "python": "The code of this cell has to change.",
    "notebook": "Another cell of the notebook has to run first.",
    "dependency": "A package is missing or does not fit.",
    "infra": "The machine, the network or a service is the problem.",
}
_REMOVED = re.compile(r"`?\w+\.(?:\w+\.)*(\w+)`? was removed")
_OPTION = re.compile(r"^- (\w+):.*$", re.MULTILINE)


@dataclass
class Judgement:
    """The kind of problem and how sure the model is, between 0 and 1; ``sentence`` says it to the person."""

    category: Category
    confidence: float

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.category]


async def categorize(case: Case, order: Sequence[Category] = CATEGORIES) -> Judgement:
    """Ask for the kind of problem, among those that the evidence leaves open; where it leaves one, nobody is asked.

    A close call, or one that the evidence speaks against, is asked again with the kinds in another order, and averaged;
    what stays close goes to the likely kind.

    Args:
        case: the error.
        order: in which the kinds stand in the question.

    Raises:
        ModelError: where no usable answer comes.
    """
    open_, likely = plausible(case), guess(case)
    labels = tuple(category for category in order if category in open_)
    if len(labels) == 1:
        return Judgement(labels[0], 0.9)
    messages, client = case.messages("categorize"), case.client("categorize")
    first = await choose(client, _with_options(messages, labels), labels)
    shares = first.probabilities
    if shares and (_margin(shares) < MARGIN or first.label != likely):
        turned = tuple(reversed(labels))
        second = await choose(client, _with_options(messages, turned), turned)
        shares = {c: (shares[c] + (second.probabilities or {second.label: 1.0}).get(c, 0.0)) / 2 for c in labels}
    label = max(shares, key=lambda c: shares[c]) if shares else first.label
    category = next(c for c in labels if c == label)
    if shares and _margin(shares) < MARGIN and likely in labels:
        category = likely
    return Judgement(category, shares.get(category, 0.5))


def plausible(case: Case) -> tuple[Category, ...]:
    """The kinds that the exception's type, and what is known of the notebook's cells, leave open."""
    error = case.report.errors[0] if case.report.errors else None
    if error is None:
        return CATEGORIES
    if error.name in ("NameError", "UnboundLocalError"):
        return _of_a_name(case)
    if error.name in ("ModuleNotFoundError", "ImportError"):
        return ("python",) if moved(error) else ("python", "dependency")
    if error.name == "AttributeError" and _is_written_there(error, case.failing_text):
        return ("python", "notebook")
    return _by_type(error) or CATEGORIES


def _by_type(error: RaisedError) -> tuple[Category, ...]:
    """The kinds that the table leaves open for an exception of this type, the likeliest first; none where it does not say."""
    for row in tables.load("open_kinds"):
        if error.name in row["errors"] and re.search(row.get("message", ""), error.message):
            return tuple(row["kinds"])
    return ()


def moved(error: RaisedError) -> bool:
    """Whether a module is missing inside of a package that is there: Python names the whole path then, and the outermost
    package otherwise. Where a distribution of its own brings that module, it may still be one to install."""
    name = error.details.get("name", "") if error.name == "ModuleNotFoundError" else ""
    return "." in name and not distribution_of(name)


def _is_written_there(error: RaisedError, statement: str) -> bool:
    """Whether the missing attribute stands in the failing statement, and not in a library that does not fit another."""
    removed = _REMOVED.search(error.message)
    wanted = missing_attribute(error) or (removed[1] if removed else "")
    return bool(wanted) and re.search(rf"\.\s*{wanted}\b", statement) is not None


def _of_a_name(case: Case) -> tuple[Category, ...]:
    name = case.report.errors[0].details.get("name", "")
    where = defining_cells(name, case.cell, case.notebook) if name else []
    ran = {run.cell_id for run in case.report.history if run.ok}
    if where and case.report.live and not any(cell.id in ran for cell in where):
        return ("notebook",)
    return ("python", "notebook") if where else ("python",)


def guess(case: Case) -> Category:
    """The likely kind by the exception's type, to start a specialist early."""
    error = case.report.errors[0] if case.report.errors else None
    if error is None:
        return "python"
    if error.name == "ModuleNotFoundError":
        return "python" if moved(error) else "dependency"
    if likely := _by_type(error):
        return likely[0]
    missing = error.details.get("name", "") if error.name == "NameError" else ""
    return "notebook" if missing and defining_cells(missing, case.cell, case.notebook) else "python"


def _margin(shares: dict[str, float]) -> float:
    ordered = sorted(shares.values(), reverse=True)
    return ordered[0] - ordered[1]


def _with_options(messages: list[Message], labels: Sequence[Category]) -> list[Message]:
    """The same chat with those of the prompt's options (lines ``- kind: …``) that ``labels`` name, in that order."""
    content = messages[-1]["content"]
    head, mark, instruction = content.rpartition("</nb:facts>")
    options = {m.group(1): m.group() for m in _OPTION.finditer(instruction) if m.group(1) in CATEGORIES}
    if any(label not in options for label in labels):  # a replaced prompt that puts it in other words
        return messages
    ordered = [options[label] for label in labels]
    wanted = iter([*ordered, *[""] * (len(options) - len(ordered))])
    instruction = _OPTION.sub(lambda m: next(wanted) if m.group(1) in CATEGORIES else m.group(), instruction)
    instruction = re.sub(r"\n{3,}", "\n\n", instruction)
    return [*messages[:-1], {**messages[-1], "content": head + mark + instruction}]
