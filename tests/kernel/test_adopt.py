"""nbdoctor comes late: what ran before, and the error that was raised before."""

from __future__ import annotations

import sys

import pytest

from nbdoctor.kernel import adopt, extension, watch


@pytest.fixture()
def late(bare_shell, capsys):
    """Run cells, and only then load nbdoctor; returns a function that adopts the last error as a front end would post it."""
    posted = {}
    show = bare_shell._showtraceback

    def remember(etype, value, stb):
        posted.update(name=etype.__name__, value=str(value))  # as ipykernel tells it
        show(etype, value, stb)

    bare_shell._showtraceback = remember

    def run(*cells):
        for source in cells:
            bare_shell.run_cell(source, store_history=True)
        extension.load(bare_shell)
        adopt.remember(bare_shell)
        capsys.readouterr()

        def ask(**other):
            question = {"cell_id": "c", "source": cells[-1], **posted, **other}
            return adopt.adopt(bare_shell, **question)

        ask.posted = posted
        ask.watch = extension.loaded(bare_shell).watch
        return ask

    yield run
    extension.unload(bare_shell)


def test_the_last_error_becomes_a_report_as_if_nbdoctor_had_been_there(late):
    ask = late("revenue = 3", "def f(x):\n    return x + revenu", "print('before')\nf(1)")
    assert ask()
    report = ask.watch.latest("c", "NameError")
    assert (report.live, report.cell.id, report.cell.source) == (True, "c", "print('before')\nf(1)")
    assert [(f.where, f.line, f.cell_id) for f in report.errors[0].frames] == [("cell", 2, "c"), ("cell", 2, None)]
    assert [(run.cell_id, run.execution_count) for run in report.history] == [(None, 1), (None, 2), ("c", 3)]
    assert [run.ok for run in report.history] == [True, True, False]
    assert "revenue" in report.names
    assert "`revenue`" in report.findings[0].headline


def test_it_is_adopted_once(late):
    ask = late("nope")
    assert ask()
    assert ask()
    assert len(ask.watch.reports) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"name": "KeyError"},
        {"value": "name 'other' is not defined"},
        {"value": ""},
        {"source": "nope  # edited since"},
        {"source": ""},
    ],
)
def test_what_does_not_match_is_not_adopted(late, other):
    ask = late("nope")
    assert not ask(**other)
    assert not ask.watch.reports
    assert ask()


def test_colours_and_newlines_at_the_end_make_no_difference(late):
    ask = late("raise ValueError('\\x1b[31mred\\x1b[0m' + 'x' * 10_000)")
    assert ask(source=ask.watch.history[-1][3] + "\n")


def test_an_equal_error_of_another_cell_is_not_taken_for_this_one(late):
    ask = late("print(nope)", "nope")
    assert not ask(source="print(nope)")
    assert ask(source="nope")


def test_a_cell_that_ran_twice_failed_the_last_time(late):
    ask = late("nope", "x = 1", "nope")
    assert ask()
    assert [run.execution_count for run in ask.watch.latest().history] == [1, 2, 3]


def test_cells_that_ran_since_do_not_count(late):
    ask = late("nope", "x = 1", "y = 2")
    assert ask(source="nope")
    assert [(run.cell_id, run.execution_count) for run in ask.watch.latest().history] == [("c", 1)]


@pytest.mark.parametrize(
    "source", ["for i in range(3)\n    print(i)", "x = (1", "if True:\nx = 1", "def f():\n\treturn 1\n        x"]
)
def test_syntax_errors(late, source):
    ask = late("a = 1", source)
    assert ask()
    report = ask.watch.latest()
    (frame,) = report.errors[0].frames
    assert (frame.where, frame.function, frame.cell_id) == ("cell", "", "c")
    assert report.rerun.safe
    assert not ask(source="a = 1", name="SyntaxError", value="another")


def test_a_syntax_error_of_another_cell_is_not_adopted(late):
    ask = late("x = (1", "y = (1")
    assert not ask(source="x = (1")


