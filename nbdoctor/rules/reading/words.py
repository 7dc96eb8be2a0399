"""Types in plain words, as sentences name them."""

from __future__ import annotations

import re

_WORDS = {
    "str": "text",
    "NoneType": "None",
    "ndarray": "an array",
    "complex": "a complex number",
    "bool": "a truth value",
    "type": "a class",
    "builtin_function_or_method": "a function",
    "method_descriptor": "a method",
    "ellipsis": "`...`",
    "EllipsisType": "`...`",
}

#: What is called, rather than used as it is.
FUNCTIONS = (
    "function",
    "method",
    "builtin_function_or_method",
    "method_descriptor",
    "wrapper_descriptor",
    "method-wrapper",
)

NUMBERS = ("int", "float", "complex", "bool", "int64", "float64", "int32", "float32")


def a_kind(kind: str) -> str:
    """``text``, ``an int``, ``a DataFrame``: a value of this type."""
    kind = kind.rpartition(".")[2]
    plain = _WORDS.get(kind)
    if plain is None and re.fullmatch(r"u?int\d+|float\d+", kind):
        plain = f"a NumPy {kind}"
    return plain or f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def sentence(text: str) -> str:
    """``text`` with a capital at its beginning, unless it begins with code."""
    return text[:1].upper() + text[1:]


def remark(note: str) -> str:
    """A table's note as a sentence; empty where there is none."""
    return f"{sentence(note)}." if note else ""


def in_words(text: str) -> str:
    """A sentence in which ``a str`` and the like stand, with the words for them and the right articles."""

    def kind(match: re.Match[str]) -> str:
        found = a_kind(match[2])
        return sentence(found) if match[1] == "A" else found

    text = re.sub(rf"\b([Aa]) ({'|'.join(re.escape(name) for name in _WORDS if name != 'type')})\b(?!\w)", kind, text)
    return re.sub(r"\b([Aa]) (?=[aeioAEIO])", r"\1n ", text)
