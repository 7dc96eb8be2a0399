"""The report in Markdown: tables, then the failures, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .baseline import SYSTEM as BASELINE
from .labels import agreement
from .results import NOT_ASKED, Document, Result
from .tally import Share, grouped, percent, tally, times

#: Between these lines a file gets the tables alone; a file without them is written whole.
BEGIN, END = "<!-- nbdoctor eval: begin -->", "<!-- nbdoctor eval: end -->"

_TIMES = (
    ("findings", "to the findings"),
    ("words", "to the model's first words"),
    ("fix", "to the first fix"),
    ("passed", "to the first fix that passed its trial"),
    ("diagnosis", "to the whole diagnosis"),
)
_COMMON = 20


def write(documents: Sequence[Document], path: Path, labels: Mapping[str, str] | None = None) -> None:
    """Write the report of some runs, in one set of tables, to ``path``; ``labels``: as `markdown` takes them."""
    tables = markdown(documents, labels)
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if begin and end:
        text = f"{head}{BEGIN}\n{tables}{END}{tail}"
    else:
        text = f"# nbdoctor eval\n\n{tables}\n{failures(_results(documents))}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def markdown(documents: Sequence[Document], labels: Mapping[str, str] | None = None) -> str:
    """The tables. ``labels``: categories read again by hand, by case id, with which the results are compared."""
    results = _results(documents)
    parts = [
        *(_made(document.meta) for document in documents),
        "### By file\n\n" + _table(results, lambda r: r.file, "file", total=True),
        "### By category\n\n" + _table(results, lambda r: r.category or "none", "category"),
        _labelled(results, labels or {}),
        "### By who proposed the first fix\n\n" + _table(results, lambda r: r.origin, "origin"),
        "### Verdicts\n\n" + _verdicts(results),
        "### Seconds\n\n" + _seconds(results),
        _tokens(results),
        _grades(results),
        "### What became of the cases\n\n" + _outcomes(results),
        _others(results),
        "### What the failures have in common\n\n" + _common(results),
    ]
    return "\n".join(part for part in parts if part)


def failures(results: Sequence[Result]) -> str:
    """Each case whose fix is known and was not found, each false pass, and each case that was not asked, one line each."""
    lines = []
    for r in results:
        missed = r.fix_known and r.solved is False
        if missed or r.false_pass or r.outcome in NOT_ASKED:
            mark = " **false pass**" if r.false_pass else ""
            lines.append(f"- `{r.file}` `{r.id}` ({r.system}):{mark} {_safe(r.reason)}")
    return "## Failures\n\n" + ("\n".join(lines) if lines else "None.") + "\n"


def _results(documents: Iterable[Document]) -> list[Result]:
    return [result for document in documents for result in document.cases]


def _made(meta: dict[str, Any]) -> str:
    model = f"model {meta['model']}, " if meta.get("model") else ""
    return (
        f"`{meta.get('command', 'nbdoctor eval')}`\n\nnbdoctor {meta.get('version', '?')}, {model}"
        f"{meta.get('count', 0)} cases ({meta.get('cases_digest', '?')}), {meta.get('date', '?')}, "
        f"{meta.get('minutes', 0):.0f} min, {meta.get('jobs', 1)} jobs, Python {meta.get('python', '?')}.\n"
    )


def _table(results: Sequence[Result], key: Callable[[Result], str], title: str, *, total: bool = False) -> str:
    head = (
        *(title, "by", "cases", "fix known", "solved", "fix rate (95 %)", "checked", "category right (95 %)"),
        *("fix proposed", "passed", "false passes", "others that ran"),
    )
    rows = []
    systems = grouped(results, lambda r: r.system)
    for name, group in grouped(results, key).items():
        rows += [_row(name, system, part) for system, part in grouped(group, lambda r: r.system).items()]
    if total:
        rows += [_row("**all**", system, part) for system, part in systems.items()]
    return _rows(head, rows)


def _row(name: str, system: str, results: Sequence[Result]) -> tuple[object, ...]:
    t = tally(results)
    checked = f"{t.checks.part} of {t.checks.whole}" if t.checks.whole else "–"
    cases = f"{t.cases}" if t.asked == t.cases else f"{t.cases} ({t.asked} asked)"
    category: object = "–" if system == BASELINE else t.category
    others = f"{t.ran} of {t.others}" if t.others else "–"
    false = f"{t.false_passes}" + (f" ({t.other_mistakes} other)" if t.other_mistakes else "")
    found = (t.known, t.solved, t.rate, checked, category, t.proposed, t.passed, false, others)
    return name, system, cases, *found


def _labelled(results: Sequence[Result], labels: Mapping[str, str]) -> str:
    """How often the category agrees with labels that were read again."""
    text = ""
    for system, group in grouped((r for r in results if r.id in labels), lambda r: r.system).items():
        if system == BASELINE:
            continue
        found = agreement(group, labels)
        rows = [(category, f"{share.part} of {share.whole}", share) for category, share in found.shares.items()]
        wrong = "".join(f"- `{r.id}`: {r.found_category or 'none'}, not {labels[r.id]}\n" for r in found.wrong)
        text += f"### Categories read again by hand, {system}\n\n"
        text += _rows(("category", "agree", "share (95 %)"), rows)
        text += f"\nMean over the categories: {percent(found.mean)}; {found.absent} labelled cases were not asked.\n"
        text += f"\n{wrong}" if wrong else ""
    return text


def _verdicts(results: Sequence[Result]) -> str:
    rows = []
    for system, group in grouped((r for r in results if r.verdict), lambda r: r.system).items():
        for verdict in ("passed", "not_tried", "failed"):
            part = [r for r in group if r.verdict == verdict]
            worked = sum(r.fixed is True and r.checked is not False for r in part)
            wrong = sum(r.checked is False for r in part)
            fails = sum(r.fixed is False for r in part)
            rows.append((verdict, system, len(part), worked, fails, wrong, sum(r.fixed is None for r in part)))
    head = (
        "verdict of the first fix",
        "by",
        "fixes",
        "worked",
        "the cell failed",
        "its check failed",
        "not carried out",
    )
    return _rows(head, rows) if rows else "No fix was tried.\n"


def _seconds(results: Sequence[Result]) -> str:
    rows = []
    for system, group in grouped(results, lambda r: r.system).items():
        for name, words in _TIMES:
            count, median, high = times(group, name)
            if median is not None and high is not None:
                rows.append((words, system, count, f"{median:.2f}", f"{high:.2f}"))
    return _rows(("from the error", "by", "cases", "median", "95th percentile"), rows)


def _tokens(results: Sequence[Result]) -> str:
    rows = []
    for system, group in grouped((r for r in results if r.tokens), lambda r: r.system).items():
        for agent in dict.fromkeys(agent for r in group for agent in r.tokens):
            spent = [r.tokens[agent] for r in group if agent in r.tokens]
            sums = [sum(row[key] for row in spent) for key in ("calls", "prompt", "completion", "estimated")]
            rows.append((agent, system, len(spent), *sums[:3], f"{sums[3]} of {sums[0]}"))
    head = ("agent", "by", "cases", "requests", "tokens read", "tokens written", "requests whose count is estimated")
    return "### Tokens\n\n" + _rows(head, rows) if rows else ""


def _grades(results: Sequence[Result]) -> str:
    rows = []
    for system, group in grouped((r for r in results if r.grades), lambda r: r.system).items():
        for other in dict.fromkeys(name for r in group for name in r.grades):
            graded = [r.grades[other] for r in group if other in r.grades]
            won = Counter(row["won"] for row in graded)
            flips = Share(sum(not row["consistent"] for row in graded), len(graded))
            rows.append((other, system, len(graded), won["ours"], won["other"], won["tie"], flips))
    text = ""
    if rows:
        head = ("compared with", "by", "cases", "nbdoctor's is better", "the other is", "ties", "inconsistent (95 %)")
        text = "### Explanations, as the model grades them\n\n" + _rows(head, rows)
    orders = [r.orders["flips"] for r in results if r.orders]
    if orders:
        text += f"\nThe category was asked for again in other orders in {len(orders)} cases: "
        text += f"{percent(sum(orders) / len(orders))} of the answers flip.\n"
    return text


def _outcomes(results: Sequence[Result]) -> str:
    files = grouped(results, lambda r: f"{r.file}, {r.system}")
    names = [name for name, _ in Counter(r.outcome for r in results).most_common()]
    rows = []
    for name, group in files.items():
        counts = Counter(r.outcome for r in group)
        rows.append((name, *(counts[outcome] or "" for outcome in names)))
    return _rows(("file, by", *(name.replace("_", " ") for name in names)), rows)


def _others(results: Sequence[Result]) -> str:
    """Cases that failed with another error than the recorded one; whatever was diagnosed is that other error."""
    names = dict.fromkeys((r.file, r.id) for r in results if r.reproduced is False)
    if not names:
        return ""
    files = ", ".join(f"{count} of {file}" for file, count in Counter(file for file, _ in names).items())
    said = f"Another error than the recorded one, or another message, came in {len(names)} cases: {files}"
    return f"{said} (`reproduced` in the JSON).\n"


def _common(results: Sequence[Result]) -> str:
    """The commonest ways in which a case whose fix is known was missed."""
    ways: Counter[tuple[str, str, str, str]] = Counter()
    for r in results:
        if r.fix_known and r.solved is False:
            ways[r.outcome.replace("_", " "), r.kind or "–", r.error, r.system] += 1
    rows = [(count, *way) for way, count in ways.most_common(_COMMON)]
    rest = len(ways) - len(rows)
    more = (
        f"\n{rest} further combinations occur {sum(ways.values()) - sum(r[0] for r in rows)} times.\n"
        if rest > 0
        else ""
    )
    return _rows(("cases", "what became of it", "kind of the diagnosis", "error", "by"), rows) + more


def _rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_safe(str(value)) for value in line) + " |\n" for line in lines)


def _safe(text: str) -> str:
    """Text that stays within its line and its cell."""
    return " ".join(text.split()).replace("|", "\\|")
