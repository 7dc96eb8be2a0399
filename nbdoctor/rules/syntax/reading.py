"""A light reading of text that does not parse: where its strings, comments and brackets are."""

from __future__ import annotations

from typing import List, Optional, Tuple

CLOSING = {"(": ")", "[": "]", "{": "}"}


def code_end(text: str) -> int:
    """The length of a line without its comment and the spaces before that."""
    if "#" not in text:
        return len(text.rstrip())
    quote, i = "", 0
    while i < len(text):
        char = text[i]
        if quote:
            if char == "\\":
                i += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "#":
            break
        i += 1
    return len(text[:i].rstrip())


def open_brackets(source: str) -> Tuple[List[Tuple[str, int]], Optional[Tuple[str, int, Optional[str]]]]:
    """(brackets left open with their offsets, the first closing one that fits none: (it, offset, the one open))"""
    stack: List[Tuple[str, int]] = []
    quote, i = "", 0
    while i < len(source):
        char = source[i]
        if quote:
            if char == "\\":
                i += 1
            elif source.startswith(quote, i):
                i += len(quote) - 1
                quote = ""
            elif char == "\n" and len(quote) == 1:
                quote = ""
        elif char in "'\"":
            quote = char * 3 if source.startswith(char * 3, i) else char
            i += len(quote) - 1
        elif char == "#":
            i = source.find("\n", i)
            if i < 0:
                break
        elif char in CLOSING:
            stack.append((char, i))
        elif char in ")]}":
            if not stack or CLOSING[stack[-1][0]] != char:
                return stack, (char, i, stack[-1][0] if stack else None)
            stack.pop()
        i += 1
    return stack, None
