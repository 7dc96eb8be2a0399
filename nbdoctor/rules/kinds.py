"""Kinds of problem, in words: what ``nbdoctor explain`` prints, what ``docs/kinds.md`` lists, what the card opens.

They stand in ``data/kinds/*.json``, by their name:

| key | meaning |
| --- | --- |
| ``category``, ``title`` | one of the four; a few words |
| ``means`` | what it means, in a sentence or two. The explanation of a finding that has none of its own |
| ``why`` | how it comes about, as a rule |
| ``example`` | a failing cell, see `Example` |
| ``fix`` | what to do |
| ``safe`` | what nbdoctor's own fix changes, and how safe that is; where it offers none, that it does not, and why |
| ``source``, ``since`` | where it is described, and the oldest Python or library that has it |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Tuple

from ..protocol import About, Category
from . import tables


@dataclass(frozen=True)
class Example:
    """Cells of which the last fails with a problem of the kind. The tests run them.

    Attributes
    ----------
    cell : the failing cell.
    cells : what ran before it, in order; an empty text for a cell that was not run.
    now : the texts of the same cells as they stand in the notebook now, where they are others; empty: deleted.
    files : texts of files in the working folder, by name.
    error : ``TypeName: message``, where the cell cannot be run just anywhere (no GPU, no network): what it fails with.
    """

    cell: str
    cells: Tuple[str, ...] = ()
    now: Tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of problem; see the table above."""

    name: str
    category: Category
    title: str
    means: str
    why: str
    fix: str
    safe: str
    example: Example


def known() -> List[str]:
    """The names of all kinds, in alphabetical order."""
    return sorted(tables.kinds())


def kind(name: str) -> Kind:
    """Return what is known of a kind.

    Raises:
        KeyError: where there is no such kind.
    """
    row: Dict[str, Any] = tables.kinds()[name]
    told = {key: row.get(key, "") for key in ("category", "title", "means", "why", "fix", "safe")}
    example = row.get("example") or {"cell": ""}
    lists = {key: tuple(example.get(key, ())) for key in ("cells", "now")}
    return Kind(name, **told, example=Example(**{**example, **lists}))


def markdown(kind: Kind, level: int = 1) -> str:
    """Return a kind as Markdown, with a heading of ``level``; it ends with a newline."""
    parts = [f"{'#' * level} {kind.title}", f"`{kind.name}` · {kind.category}", kind.means, kind.why]
    if kind.example.cell:
        parts.append(f"```python\n{_shown(kind.example)}\n```")
    parts.append(f"**What to do.** {kind.fix}" if kind.fix else "")
    parts.append(f"**How safe nbdoctor's fix is.** {kind.safe}" if kind.safe else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def _shown(example: Example) -> str:
    """The example's cells, each with a line that says what became of it."""
    pieces: List[str] = []
    for number, ran in enumerate(example.cells):
        stands = example.now[number] if example.now else ran
        if ran and ran == stands:
            pieces.append(ran)
            continue
        pieces.append(f"# [this cell was run, and deleted since]\n{ran}" if not stands else
                      f"# [this cell was not run]\n{stands}" if not ran else
                      f"# [this cell was run, and edited since]\n{stands}")  # fmt: skip
    failing = example.cell + (f"\n# {example.error}" if example.error else "")
    return "\n\n".join([*pieces, failing])


def about(kind: Kind) -> About:
    """Return what the card shows of a kind."""
    texts = (kind.title, kind.means, kind.why, _shown(kind.example), kind.fix, kind.safe)
    return About(kind.name, kind.category, *texts)


_HEADINGS = {
    "python": "Code",
    "notebook": "State of the notebook",
    "dependency": "Missing and mismatched packages",
    "infra": "Machine, network and cluster",
}


def document() -> str:
    """Return all kinds as one Markdown document, which is ``docs/kinds.md``."""
    every = [kind(name) for name in known()]
    parts = [
        "# Kinds of problem",
        "What nbdoctor's rules tell apart. `nbdoctor explain KIND` prints one of them. This page is written by `make kinds`;"
        " the texts stand in `nbdoctor/rules/data/kinds`, and the tests run the examples.",
    ]
    for category, heading in _HEADINGS.items():
        parts.append(f"## {heading}")
        of_it = sorted((k for k in every if k.category == category), key=lambda k: k.title.lower())
        parts += [markdown(k, level=3).rstrip("\n") for k in of_it]
    return "\n\n".join(parts) + "\n"
