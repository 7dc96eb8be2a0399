"""A Diagnosis as a fragment of HTML, for front ends that show ipywidgets.

All text is escaped and bounded, whoever wrote it: it comes from tracebacks, data and models. Colours are translucent and laid
over those of the page, so that they hold on light and dark, and each says no more than the words beside it.
"""

from __future__ import annotations

import re
from html import escape
from typing import Callable, List, Optional

from ..protocol import Diagnosis, Fix
from ..text import plain
from .plan import parts
from .terminal import CATEGORY_NAMES, origin, verdict

#: What is shown: characters of a sentence, lines of a difference, characters of such a line.
MAX_TEXT = 2_000
MAX_LINES = 120
MAX_LINE = 400

_CODE = re.compile("`([^`\n]+)`")
_STYLES = {
    "card": "line-height:1.5; max-width:60em; overflow-wrap:anywhere; border-left:3px solid rgba(128,128,128,.6); "
    "padding:2px 0 2px 12px;",
    "headline": "font-weight:600;",
    "chip": "font-size:85%; border:1px solid rgba(128,128,128,.6); border-radius:8px; padding:0 8px; margin-left:8px; "
    "font-weight:normal; white-space:nowrap;",
    "text": "margin:4px 0;",
    "facts": "margin:4px 0; padding-left:20px;",
    "careful": "margin:4px 0; padding:2px 8px; background:rgba(255,170,0,.18);",
    "quiet": "margin:4px 0; opacity:.8;",
    "diff": "margin:4px 0; padding:4px 8px; line-height:1.4; white-space:pre-wrap; overflow-wrap:anywhere; "
    "font-family:var(--jp-code-font-family, monospace); border:1px solid rgba(128,128,128,.35); background:none; color:inherit;",
    "-": "background:rgba(248,81,73,.22);",
    "+": "background:rgba(46,160,67,.22);",
}


def card(diagnosis: Diagnosis, fix: Optional[Fix], old: str, clean: Callable[[str], str] = str) -> str:
    """The card of a diagnosis as HTML.

    Parameters
    ----------
    diagnosis : what is shown; its fixes are not, see ``fix``.
    fix : the one fix that is shown with its difference, or None.
    old : the failing cell's text.
    clean : takes out of every text what must not be shown, such as secrets.
    """

    def said(text: str) -> str:
        return _CODE.sub(r"<code>\1</code>", escape(clean(plain(text, MAX_TEXT))))

    chip = CATEGORY_NAMES.get(diagnosis.category or "", "")
    rows = [_tag("div", "headline", said(diagnosis.headline) + (_tag("span", "chip", chip) if chip else ""))]
    if diagnosis.explanation:
        rows.append(_tag("div", "text", said(diagnosis.explanation)))
    if diagnosis.facts:
        rows.append(_tag("ul", "facts", "".join(f"<li>{said(fact)}</li>" for fact in diagnosis.facts)))
    if not diagnosis.rerun.safe:
        rows += [_tag("div", "careful", said(reason)) for reason in diagnosis.rerun.reasons]
    if fix is not None:
        rows.append(
            _tag("div", "text", f"<b>{said(fix.title)}</b> ({said(origin(fix))}; {said(verdict(fix.verdict))})")
        )
        for part in parts(fix, old):
            rows.append(_tag("div", "text", said(part)) if isinstance(part, str) else _difference(part, clean))
    rows += [_tag("div", "quiet", said(note)) for note in diagnosis.notes]
    return _tag("div", "card", "".join(rows))


def sentence(text: str) -> str:
    """One quiet sentence as HTML; empty for an empty text."""
    return _tag("div", "quiet", escape(plain(text, MAX_TEXT))) if text else ""


def _difference(lines: List[str], clean: Callable[[str], str]) -> str:
    """The signs stay in the text: the difference is read without colours too."""
    shown = [clean(plain(line, MAX_LINE)) for line in lines[:MAX_LINES]]
    rows = [_tag("span", line[0], escape(line)) if line[:1] in ("-", "+") else escape(line) for line in shown]
    if len(lines) > MAX_LINES:
        rows.append(f"… {len(lines) - MAX_LINES} more lines")
    return _tag("pre", "diff", "\n".join(rows)) if rows else ""


def _tag(name: str, style: str, inner: str) -> str:
    """``inner`` is HTML already."""
    return f'<{name} style="{_STYLES[style]}">{inner}</{name}>'
