"""What other distributions add, by entry point. Each group holds objects of one form:

============================ ==================================================================================
``nbdoctor.agents``          `agents.fix.Specialist`: proposes fixes; chosen by ``c.NBDoctor.agents``
``nbdoctor.tools``           `tools.inquiry.Tool`: tells facts; all that are installed are asked
``nbdoctor.presenters``      `presenters.Presenter`: shows a Diagnosis as text; chosen by ``c.NBDoctor.presenter``
``nbdoctor.backends``        `llm.client.Backend`: a model behind an address of its own scheme (``name:…``)
============================ ==================================================================================

A broken one is logged and left out: nothing of nbdoctor's own depends on it.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Dict

_log = logging.getLogger("nbdoctor")

GROUPS = ("nbdoctor.agents", "nbdoctor.tools", "nbdoctor.presenters", "nbdoctor.backends")


@lru_cache(maxsize=len(GROUPS))
def installed(group: str) -> Dict[str, Any]:
    """The objects of a group by their names, in the order of the names; those that cannot be imported are logged."""
    everything = entry_points()
    selected = everything.select(group=group) if hasattr(everything, "select") else everything.get(group, ())
    found: Dict[str, Any] = {}
    for point in sorted(selected, key=lambda point: point.name):
        try:
            found[point.name] = point.load()
        except Exception:
            _log.exception("nbdoctor goes on without %r of %s: it cannot be imported", point.name, group)
    return found
