"""What is kept of what people did with fixes: what stands in the file, what does not, and what happens where it cannot be used."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from nbdoctor.errors import CorrectionsError
from nbdoctor.memory import store as module
from nbdoctor.memory.store import CorrectionStore, default_path
from nbdoctor.protocol import Correction

TOKEN = "ghp_" + "a1B2" * 9
FULL = Correction(
    "edited", "f1", "Use revenue", "misspelled_name", "python", "model", "tiny", "passed",
    "NameError", "name 'revenu' is not defined", "print(revenu)", "print(revenue)", "rather the other",
)  # fmt: skip


@pytest.fixture()
def store(tmp_path):
    return CorrectionStore(tmp_path / "data" / "nbdoctor" / "corrections.db")


def _sql(store, *statements):
    """Run SQL on the file behind the store's back; returns the rows of the last."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows


def _each_connection(monkeypatch, pragma):
    """Have each connection that the store opens begin with a pragma."""
    connect = sqlite3.connect

    def connecting(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.execute(pragma)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connecting)


def test_what_is_kept_comes_back_newest_first_with_number_and_time(store):
    first = store.keep(replace(FULL, number=99, time="yesterday"))
    second = store.keep(Correction("undone", fix_id="f1"))
    assert (first.number, second.number) == (1, 2)
    assert first.time[4] == "-"
    assert first.time.endswith("+00:00")
    assert replace(first, number=0, time="") == FULL
    assert store.newest() == [second, first]
    assert store.newest(1) == [second]
    assert store.count() == 2


def test_nothing_is_made_before_something_is_kept(store):
    assert (store.newest(), store.count(), store.delete(1), store.clear()) == ([], 0, [], 0)
    assert not store.path.parent.parent.exists()


def test_the_file_is_in_jupyters_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert CorrectionStore().path == default_path() == tmp_path / "nbdoctor" / "corrections.db"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_nobody_else_can_read_it(store):
    before = os.umask(0)
    try:
        store.keep(FULL)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_row_is_never_changed(store):
    kept = store.keep(FULL)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        _sql(store, "UPDATE corrections SET outcome = 'rejected'")
    assert store.newest() == [kept]


def test_a_number_is_never_given_twice(store):
    store.keep(FULL)
    assert store.delete(1) == [1]
    assert store.keep(FULL).number == 2
    assert store.clear() == 1
    assert store.keep(FULL).number == 3


def test_secrets_are_taken_out_before_anything_is_written(store, monkeypatch):
    monkeypatch.setenv("SERVICE_API_KEY", "open-sesame-4711")
    kept = store.keep(
        replace(FULL, before=f"login('{TOKEN}')", after=f"login(\x1b[1m{TOKEN})", comment="it is open-sesame-4711")
    )
    assert (kept.before, kept.after) == ("login('‹token-1›')", "login(‹token-1›)")
    assert kept.comment == "it is ‹environment-1›"
    written = store.path.read_bytes()
    assert TOKEN.encode() not in written
    assert b"sesame" not in written


def test_a_secret_is_not_cut_in_halves(store):
    before = "x" * 11_960 + f" {TOKEN} " + "y" * 20_000  # where the head of a long text ends
    kept = store.keep(replace(FULL, before=before))
    assert TOKEN[:6] not in kept.before


def test_texts_are_bounded_head_and_tail(store):
    name = "<" + "x" * 50_000 + ">"
    kept = store.keep(
        Correction("rejected", name, name, name, None, "rule", name, "passed", name, name, name, name, name)
    )
    lengths = [200, 200, 200, 200, 200, 500, 20_000, 20_000, 2_000]
    texts = [
        kept.fix_id, kept.title, kept.kind, kept.by, kept.error_name, kept.error_message, kept.before, kept.after, kept.comment,
    ]  # fmt: skip
    assert [len(text) for text in texts] == lengths
    assert all(text[0] + text[-1] == "<>" and "left out" in text for text in texts)
    assert store.newest() == [kept]


def test_lone_surrogates_are_kept_as_escapes(store):
    kept = store.keep(replace(FULL, before="a\ud800b", title="\udcff"))
    assert (kept.before, kept.title) == ("a\\ud800b", "\\udcff")
    assert store.newest() == [kept]


