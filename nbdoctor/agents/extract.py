"""For servers that cannot constrain an answer: a small call that turns one in free words into the wanted form."""

from __future__ import annotations

from typing import Any

import msgspec

from ..llm.structured import constrained
from ..text import clip
from .case import Case

_ANSWER = 6000


async def extract(case: Case, answer: str, schema: dict[str, Any]) -> str:
    """Ask for the same in JSON; what comes is not checked here.

    Raises:
        ModelError: where no answer comes.
    """
    form = msgspec.json.encode(schema).decode()
    messages = case.messages("extract", answer=clip(answer, _ANSWER), form=form)
    answers = await constrained(case.client("extract"), messages, schema, max_tokens=1024)
    return answers[0].text
