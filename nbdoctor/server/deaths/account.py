"""The account of a death that a person is given: the report that the rules read, and the cells that are offered again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Optional

from ...protocol import Action, Cell, DeathRequest, Diagnosis, Fix, Report, Verdict
from ...redact import Redactor
from ...rules.infra.deaths import ended_by
from .cause import error_of
from .watch import Death

NOT_TRIED = Verdict("not_tried", "a kernel died of this cell, so nothing is tried by itself")
ON_REQUEST = Verdict("not_tried", "the kernel is empty now, and it runs nothing before you ask for it")


def request_about(request: DeathRequest, death: Death) -> DeathRequest:
    """The request, with the cell that the kernel died of: ``exit()`` ends the kernel only after its cell has ended."""
    last = next((cell for cell in request.cells if request.ran and cell.id == request.ran[-1]), None)
    if request.cell is None and last is not None and ended_by(last.source, error_of(death).message)[0]:
        return replace(request, cell=last)
    return request


def report_of(death: Death, cell: Optional[Cell]) -> Report:
    """A death as a Report, not live: the kernel that could be asked is another one now. Redacted, as Reports are."""
    redact = Redactor().redact
    shown = replace(cell, source=redact(cell.source)) if cell is not None else Cell("")
    error = error_of(death, shown.id, running=cell is not None)
    return Report(id=death.id, cell=shown, errors=[error], live=False)


def run_again(request: DeathRequest, death: Death) -> List[Fix]:
    """The offer to run what ran before the kernel died, in that order and as it stands now, without the cell that it died of."""
    died_of = request.cell.id if request.cell is not None else None
    there = {cell.id for cell in request.cells if cell.kind == "code" and cell.source.strip()}
    ids = [cell_id for cell_id in dict.fromkeys(request.ran) if cell_id in there and cell_id != died_of]
    if not ids:
        return []
    cells = "cell that was" if len(ids) == 1 else f"{len(ids)} cells that were"
    title = f"Run the {cells} run before"
    actions = [Action("run_cells", cell_ids=ids)]
    return [Fix(f"again-{death.id}", title, actions, confidence=0.9, verdict=ON_REQUEST)]


def told(payload: Any, again: List[Fix]) -> Any:
    """What an event of the diagnosis carries: no fix of a death was tried, and the offer stands behind all fixes."""
    if isinstance(payload, Fix):
        return _untried(payload)
    if isinstance(payload, Diagnosis):
        return replace(payload, fixes=[*(_untried(fix) for fix in payload.fixes), *again])
    return payload


def _untried(fix: Fix) -> Fix:
    return replace(fix, verdict=NOT_TRIED)
