"""Tables, failures, markers; two runs compared; documents written and read."""

from __future__ import annotations

import pytest

from nbdoctor.evals import report
from nbdoctor.evals.cases import CaseError
from nbdoctor.evals.compare import compare, open_run, sentences
from nbdoctor.evals.results import Document, read, save

from .helpers import document, result

MISS = {"outcome": "no_fix", "solved": False, "origin": "none", "fixes": 0, "reason": "no fix was proposed (x | y)"}


def _cells(text, start):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {start} ")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_table_counts_by_file_and_system():
    run = document(
        result(id="a", verdict="passed", fixed=True, checked=True, category_right=True),
        result(id="b", category_right=False, **MISS),
        result(id="c", fix_known=False, fixed=True, category_right=None),
        result(id="d", outcome="setup_failed", solved=None, reason="no kernel"),
        result(id="a", system="baseline", origin="model"),
    )
    text = report.markdown([run])
    row = _cells(text.split("### By category")[0], "some | rules")
    assert row[2:] == ["4 (3 asked)", "2", "1", "50 % (9–91)", "1 of 1", "50 % (9–91)", "2", "1", "0", "1 of 1"]
    assert _cells(text.split("### By category")[0], "some | baseline")[3:6] == ["1", "1", "100 % (21–100)"]


def test_false_passes_that_leave_another_mistake_are_told_apart():
    lie = {"verdict": "passed", "checked": False, "false_pass": True, "solved": False, "outcome": "wrong"}
    text = report.markdown([document(result(id="a", **lie), result(id="b", other_mistake=True, **lie))])
    assert _cells(text.split("### By category")[0], "some | rules")[10] == "2 (1 other)"


def test_other_errors_than_the_recorded_ones_are_counted_by_file():
    run = document(
        result(id="a", reproduced=False),
        result(id="a", system="baseline", reproduced=False),
        result(id="b", file="more", reproduced=False),
        result(id="c"),
    )
    assert "came in 2 cases: 1 of some, 1 of more (`reproduced` in the JSON)." in report.markdown([run])
    assert "Another error" not in report.markdown([document(result(id="c"))])


def test_failures_are_one_line_each_and_false_passes_are_marked():
    lines = report.failures(
        [
            result(id="a"),
            result(id="b", **MISS),
            result(id="c", fix_known=False, solved=False, outcome="no_fix"),
            result(id="d", outcome="wrong", solved=False, false_pass=True, reason="it\nlies"),
            result(id="e", outcome="no_environment", solved=None, reason="there is no environment"),
        ]
    ).splitlines()[2:]
    assert lines == [
        "- `some` `b` (rules): no fix was proposed (x \\| y)",
        "- `some` `d` (rules): **false pass** it lies",
        "- `some` `e` (rules): there is no environment",
    ]


def test_a_file_with_markers_keeps_its_text_and_one_without_is_written_whole(tmp_path):
    run = document(result(id="b", **MISS))
    marked, plain = tmp_path / "marked.md", tmp_path / "sub" / "plain.md"
    marked.write_text(f"Before.\n{report.BEGIN}\nold\n{report.END}\nAfter.\n")
    report.write([run], marked)
    report.write([run], plain)
    text = marked.read_text()
    assert text.startswith(f"Before.\n{report.BEGIN}\n")
    assert text.endswith(f"{report.END}\nAfter.\n")
    assert "old" not in text
    assert "## Failures" not in text
    assert "## Failures" in plain.read_text()


def test_times_tokens_grades_and_orders_are_shown_where_there_are_any():
    rich = result(
        seconds={"findings": 0.5, "words": None},
        tokens={"fix": {"prompt": 10, "completion": 3, "calls": 2, "estimated": 1}},
        grades={"reference": {"won": "ours", "consistent": True}},
        orders={"labels": ["a", "b"], "answers": ["a", "b"], "flips": 1.0},
        verdict="passed",
        fixed=True,
    )
    text = report.markdown([document(rich)])
    assert _cells(text, "to the findings")[2:] == ["1", "0.50", "0.50"]
    assert _cells(text, "fix | rules")[2:] == ["1", "2", "10", "3", "1 of 2"]
    assert _cells(text, "reference")[2:] == ["1", "1", "0", "0", "0 % (0–79)"]
    assert "in 1 cases: 100 % of the answers flip." in text
    assert "### Tokens" not in report.markdown([document(result())])


def _saved(tmp_path, name, *results, **meta):
    path = tmp_path / name
    save(document(*results, **meta), path)
    return str(path)


def test_a_document_is_read_as_it_was_written(tmp_path):
    run = document(result(seconds={"findings": 1.0}, fix={"title": "x"}, grades={"reference": {"won": "tie"}}))
    save(run, tmp_path / "out.json")
    assert read(tmp_path / "out.json") == run
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(CaseError, match=r"bad\.json is no report"):
        read(tmp_path / "bad.json")
    with pytest.raises(CaseError, match="cannot be read"):
        read(tmp_path / "gone.json")


def test_wins_and_losses_are_paired(tmp_path):
    a = _saved(tmp_path, "a.json", result(id="w", **MISS), result(id="l"), result(id="s"), result(id="only"))
    b = _saved(tmp_path, "b.json", result(id="w"), result(id="l", **MISS), result(id="s"), cases_digest="e")
    found = compare(a, b)
    assert (found.both, found.known, found.solved, found.alone) == (3, 3, (2, 2), (1, 0))
    assert (found.wins, found.losses, found.p) == (["some w"], ["some l"], 1.0)
    said = "\n".join(sentences(found, a, b))
    assert "B wins 1, B loses 1, exact McNemar p = 1." in said
    assert "The two were not asked the same set of cases." in said


def test_cases_that_come_out_differently_are_named(tmp_path):
    a = _saved(tmp_path, "a.json", result(id="x", verdict="passed"), result(id="y"))
    b = _saved(tmp_path, "b.json", result(id="x", verdict="not_tried"), result(id="y", seconds={"total": 3.0}))
    assert compare(a, b).differ == ["some x: verdict 'passed' → 'not_tried'"]


def test_a_run_is_compared_with_its_own_baseline(tmp_path):
    both = [result(id="x"), result(id="x", system="baseline", **MISS)]
    path = _saved(tmp_path, "a.json", *both)
    assert compare(f"{path}:baseline", path).wins == ["some x"]
    assert open_run(path)[1] == "rules"
    with pytest.raises(CaseError, match="no results of other; it has rules, baseline"):
        open_run(f"{path}:other")


def test_a_run_without_results_is_a_report_too():
    assert "| **all** |" not in report.markdown([Document()])
