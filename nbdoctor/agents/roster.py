"""Who does which job: nbdoctor's own agents, or those of other distributions that the settings name."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..config import NBDoctor
from ..errors import ConfigurationError, NBDoctorError
from ..plugins import installed
from ..protocol import Category, Fix
from ..rules.diagnosis import materialise
from . import guard
from .case import Case
from .fix import SPECIALISTS, Specialist

_log = logging.getLogger("nbdoctor")


def specialist(settings: NBDoctor, category: Category) -> Specialist:
    """Who proposes fixes for a kind of problem.

    What another distribution's agent proposes is held to the same as a model's answer, and tried like it; where it fails,
    nbdoctor's own takes over.

    Raises:
        ConfigurationError: where the settings name one that is not installed.
    """
    name = settings.agents.get(category, "")
    if not name:
        return SPECIALISTS[category]
    try:
        agent: Specialist = installed("nbdoctor.agents")[name]
    except KeyError:
        raise ConfigurationError(
            f"No installed distribution has the agent {name!r}, which NBDoctor.agents names for {category!r}.",
            hint="See `pip list`, and the Jupyter server's log: it may have failed to import.",
        ) from None

    async def propose(case: Case) -> list[Fix]:
        try:
            return _accepted(case, name, await agent(case))
        except NBDoctorError:
            raise
        except Exception:
            _log.exception("nbdoctor goes on without the agent %r: it failed", name)
            return await SPECIALISTS[category](case)

    return propose


def _accepted(case: Case, name: str, fixes: Sequence[Fix]) -> list[Fix]:
    """The fixes that fit the cell and that the guard lets through, as a model's."""
    error = case.report.errors[0] if case.report.errors else None
    found: list[Fix] = []
    for fix in fixes:
        ready = materialise(fix, case.cell.source)
        texts = [action.new_source for action in ready.actions if action.new_source is not None] if ready else []
        if ready is None or any(guard.refusal(text, case.cell.source, error, case.context.failure) for text in texts):
            continue
        ready.origin, ready.by = "model", ready.by or name
        found.append(ready)
    return found
