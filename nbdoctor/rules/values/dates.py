"""Dates: which value, which format, and the format that fits it (``data/date_formats.json``)."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from typing import Any, List, Optional, Tuple

from ...protocol import Edit, Finding, Fix
from .. import tables
from ..base import Context, code, edit, finding, listed
from ..reading.place import Place, place_of
from ..reading.source import string_edit

_FORMAT = re.compile(
    r"""time data ["'](?P<value>.*?)["'] does(?:n't| not) match format ["'](?P<format>.*?)["']"""
    r"(?:, at position (?P<position>\d+))?",
    re.S,
)
_LEFT = re.compile(
    r"unconverted data remains(?: when parsing with format \"(?P<format>.*?)\")?: [\"']?(?P<rest>.*?)[\"']?"
    r"(?:, at position (?P<position>\d+).*)?$",
    re.S,
)
MAX_VALUE = 60


def fitting(value: str) -> List[str]:
    """The formats of the table by which ``value`` can be read."""
    return [row["format"] for row in tables.load("date_formats") if _reads(value, row["format"])]


def _reads(value: str, format_: str) -> bool:
    try:
        datetime.strptime(value, format_)
    except (ValueError, re.error, KeyError, IndexError, OverflowError):
        return False
    return True


def date_format(context: Context) -> Optional[Finding]:
    """A text that is not written as its format says."""
    match = _FORMAT.match(context.message) if context.is_("ValueError", "DateParseError") else None
    if not match or len(match["value"]) > MAX_VALUE:
        return None
    value, said = match["value"], match["format"]
    place = place_of(context)
    nodes = [n for n in place.nodes(ast.Constant) if n.value == said] if place is not None and place.editable else []
    fits = fitting(value)
    where = f" It is at position {match['position']}." if match["position"] else ""
    headline = f"The date {code(value)} is not written in the form {code(said)}."
    call = _to_datetime(place)
    if call is not None and not nodes and not any(keyword.arg == "format" for keyword in call.keywords):
        return _guessed(place, value, said, fits, where)
    why = _why(fits, said) + where
    fixes: List[Fix] = []
    if len(fits) == 1 and len(nodes) == 1:
        change = string_edit(context.source, nodes[0], fits[0])
        fixes = edit(f"Read it as {code(fits[0])}", [change] if change else [], 0.88)
    return finding("date_format", headline, 0.93, explanation=why, fixes=fixes)


def _why(fits: List[str], said: str) -> str:
    if len(fits) == 1:
        return f"{code(fits[0])} fits it."
    if fits:
        return f"{listed(fits)} would fit it, which differ in what is the day and what is the month."
    if "%" not in said:
        return "In a format each part of the date stands as a letter after `%`: `%Y-%m-%d`."
    return "Every sign has to agree: `%Y` is a year of four digits, `%y` of two, `%m` the month, `%d` the day."


def _guessed(place: Optional[Place], value: str, said: str, fits: List[str], where: str) -> Finding:
    """pandas took the format from the first value: the values are not all written alike, or the day comes first."""
    headline = f"The date {code(value)} is not written like the first one, which has the form {code(said)}."
    turned = re.sub(r"%m(.)%d", r"%d\1%m", said)
    call = (
        place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "to_datetime")
        if place is not None
        else None
    )
    named = {keyword.arg for keyword in call.keywords} if call is not None else {"format"}
    if turned != said and _reads(value, turned):
        why = "pandas took the month to come first. If the day does, `dayfirst=True` says so."
        fixes = _with(place, call, "dayfirst=True") if not named & {"format", "dayfirst"} else []
        return finding("date_format", f"The date {code(value)} has the day first, and is read as if the month were.", 0.92,
                       explanation=why + where, fixes=edit("Read the day first", fixes, 0.85))  # fmt: skip
    why = "`format='mixed'` reads each value for itself; be sure that day and month are not mixed up then."
    fixes = _with(place, call, "format='mixed'") if fits and not named & {"format", "dayfirst"} else []
    return finding(
        "date_format", headline, 0.92, explanation=why + where, fixes=edit("Read each value for itself", fixes, 0.75)
    )


def _to_datetime(place: Optional[Place]) -> Any:
    """The call of pandas that reads dates."""
    return None if place is None else place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") == "to_datetime")


def _with(place: Optional[Place], call: Any, keyword: str) -> List[Edit]:
    if place is None or call is None or not place.editable or not call.args:
        return []
    end = place.span([*call.args, *(k.value for k in call.keywords)][-1])[1]
    return [Edit(end, end, f", {keyword}")]


def date_left_over(context: Context) -> Optional[Finding]:
    """A text that goes on where its format ends."""
    match = _LEFT.match(context.message) if context.is_("ValueError") else None
    if not match or len(match["rest"]) > MAX_VALUE:
        return None
    place = place_of(context)
    headline = f"After what the format reads, {code(match['rest'].strip())} is left over in the text."
    call = (
        place.node(ast.Call, check=lambda n: getattr(n.func, "attr", "") in ("strptime", "to_datetime"))
        if place
        else None
    )
    fixes: List[Fix] = []
    args = list(call.args) if call is not None else []
    if (
        place is not None
        and len(args) == 2
        and all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in args)
    ):
        fits = fitting(args[0].value)
        change = string_edit(place.source, args[1], fits[0]) if len(fits) == 1 and place.editable else None
        fixes = edit(f"Read it as {code(fits[0] if fits else '')}", [change] if change else [], 0.88)
    why = "The format has to go on to the end of the text, often with the time of day: `%H:%M:%S`."
    return finding("date_format", headline, 0.93, explanation=why, fixes=fixes)


_RANGE = re.compile(r"(year|month|day|hour|minute|second|microsecond) (?:\d+ )?(?:must be in|is out of range)")


def date_range(context: Context) -> Optional[Finding]:
    """A day, month or hour that does not exist: the number that was passed, and whether two were exchanged."""
    match = _RANGE.match(context.message) if context.is_("ValueError") else None
    if not match:
        return None
    part, limits = match[1], re.search(r"must be in (\d+\.\.\d+)", context.message)
    place = place_of(context)
    call = place.node(ast.Call, check=lambda n: getattr(n.func, "attr", getattr(n.func, "id", "")) in
                      ("date", "datetime", "Timestamp", "time", "replace")) if place is not None else None  # fmt: skip
    names = ["year", "month", "day", "hour", "minute", "second", "microsecond"]
    if call is not None and getattr(call.func, "attr", getattr(call.func, "id", "")) == "time":
        names = names[3:]
    node = None
    if call is not None:
        given = dict(zip(names, call.args))
        given.update({k.arg: k.value for k in call.keywords if k.arg})
        node = given.get(part)
    shown = code(place.text(node)) if place is not None and node is not None else ""
    allowed = f" It goes from {limits[1].replace('..', ' to ')}." if limits else " That month has fewer days."
    headline = (
        f"There is no {part} {shown}."
        if isinstance(node, ast.Constant)
        else f"The {part}{', ' + shown + ',' if shown else ''} does not exist."
    )
    why = ""
    if part == "month" and node is not None and call is not None and len(call.args) >= 3:
        month, day = (getattr(n, "value", None) for n in call.args[1:3])
        if isinstance(month, int) and isinstance(day, int) and 12 < month < 32 and 0 < day < 13:
            why = " Perhaps day and month are exchanged: the year comes first, then the month, then the day."
    return finding("date_range", headline, 0.92, explanation=f"{allowed.strip()}{why}")


RULES: Tuple[Any, ...] = (date_format, date_left_over, date_range)