def test_a_chain_of_errors(late):
    ask = late("try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('b') from error")
    assert ask()
    assert [(e.name, e.relation) for e in ask.watch.latest().errors] == [
        ("ValueError", "raised"),
        ("KeyError", "cause"),
    ]


def test_what_a_magic_raises(late):
    ask = late("%no_such_magic_at_all x")
    posted = {"name": "UsageError", "value": str(sys.last_value)}
    assert ask(**posted) is (type(sys.last_value).__name__ == "UsageError")


def test_an_exception_of_the_users_is_told_by_what_was_shown(late):
    ask = late(
        "class Mine(Exception):\n    def __str__(self):\n        calls.append(1)\n        return 'mine'\ncalls = []",
        "raise Mine()",
    )
    calls = list(ask.watch.shell.user_ns["calls"])
    assert not ask(value="other")
    ask()
    assert ask.watch.shell.user_ns["calls"] == calls  # its code is not run again


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit"])
def test_what_is_no_error(late, error):
    ask = late(f"raise {error}('x')")
    assert not ask(name=error, value="x")


@pytest.mark.parametrize(
    ("before", "source", "safe"),
    [
        ("items = []", "items.append(1)\n1/0", False),
        ("", "items = []\nitems.append(1)\n1/0", True),
        ("items = []", "del items\n1/0", False),
        # Whether `total` was there before is not known any more.
        ("", "globals()['total'] = 0\ntotal += 1\n1/0", False),
        ("", "import json\nx = json.dumps([])\n1/0", True),
    ],
)
def test_rerunning_is_safe_only_where_it_is_whatever_there_was(late, before, source, safe):
    ask = late(before or "pass", source)
    assert ask()
    assert ask.watch.latest().rerun.safe is safe


def test_inputs_that_the_user_took_out_are_not_guessed(late):
    ask = late("a = 1", "%reset -f in", "nope")
    assert [text for *_, text in ask.watch.history] == ["nope"]
    assert not ask(source="")
    assert ask()


def test_where_the_inputs_are_counted_in_another_way_nothing_is_guessed(late, bare_shell):
    bare_shell.execution_count += 1
    ask = late("nope")
    assert list(ask.watch.history) == []
    assert not ask()


def test_where_nothing_failed_or_nbdoctor_is_not_loaded(bare_shell, monkeypatch):
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)
    assert not adopt.adopt(bare_shell, "NameError", "", None, "x")
    adopt.remember(bare_shell)
    extension.load(bare_shell)
    assert not adopt.adopt(bare_shell, "NameError", "", None, "x")
    extension.unload(bare_shell)


def test_an_older_exception_in_sys_last_exc_is_passed_over(late, monkeypatch):
    ask = late("nope")
    monkeypatch.setattr(sys, "last_exc", ValueError("older"), raising=False)
    assert ask()


def test_what_ran_before_is_remembered_once_and_bounded(bare_shell, capsys, monkeypatch):
    monkeypatch.setattr(watch, "MAX_HISTORY", 4)
    monkeypatch.setattr(adopt, "MAX_HISTORY", 4)
    for number in range(3):
        bare_shell.run_cell(f"x = {number}", store_history=True)
    extension.load(bare_shell)
    seen = extension.loaded(bare_shell).watch
    bare_shell.run_cell("nope", store_history=True)
    bare_shell.run_cell("y = 1", store_history=True)
    for _ in range(2):
        adopt.remember(bare_shell)
        assert [(count, ok) for _, count, ok, _ in seen.history] == [(2, True), (3, True), (4, False), (5, True)]
    extension.unload(bare_shell)


def test_nothing_of_the_error_is_held(late):
    import gc

    ask = late("class Thing: pass\nthing = Thing()", "def f(own):\n    own.no_such\nf(thing)")
    assert ask()
    holders = [r for r in gc.get_referrers(sys.last_value) if type(r).__module__.startswith("nbdoctor")]
    assert holders == []
