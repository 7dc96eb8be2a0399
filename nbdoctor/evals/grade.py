"""Which of two explanations is better, as a model sees it, and how much its answers hang on the order of what it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from ..errors import NBDoctorError
from ..llm.client import Message, ModelClient
from ..llm.structured import choose
from ..llm.usage import Call
from ..text import clip
from . import baseline
from .cases import Case
from .results import Result

_PROMPT = """\
A cell of a notebook failed:

```python
{cell}
```

{error}

Two explanations of this error follow. Which one tells the person better what went wrong and what to do? Judge what is said,
not how long it is.

Explanation A:
{first}

Explanation B:
{second}

Answer with one letter, A or B.
"""
_LETTERS = ("A", "B")
_OPTION = re.compile(r"^- (\w+):.*$", re.MULTILINE)
T = TypeVar("T")

#: A reference that only shows the traceback again explains nothing.
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^-{10,}|^\s+File ", re.MULTILINE)


async def grade(client: ModelClient, case: Case, results: Sequence[Result], calls: Sequence[Call]) -> None:
    """Have nbdoctor's explanation compared with the reference and with the baseline's, and the category asked for again with
    the labels in other orders. What is found goes into ``results[0]``; a server that fails leaves a note there.

    Args:
        client: the model that grades.
        case: with its reference text, if it has one.
        results: nbdoctor's, and the baseline's if there is one.
        calls: the requests of nbdoctor's diagnosis.
    """
    result = results[0]
    ours = f"{result.headline} {result.explanation}".strip()
    others = {"reference": case.expected_explanation or ""}
    others |= {other.system: other.explanation for other in results[1:] if other.system == baseline.SYSTEM}
    try:
        for name, text in others.items():
            if ours and text and not _TRACEBACK.search(text):
                result.grades[name] = await _compare(client, case, ours, text)
        result.orders = await reordered(client, calls)
    except NBDoctorError as error:
        result.notes.append(f"not graded: {error.message}")


async def _compare(client: ModelClient, case: Case, ours: str, other: str) -> dict[str, Any]:
    """``{"won": "ours" | "other" | "tie", "consistent": …}``: an answer that flips with the order is a tie."""
    first = await _better(client, case, ours, other)
    second = await _better(client, case, other, ours)
    votes = ["ours" if first == "A" else "other", "ours" if second == "B" else "other"]
    consistent = votes[0] == votes[1]
    return {"won": votes[0] if consistent else "tie", "consistent": consistent}


async def _better(client: ModelClient, case: Case, first: str, second: str) -> str:
    text = _PROMPT.format(
        cell=clip(case.bad_cell, 3000),
        error=clip(f"{case.error_type}: {case.error_message}", 600),
        first=clip(first, 1500),
        second=clip(second, 1500),
    )
    return (await choose(client, [{"role": "user", "content": text}], _LETTERS)).label


async def reordered(client: ModelClient, calls: Sequence[Call]) -> dict[str, Any] | None:
    """Ask the diagnosis's own question for the category again, with its labels in each rotation.

    Returns:
        ``{"labels": …, "answers": […], "flips": share}``: the answers by rotation, the first the order as asked, and the share
        of the other rotations whose answer differs from it. None where no category was asked for.
    """
    asked = next((call for call in calls if call.form == "choice" and len(call.choice) > 1), None)
    if asked is None:
        return None
    labels, answers = list(asked.choice), []
    for turned in rotations(labels):
        answers.append((await choose(client, with_options(asked.messages, turned), turned)).label)
    return orders(labels, answers)


def rotations(labels: Sequence[T]) -> list[list[T]]:
    """The labels in each rotation, the first as they are."""
    return [[*labels[turn:], *labels[:turn]] for turn in range(len(labels))]


def orders(labels: Sequence[str], answers: Sequence[str]) -> dict[str, Any]:
    """What the result of a case holds of the answers by rotation: the share of the others that differ from the first."""
    flips = sum(answer != answers[0] for answer in answers[1:]) / (len(answers) - 1)
    return {"labels": list(labels), "answers": list(answers), "flips": flips}


def with_options(messages: Sequence[Message], labels: Sequence[str]) -> list[Message]:
    """The same chat with its list of options (the last lines ``- label: …``) in the order of ``labels``; the chat itself where
    it has no such list."""
    content = messages[-1]["content"]
    lines = {match[1]: match for match in _OPTION.finditer(content) if match[1] in labels}
    if len(lines) != len(labels):
        return list(messages)
    wanted = iter([lines[label].group() for label in labels])
    places = sorted((match.start(), match.end()) for match in lines.values())
    pieces, last = [], 0
    for start, end in places:
        pieces += [content[last:start], next(wanted)]
        last = end
    return [*messages[:-1], {**messages[-1], "content": "".join([*pieces, content[last:]])}]
