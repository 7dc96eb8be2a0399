"""For teaching: the same Diagnosis in three steps. First a hint, then the explanation, then the solution, each on request.

Every step is a Diagnosis of its own that says less, so any presenter can show it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..protocol import Diagnosis

Step = Literal["hint", "explanation", "solution"]

#: Where to look in any traceback: said where nothing better is known.
LOOK_THERE = "Look at the last line of the traceback that is yours."


def hinted(diagnosis: Diagnosis) -> Diagnosis:
    """Only where to look, and what went wrong inside nbdoctor itself."""
    return Diagnosis(
        id=diagnosis.id, headline=diagnosis.hint or LOOK_THERE, notes=list(diagnosis.notes), live=diagnosis.live
    )


def explained(diagnosis: Diagnosis) -> Diagnosis:
    """All that is known, without the fixes."""
    return replace(diagnosis, fixes=[])


def step_of(diagnosis: Diagnosis, step: Step) -> Diagnosis:
    """What is shown of ``diagnosis`` at a step."""
    if step == "hint":
        return hinted(diagnosis)
    return explained(diagnosis) if step == "explanation" else diagnosis


def noted(diagnosis: Diagnosis, note: str) -> Diagnosis:
    """``diagnosis`` with a further sentence at its end."""
    return replace(diagnosis, notes=[*diagnosis.notes, note])
