"""What a death means, and how much memory a cell's data needs."""

from __future__ import annotations

import re

import pytest

from nbdoctor.protocol import Frame
from nbdoctor.rules import tables
from nbdoctor.rules.base import Context
from nbdoctor.rules.infra.deaths import dead_kernel
from nbdoctor.rules.infra.needs import needs
from tests.rules.support import FakeNamespace, report

GB = 1024**3


@pytest.mark.parametrize(
    ("source", "amount"),
    [
        ("np.zeros((1024, 1024, 1024))", 8 * GB),
        ("n = 2**15\nnumpy.ones([n, n], dtype=np.float32)", 4 * GB),
        ("np.full(int(1e9), 0, dtype='uint8')", 10**9),
        ("torch.randn(1 << 15, 1 << 15)", 4 * GB),
        ("np.eye(32_768)", 8 * GB),
        ("[0] * 10**9", 8 * 10**9),
        ("'ab' * (10**9 - 1)", 2 * (10**9 - 1)),
        ("bytearray(3 * 10**9 // 3)", 10**9),
    ],
)
def test_what_an_array_needs(source, amount):
    assert [need.amount for need in needs(source)] == [amount]


@pytest.mark.parametrize(
    "source",
    [
        "np.zeros(10)",
        "np.zeros((n, 10**9))",
        "n = 10**9\nn = 1\nnp.zeros(n)",
        "np.zeros(10**10**10)",
        "np.zeros(1e999)",
        "np.zeros(10**9, dtype=mine)",
        "zeros(10**9)",
        "pd.read_csv('big.csv')",
        "this is no Python",
        "'a' * x",
    ],
)
def test_what_is_small_or_not_known_is_not_told(source):
    assert needs(source) == []


def test_what_a_file_needs(tmp_path):
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(100 * 1024**2)
    [need] = needs("pd.read_csv('big.csv', sep=';')", str(tmp_path))
    assert need.sentence == "`big.csv` has 100 MiB; pandas commonly takes 5 to 10 times as much: 500 MiB to 1000 MiB."
    assert needs("pd.read_csv('big.csv', chunksize=1000)", str(tmp_path)) == []
    assert needs("pd.read_csv('other.csv')", str(tmp_path)) == []


def died(source, message, frames=(), **details):
    made = report(source, "DeadKernel", message)
    made.errors[0].frames = list(frames)
    made.errors[0].details = details
    return dead_kernel(Context(made, FakeNamespace()))


def test_memory_is_explained_by_what_the_cell_needs():
    limit = {"limit": "4 GiB", "limit_bytes": str(4 * GB)}
    found = died("a = np.ones((32768, 32768))", "out of memory (limit): signal SIGKILL", **limit)
    assert found.headline.endswith("it may use 4 GiB, and the system ended it when it wanted more.")
    assert "8 GiB. That is more than the 4 GiB that there are." in found.explanation
    found = died("t = pd.read_csv(path)", "out of memory (limit): signal SIGKILL", **limit)
    assert "usecols" in found.explanation
    assert found.fixes == []


def test_a_crash_names_the_library_or_the_line_as_far_as_they_are_known():
    cell = Frame("<cell>", 2, "<module>", "", "cell")
    library = Frame("/env/lib/python3.11/site-packages/numpy/linalg/_linalg.py", 90, "solve", "", "library")
    source, message = "a = 1\nsolve(a)", "signal SIGSEGV"
    told = [died(source, message, frames, signal="SIGSEGV").headline.partition(":")[0]
            for frames in ([cell, library], [library], [cell], [])]  # fmt: skip
    assert told == [
        "Native code crashed in `solve` of `numpy`, called from line 2 of this cell",
        "Native code crashed in `solve` of `numpy`",
        "Native code crashed at line 2 of this cell",
        "Native code crashed",
    ]


def test_other_errors_are_not_deaths():
    assert dead_kernel(Context(report("x", "NameError", "signal SIGSEGV"), FakeNamespace())) is None


def test_rows_are_whole():
    table = tables.load("deaths")
    words = dict.fromkeys(("limit", "used", "signal", "means", "where", "code"), "x")
    for row in table["causes"]:
        assert row["headline"].format(**words).endswith("."), row
        assert row["kind"] in tables.kinds(), row
        assert re.compile(row["pattern"]).groups <= 1
        assert row["source"].startswith("https://"), row
    for row in table["calls"]:
        assert row["does"].format(call="x").endswith("."), row
        assert re.compile(row["call"])
        assert row["source"].startswith("https://"), row
    for row in table["arrays"]:
        assert {row["width"], *row["widths"].values()} <= table["widths"].keys(), row
        assert row["source"].startswith("https://"), row
    for row in table["readers"]:
        assert row["sentence"].format(file="f", held="1", takes="2").endswith("."), row
        assert row["source"].startswith("https://"), row
