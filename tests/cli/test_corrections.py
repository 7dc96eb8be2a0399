"""``nbdoctor corrections``: seen, exported, deleted."""

from __future__ import annotations

import json

import pytest

from nbdoctor.cli import main
from nbdoctor.memory.store import CorrectionStore
from nbdoctor.protocol import Correction


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    return CorrectionStore()


@pytest.fixture()
def kept(store):
    error = {"error_name": "NameError", "error_message": "name 'revenu' is not defined"}
    store.keep(Correction("accepted", title="Use revenue", before="revenu", after="revenue", **error))
    store.keep(Correction("rejected", title="Use [red]total", comment="no,\nthe other", **error))
    store.keep(Correction("undone", title="Wörter", before="a = 1\n"))
    return store.newest()


@pytest.mark.parametrize("arguments", [["corrections"], ["corrections", "list"]])
def test_they_are_listed_newest_first(kept, capsys, arguments):
    assert main(arguments) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["N", "when", "what", "you", "did", "fix", "error"]
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    assert "taken back" in rows[0]
    assert "called wrong: no, the other" in rows[1]
    assert "Use [red]total" in rows[1]
    assert "NameError: name 'revenu' is not defined" in rows[2]


def test_it_is_said_that_there_are_more(kept, capsys):
    assert main(["corrections", "list", "--limit", "1"]) == 0
    assert "the newest 1 of 3; --limit 3 shows all" in capsys.readouterr().out


def test_that_there_are_none_is_said(capsys):
    assert main(["corrections"]) == 0
    assert capsys.readouterr().out == "No corrections are kept.\n"


def test_they_are_exported_whole_oldest_first(kept, capsys, tmp_path):
    file = tmp_path / "out.jsonl"
    assert main(["corrections", "export", str(file)]) == 0
    assert capsys.readouterr().out == f"3 corrections written to {file}.\n"
    assert [Correction(**json.loads(line)) for line in file.read_text("ascii").splitlines()] == kept[::-1]
    assert main(["corrections", "export", "-"]) == 0
    assert capsys.readouterr().out == file.read_text("ascii")


def test_a_file_that_cannot_be_written_is_said(kept, capsys, tmp_path):
    assert main(["corrections", "export", str(tmp_path / "none" / "out.jsonl")]) == 1
    assert "cannot be written: No such file" in capsys.readouterr().err


def test_some_are_deleted(kept, store, capsys):
    assert main(["corrections", "delete", "1", "3"]) == 0
    assert capsys.readouterr().out == "2 corrections deleted.\n"
    assert store.newest() == kept[1:2]


def test_a_number_that_is_not_there_is_said(kept, store, capsys):
    assert main(["corrections", "delete", "2", "8"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "1 correction deleted.\n"
    assert "there is no correction 8" in printed.err


def test_all_are_deleted(kept, store, capsys):
    assert main(["corrections", "delete", "--all"]) == 0
    assert capsys.readouterr().out == "3 corrections deleted.\n"
    assert store.newest() == []


@pytest.mark.parametrize(
    "arguments", [["delete"], ["delete", "1", "--all"], ["delete", "x"], ["export"], ["list", "--limit", "0"], ["burn"]]
)
def test_a_wrong_command_line_deletes_nothing_and_exits_with_2(kept, store, capsys, arguments):
    try:
        assert main(["corrections", *arguments]) == 2
    except SystemExit as stop:  # argparse
        assert stop.code == 2
    assert capsys.readouterr().err
    assert store.newest() == kept


def test_the_path_is_printed(store, capsys):
    assert main(["corrections", "path"]) == 0
    assert capsys.readouterr().out == f"{store.path}\n"
    assert not store.path.exists()


def test_a_file_that_is_none_is_said(store, capsys):
    store.path.parent.mkdir(parents=True)
    store.path.write_text("hello")
    assert main(["corrections"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("nbdoctor corrections: The file ")
    assert said.endswith("Move it away; nbdoctor makes a new one.\n")
