"""A trial that somebody waits for, and why it may not be made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Callable, Dict

from ...protocol import TrialResult, Verdict

if TYPE_CHECKING:
    from .child import Job

BUSY = "the kernel is busy"
ANOTHER_CELL = "you ran another cell"
GIVEN_UP = "it was stopped"

Done = Callable[[Dict[str, Any]], None]


@dataclass(eq=False)
class Request:
    """``done`` gets a TrialResult as a dictionary. ``deadline``: `time.time` after which it is not begun any more; ``ended``: how
    often a cell came in between."""

    job: Job
    deadline: float
    done: Done
    ended: int = 0

    def refuse(self, reason: str = "") -> None:
        """Say that it was not made; by itself because the kernel had other work."""
        self.done(not_tried(reason or (ANOTHER_CELL if self.ended else BUSY), can_check=True))


def not_tried(reason: str, *, can_check: bool = False) -> Dict[str, Any]:
    """A TrialResult, as a dictionary, of a trial that was not made."""
    return asdict(TrialResult(Verdict("not_tried", reason, can_check=can_check)))
