"""``nbdoctor explain``, and the page that it writes."""

from pathlib import Path

from nbdoctor.cli import main
from nbdoctor.rules import kinds

PAGE = Path(__file__).parents[2] / "docs" / "kinds.md"


def test_a_kind_is_explained(capsys):
    assert main(["explain", "cell_not_run"]) == 0
    printed = capsys.readouterr().out
    assert printed == kinds.markdown(kinds.kind("cell_not_run"))
    assert "# [this cell was not run]" in printed


def test_without_a_kind_all_are_listed(capsys):
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == kinds.known()


def test_a_misspelled_kind_is_no_kind(capsys):
    assert main(["explain", "cell_not_ru"]) == 2
    assert "the closest is cell_not_run" in capsys.readouterr().err


def test_the_page_of_all_kinds_is_current(capsys):
    assert main(["explain", "--all"]) == 0
    assert capsys.readouterr().out == PAGE.read_text("utf-8"), "run `make kinds`"
