"""Text of the notebook made safe for a prompt, and answers turned back.

Secrets become placeholders. What would end one of our data tags, or stand for a chat template's own marks, gets a
backslash: a tokenizer reads ``<|im_start|>`` as a mark even in the middle of a cell.
"""

from __future__ import annotations

import re

from ..redact import Redactor, environment_secrets

# Our tags, and the marks of ChatML, Llama, Mistral and Gemma templates.
_MARKS = re.compile(r"<(?=\\*(?:/?nb:|\||/?s>|(?:start|end)_of_turn>))|\[(?=\\*/?INST\])")
_MARKED = re.compile(r"(<|\[)\\(?=\\*(?:/?nb:|\||/?s>|(?:start|end)_of_turn>|/?INST\]))")
_PLACEHOLDER = re.compile(r"‹\w+-\d+›")


class Mask:
    """Hides what a model should not get and brings it back into what the model wrote."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self._redactor = redactor or Redactor(environment_secrets())

    def hide(self, text: str) -> str:
        """``text`` without secrets and without anything that could be taken for a mark of the prompt."""
        return _MARKS.sub(lambda match: match[0] + "\\", self._redactor.redact(text))

    def reveal(self, text: str) -> str:
        """What the model wrote, with the secrets that `hide` took out."""
        return self._redactor.restore(_MARKED.sub(r"\1", text))


def placeholders(text: str) -> set[str]:
    """The placeholders of secrets in ``text``."""
    return set(_PLACEHOLDER.findall(text))
