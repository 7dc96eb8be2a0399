import errno
import re

import pytest

from nbdoctor.protocol import RaisedError
from nbdoctor.rules import tables
from nbdoctor.rules.base import Context
from nbdoctor.rules.infra import machine
from nbdoctor.rules.infra import system as infra

from ..support import FakeNamespace, first, repaired, report


@pytest.mark.parametrize(
    ("error", "message", "details", "kind"),
    [
        ("MemoryError", "", {}, "memory"),
        ("OSError", "[Errno 28] No space left on device: 'x'", {"errno": "28", "filename": "x"}, "disk_full"),
        ("OSError", "[Errno 122] Disk quota exceeded: 'x'", {"errno": "122", "filename": "x"}, "disk_full"),
        ("OSError", "[Errno 28] No space left on device: '/dev/shm/a'", {"errno": "28"}, "shared_memory"),
        ("OSError", "[Errno 28] inotify watch limit reached", {"errno": "28"}, "too_many_watches"),
        ("PermissionError", "[Errno 13] Permission denied: 'x'", {"filename": "x"}, "permission"),
        ("IsADirectoryError", "[Errno 21] Is a directory: 'x'", {"filename": "x"}, "is_a_folder"),
        ("OSError", "[Errno 30] Read-only file system: '/x'", {"errno": "30"}, "read_only_disk"),
        ("OSError", "[Errno 24] Too many open files: 'x'", {"errno": "24"}, "too_many_files"),
        ("OSError", "[Errno 98] Address already in use", {"errno": "98"}, "port_in_use"),
        ("BrokenPipeError", "[Errno 32] Broken pipe", {"errno": "32"}, "broken_pipe"),
        ("OSError", "[Errno 5] Input/output error: 'x'", {"errno": "5"}, "disk_trouble"),
        ("OSError", "[Errno 36] File name too long: 'x'", {"errno": "36"}, "name_too_long"),
        ("OSError", "[Errno 18] Invalid cross-device link: 'a' -> 'b'", {"errno": "18"}, "other_disk"),
        ("OperationalError", "no such table: orders", {}, "db_no_table"),
        ("OperationalError", "database is locked", {}, "db_locked"),
        ("NoCredentialsError", "Unable to locate credentials", {}, "no_credentials"),
        ("BrokenProcessPool", "A process in the process pool was terminated abruptly", {}, "pool_broken"),
        ("Py4JNetworkError", "Answer from Java side is empty", {}, "spark_gone"),
        ("KilledWorker", "Attempted to run task 'a' on 4 different workers", {}, "dask_killed"),
    ],
)
def test_what_the_machine_refuses(error, message, details, kind):
    found = first(report("go()", error, message, "go()", **details))
    assert found.kind == kind
    assert found.fixes == []


def test_the_disk_and_what_it_has_free(monkeypatch):
    monkeypatch.setattr(machine, "disk", lambda path: ("/data", 0, 1024**3))
    made = report(
        "save()", "OSError", "[Errno 28] No space left on device: '/data/a.csv'", errno="28", filename="/data/a.csv"
    )
    assert first(made).facts == ["The disk of `/data` has 0 B of 1 GiB free."]
    assert first(made, FakeNamespace(live=False)).facts == []


def test_whose_file_it_is(monkeypatch):
    monkeypatch.setattr(machine, "owner", lambda path: "root (-rw-------)")
    made = report("read()", "PermissionError", "[Errno 13] Permission denied: '/a'", errno="13", filename="/a")
    assert first(made).facts == ["It belongs to root (-rw-------)."]


def test_ports_are_named():
    made = report("serve(('', 8000))", "OSError", "[Errno 98] Address already in use", errno="98")
    assert first(made).headline.startswith("Port 8000 is taken")
    made = report("serve(('', 80))", "PermissionError", "[Errno 13] Permission denied", errno="13")
    assert first(made).headline == "Port 80 is reserved for the system: take one above 1023."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import asyncio\nx = asyncio.run(fetch())", "import asyncio\nx = await fetch()"),
        ("print(loop.run_until_complete(fetch(1)) + 1)", "print((await fetch(1)) + 1)"),
        ("def go():\n    return asyncio.run(fetch())\ngo()", None),
        ("go()", None),
    ],
)
def test_a_second_event_loop(source, expected):
    message = "asyncio.run() cannot be called from a running event loop"
    place = "return asyncio.run(fetch())" if "def" in source else source.split("\n")[-1]
    made = report(source, "RuntimeError", message, place)
    assert first(made).kind == "running_loop"
    assert repaired(made) == expected


def test_the_chain_of_causes_is_read():
    made = report("m = load('maker/model')", "OSError", "We could not load it.")
    made.errors.append(
        RaisedError(
            "GatedRepoError", "Cannot access gated repo for url https://huggingface.co/maker/model/a", relation="cause"
        )
    )
    assert (
        first(made).headline
        == "Hugging Face gives `maker/model` only to those who accepted its terms and are logged in."
    )


def test_errors_of_the_code_are_left_alone():
    for error, message in (
        ("ValueError", "no such table: a"),
        ("KeyError", "'Connection refused'"),
        ("TimeoutError", ""),
    ):
        context = Context(report("go()", error, message, "go()"), FakeNamespace())
        assert [rule.__name__ for rule in infra.RULES if rule(context) is not None] == []


def test_the_table_is_whole():
    table = tables.load("infra")
    rows = [row for name, part in table.items() if name != "hosts" for row in part]
    assert all(row["source"].startswith("https://") for row in [*rows, table["hosts"]])
    assert all(row["kind"] in tables.kinds() for row in rows if "kind" in row)
    assert all(hasattr(errno, row["errno"]) for row in table["system"])
    assert all(re.compile(row["pattern"]) for row in rows if "pattern" in row)
    assert all(row["headline"].format("x") for row in rows if "headline" in row)
    assert table["status"][-1]["codes"] == []  # what is left is the server's own trouble
