"""Categories read again by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbdoctor.cli import main
from nbdoctor.evals.cases import CaseError
from nbdoctor.evals.labels import agreement, read
from nbdoctor.evals.results import save
from nbdoctor.protocol import CATEGORIES

from .helpers import document, result

RESULTS = [
    result(id="a", found_category="python"),
    result(id="b", found_category="python"),
    result(id="c", found_category="infra"),
    result(id="d", found_category=None),
    result(id="e", found_category="python", outcome="setup_failed"),
    result(id="unlabelled", found_category="infra"),
]
LABELS = {"a": "python", "b": "python", "c": "infra", "d": "infra", "e": "python", "absent": "notebook"}


def test_each_category_counts_the_same():
    found = agreement(RESULTS, LABELS)
    assert {category: (share.part, share.whole) for category, share in found.shares.items()} == {
        "python": (2, 2),
        "infra": (1, 2),
    }
    assert found.mean == 0.75
    assert [r.id for r in found.wrong] == ["d"]
    assert found.absent == 2


def test_the_report_has_them(tmp_path, capsys):
    save(document(*RESULTS), tmp_path / "run.json")
    (tmp_path / "labels.json").write_text(json.dumps(LABELS))
    assert main(["eval", "--merge", str(tmp_path / "run.json"), "--labels", str(tmp_path / "labels.json")]) == 0
    printed = capsys.readouterr().out
    assert "| infra | 1 of 2 |" in printed
    assert "Mean over the categories: 75 %; 2 labelled cases were not asked." in printed
    assert "- `d`: none, not infra" in printed


@pytest.mark.parametrize("text", ["[", "[]", '{"a": "typo"}'])
def test_a_file_that_is_none_of_labels_is_refused(tmp_path, text):
    path = tmp_path / "labels.json"
    path.write_text(text)
    with pytest.raises(CaseError):
        read(path)


def test_the_labels_that_come_along_are_whole():
    labels = read(Path(__file__).parents[1] / "data" / "categories.json")
    assert len(labels) == 200
    assert set(labels.values()) == set(CATEGORIES)
