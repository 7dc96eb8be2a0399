"""What the agents may look up about an error: each tool answers with sentences, which stand among the prompt's facts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from ..plugins import installed
from ..text import plain
from .inquiry import Inquiry, Tool
from .known import known
from .live import live
from .names import names
from .versions import versions

_log = logging.getLogger("nbdoctor")

#: nbdoctor's own, the most useful first: what does not fit is cut from the end.
TOOLS: Mapping[str, Tool] = {"known": known, "names": names, "live": live, "versions": versions}
#: Characters of a sentence, and sentences of a tool that another distribution brings.
_LENGTH, _COUNT = 400, 10
#: Seconds that a tool may take.
_SECONDS = 5.0


async def facts(inquiry: Inquiry) -> list[str]:
    """What all tools say, each sentence once. A tool that fails is logged and says nothing."""
    others = installed("nbdoctor.tools")
    said = [fact for name, tool in TOOLS.items() for fact in await _told(name, tool, inquiry)]
    for name, tool in others.items():
        said += [plain(str(fact), _LENGTH) for fact in list(await _told(name, tool, inquiry))[:_COUNT]]
    return list(dict.fromkeys(said))


async def _told(name: str, tool: Tool, inquiry: Inquiry) -> Sequence[str]:
    try:
        return await asyncio.wait_for(tool(inquiry), _SECONDS)
    except Exception:
        _log.exception("nbdoctor goes on without the tool %r: it failed", name)
        return ()