def test_the_oldest_go(store, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    for _ in range(5):
        store.keep(FULL)
    assert [kept.number for kept in store.newest()] == [5, 4, 3]


def test_two_processes_write_at_once(store):
    code = (
        "import sys, pathlib; from nbdoctor.memory.store import CorrectionStore; from nbdoctor.protocol import Correction\n"
        "store = CorrectionStore(pathlib.Path(sys.argv[1])); sys.stdin.read(1)\n"
        "for _ in range(15): store.keep(Correction('accepted', by=sys.argv[2]))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, store.path, name], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for writer in writers:  # both are there, and neither has made the file
        writer.stdin.write(b"x")
        writer.stdin.flush()
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    kept = store.newest()
    assert sorted(each.number for each in kept) == list(range(1, 31))
    assert [sum(each.by == name for each in kept) for name in ("one", "two")] == [15, 15]


def test_a_file_that_was_begun_and_left_is_used(store):
    store.path.parent.mkdir(parents=True)
    store.path.touch()
    assert store.newest() == []
    assert store.keep(FULL).number == 1


class TestDeleting:
    def test_one_leaves_no_byte_of_it(self, store):
        other = store.keep(replace(FULL, before="another_name = 1\n" * 900))
        gone = store.keep(replace(FULL, before="peculiar_name = 1\n" * 900, comment="peculiar"))
        assert b"peculiar" in store.path.read_bytes()
        assert store.delete(gone.number, 77, 0, 10**30) == [gone.number]
        assert b"peculiar" not in store.path.read_bytes()
        assert store.newest() == [other]
        assert list(store.path.parent.iterdir()) == [store.path]  # no journal

    def test_all_leave_no_byte_and_a_small_file(self, store):
        for _ in range(20):
            store.keep(replace(FULL, before="peculiar_name = 1\n" * 900))
        large = store.path.stat().st_size
        assert store.clear() == 20
        assert b"peculiar" not in store.path.read_bytes()
        assert store.path.stat().st_size < large / 10
        assert store.newest() == []

    def test_the_oldest_leave_no_byte_either(self, store, monkeypatch):
        monkeypatch.setattr(module, "MOST", 2)
        store.keep(replace(FULL, before="peculiar_name"))
        store.keep(FULL)
        store.keep(FULL)
        assert b"peculiar" not in store.path.read_bytes()


class TestWhereTheFileCannotBeUsed:
    def _refuses(self, store, words, *, retryable=False, methods=("keep", "newest", "clear")):
        """Each of the methods says so, in a sentence with what to do, and the file stays as it is."""
        before = store.path.read_bytes()
        for method in methods:
            with pytest.raises(CorrectionsError, match=words) as caught:
                getattr(store, method)(*([FULL] if method == "keep" else []))
            assert str(store.path) in caught.value.message
            assert caught.value.hint.endswith(".")
            assert caught.value.retryable is retryable
        assert store.path.read_bytes() == before

    def test_of_a_newer_nbdoctor(self, store):
        store.keep(FULL)
        _sql(store, "PRAGMA user_version = 2")
        self._refuses(store, "newer nbdoctor")

    @pytest.mark.parametrize("content", [b"hello " * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
    def test_no_database(self, store, content):
        store.path.parent.mkdir(parents=True)
        store.path.write_bytes(content)
        self._refuses(store, "damaged")

    def test_another_database(self, store):
        store.path.parent.mkdir(parents=True)
        _sql(store, "CREATE TABLE other (x)", "PRAGMA user_version = 1")
        self._refuses(store, "damaged")

    def test_in_use(self, store, monkeypatch):
        monkeypatch.setattr(module, "_BUSY_SECONDS", 0)
        store.keep(FULL)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            self._refuses(store, "in use", retryable=True)

    def test_read_only(self, store, monkeypatch):
        kept = store.keep(FULL)
        with monkeypatch.context() as patch:
            _each_connection(patch, "PRAGMA query_only = ON")
            self._refuses(store, "cannot be opened", methods=("keep", "clear"))
            assert store.newest() == [kept]

    def test_no_room(self, store, monkeypatch):
        kept = store.keep(FULL)
        with monkeypatch.context() as patch:
            _each_connection(patch, "PRAGMA max_page_count = 5")
            with pytest.raises(CorrectionsError, match="no room"):
                store.keep(replace(FULL, before="long\n" * 4000))
        assert store.newest() == [kept]
        assert _sql(store, "PRAGMA integrity_check") == [("ok",)]

    def test_no_file_can_be_made(self, store):
        store.path.parent.parent.mkdir()
        store.path.parent.write_text("a file where the folder should be")
        with pytest.raises(CorrectionsError, match="cannot be opened"):
            store.keep(FULL)

    @pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "no room"), (errno.EACCES, "cannot be opened")])
    def test_the_system_refuses(self, store, monkeypatch, number, words):
        def refused(*args, **kwargs):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(module.os, "open", refused)
        with pytest.raises(CorrectionsError, match=words):
            store.keep(FULL)

    def test_an_error_of_the_disk(self, store, monkeypatch):
        def fails(*args, **kwargs):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = 10 | 15 << 8  # SQLITE_IOERR_LOCK
            raise error

        store.keep(FULL)
        monkeypatch.setattr(sqlite3, "connect", fails)
        self._refuses(store, "reports an error")
