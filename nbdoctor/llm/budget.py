"""A prompt that fits: its sections share the room, and the least important give way first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..text import clip

#: Characters of code and tracebacks in a token, on the low side for the tokenizers of current models, so that the
#: estimate is rather too many tokens than too few.
CHARACTERS_PER_TOKEN = 3.2


@dataclass
class Section:
    """A part of a prompt. Those of the lowest ``priority`` are cut first, head and tail kept, down to ``least``
    characters (a section that would have to be shorter than that is cut further only when all are at their least)."""

    name: str
    text: str
    priority: int
    least: int = 0


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
