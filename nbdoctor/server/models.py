"""How the models stand that are asked: which does what, on which machine, and what is wrong with it."""

from __future__ import annotations

import asyncio
from typing import Dict, List, Tuple
from urllib.parse import urlsplit

from ..agents.consultation import internal
from ..config import JOBS
from ..errors import ConfigurationError, ModelTimeout, NBDoctorError
from ..llm.address import parse
from ..llm.client import ModelClient
from ..protocol import ModelState

#: Seconds that a server has to say which models it serves.
PATIENCE = 3.0


async def states(client: ModelClient, *, look: bool = True) -> List[ModelState]:
    """The common model first, then the others, each once; none where no server is set.

    The common one has no ``jobs`` where each has a model of its own. All servers are asked at once, for their models and
    nothing more; without ``look`` none is, and they are as they are set. Raises nothing but cancellation.
    """
    jobs: Dict[Tuple[str, str], List[str]] = {}
    for job in ("", *JOBS):
        server = client.for_job(job).server
        if server.url:
            jobs.setdefault((server.url, server.model), []).append(job)
    set_up = [(client.for_job(names[0]), [name for name in names if name]) for names in jobs.values()]
    return await asyncio.gather(*(_state(asked, named, look) for asked, named in set_up))


async def _state(client: ModelClient, jobs: List[str], look: bool) -> ModelState:
    state = ModelState(jobs, client.model, machine(client.server.url))
    if not look:
        return state
    try:
        state.model = await _answer(client)
    except NBDoctorError as error:
        state.trouble = error.trouble()
    except Exception as error:  # a backend of another distribution may raise anything
        state.trouble = internal(error)
    return state


async def _answer(client: ModelClient) -> str:
    """The model's name, from a server that answers now: one that is set is known without asking."""

    async def ask() -> str:
        await client.models()
        return await client.resolve_model()

    address = client.address
    try:
        return await asyncio.wait_for(ask(), PATIENCE)
    except asyncio.TimeoutError:
        said = f"The model server at {address.shown} said nothing for {PATIENCE:g} seconds."
        raise ModelTimeout(said, hint="It may be loading a model, or be overloaded.") from None


def machine(url: str) -> str:
    """The machine of a model server: empty for this one, or where the address is none; without port, key and path."""
    try:
        address = parse(url)
    except ConfigurationError:
        return ""
    return (urlsplit(address.shown).hostname or address.backend) if address.remote else ""
