"""First job: say in a few plain sentences what happened. Streamed."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from .case import Case

_TOKENS = 160
_SENTENCES = 4
_END = re.compile(r"[.!?](?=\s|$)")
# Where prose ends and a small model goes on with code or a list all the same.
_STOP = re.compile(r"```|\n\s*(?:[-*#]|\d+\.)\s|\n\s*\n|</?nb:")


async def summarize(case: Case) -> AsyncGenerator[str, None]:
    """Yield the explanation, a piece at a time; closing the iterator stops the server.

    At most four sentences of prose come out, whatever the model writes.

    Raises:
        ModelError: where no whole answer comes.
    """
    text, sent = "", 0
    async with aclosing(case.client("summarize").stream_text(case.messages("summarize"), _TOKENS)) as pieces:
        async for piece in pieces:
            text = (text + piece).lstrip()
            stop = _stop(text)
            # A mark such as ``` may still be growing at the end of the text: its first characters wait.
            safe = stop if stop is not None else len(text.rstrip("`\n -*#</nb:0123456789."))
            if safe > sent:
                yield text[sent:safe]
                sent = safe
            if stop is not None:
                return
    if sent < len(text):
        yield text[sent:].rstrip("`\n -*#<")


def _stop(text: str) -> int | None:
    """Where the explanation ends, if its end has come."""
    mark = _STOP.search(text)
    ends = [match.end() for match in _END.finditer(text, 0, mark.start() if mark else len(text))]
    if len(ends) > _SENTENCES or (len(ends) == _SENTENCES and text[ends[-1] :]):
        return ends[_SENTENCES - 1]
    return mark.start() if mark else None
