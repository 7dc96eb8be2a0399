"""A prompt that fits: its sections share the room, and the least important give way first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..text import clip

#: Characters of code and tracebacks in a token, on the low side for the tokenizers of current models, so that the
#: estimate is rather too many tokens than too few.
CHARACTERS_PER_TOKEN = 3.2
#: Where nothing is known of a model.
DEFAULT_CONTEXT = 8192


@dataclass
class Section:
    """A part of a prompt. Those of the lowest ``priority`` are cut first, head and tail kept, down to ``least``
    characters (a section that would have to be shorter than that is cut further only when all are at their least)."""

    name: str
    text: str
    priority: int
    least: int = 0


def context_of(entry: Mapping[str, Any]) -> int:
    """Tokens that prompt and answer of a model may have together: ``max_model_len`` of its entry in a server's list of models, as
    vLLM writes it, or ``metadata.max_request_context_length``, as Ray Serve LLM 2.60 does; 8192 where it says neither."""
    metadata = entry.get("metadata")
    hidden = metadata.get("max_request_context_length") if isinstance(metadata, Mapping) else None
    said = [value for value in (entry.get("max_model_len"), hidden) if isinstance(value, int) and value > 0]
    return said[0] if said else DEFAULT_CONTEXT


def tokens(text: str) -> int:
    """About how many tokens ``text`` has."""
    return int(len(text) / CHARACTERS_PER_TOKEN) + 1


def characters(count: int) -> int:
    """About how many characters ``count`` tokens have."""
    return max(0, int(count * CHARACTERS_PER_TOKEN))


def fit(sections: Sequence[Section], limit: int) -> dict[str, str]:
    """Cut sections until they have ``limit`` characters together.

    Args:
        sections: the parts.
        limit: characters at most.

    Returns:
        The text of each section by its name; empty for one that was given up.
    """
    texts = {section.name: section.text for section in sections}
    for floor in (True, False):
        for section in sorted(sections, key=lambda s: s.priority):
            excess = sum(map(len, texts.values())) - limit
            if excess <= 0:
                return texts
            text = texts[section.name]
            room = max(len(text) - excess, min(section.least, len(text)) if floor else 0)
            texts[section.name] = clip(text, room)
    return texts
