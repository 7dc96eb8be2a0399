"""What assistants commonly do: one prompt with the cell and its traceback; the answer's first code block replaces the cell."""

from __future__ import annotations

from dataclasses import dataclass

from ..llm.budget import characters
from ..llm.client import Message, ModelClient
from ..protocol import PostedError
from ..text import clip, strip_ansi

SYSTEM = "baseline"
MAX_TOKENS = 1024
_PROMPT = """\
Fix the notebook cell below. Explain briefly what is wrong, then give the whole corrected cell in one code block.

Cell:

```python
{cell}
```

Traceback:

```
{traceback}
```

{name}: {value}
"""


@dataclass
class Answer:
    """``text`` is all of it; ``code`` its first code block, None where it has none; ``prose`` what stands around the blocks."""

    text: str
    code: str | None
    prose: str


async def ask(client: ModelClient, cell: str, error: PostedError) -> Answer:
    """Ask once.

    Args:
        client: the model.
        cell: the failing cell's text.
        error: as the front end shows it.

    Raises:
        ModelError, ConfigurationError: where no whole answer comes.
    """
    room = characters(max(256, await client.context_length() - MAX_TOKENS - 128))
    traceback = strip_ansi("\n".join(error.traceback))
    text = _PROMPT.format(
        cell=clip(cell, room // 2),
        traceback=clip(traceback, room // 2 - 200, head=0.2),
        name=error.name,
        value=clip(error.value, 400),
    )
    messages: list[Message] = [
        {"role": "system", "content": "You are an assistant in a Jupyter notebook."},
        {"role": "user", "content": text},
    ]
    return read((await client.complete(messages, max_tokens=MAX_TOKENS))[0].text)


def read(text: str) -> Answer:
    """Take an answer apart. A block that is not closed goes to the end of the text."""
    parts = text.split("```")
    code = None
    if len(parts) > 1:
        language, _, body = parts[1].partition("\n")
        code = body.rstrip() if not language.strip() or language.strip().isidentifier() else parts[1].strip()
    return Answer(text, code, " ".join(" ".join(parts[::2]).split()))
