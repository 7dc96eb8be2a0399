"""Tokens, as model servers count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Usage:
    """Tokens read and written, as the server counts them; ``cached_tokens`` of those read it still knew from before."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    @classmethod
    def of(cls, chunk: dict[str, Any]) -> Usage | None:
        """What a chunk says of it; None where it says nothing."""
        said = chunk.get("usage")
        if not isinstance(said, dict) or not isinstance(said.get("prompt_tokens"), int):
            return None
        details = said.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else 0
        return cls(_count(said.get("prompt_tokens")), _count(said.get("completion_tokens")), _count(cached))


def _count(said: Any) -> int:
    return said if isinstance(said, int) and said > 0 else 0
