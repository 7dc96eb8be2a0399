"""From a failing cell to a Report, in a real shell."""

from __future__ import annotations

import sys

import pytest

from nbdoctor.kernel import capture, extension


def test_a_report_names_the_error_the_cell_and_the_line(fail):
    report = fail("x = 1\n\nx / 0", cell_id="abc")
    error = report.errors[0]
    assert (error.name, error.qualified_name, error.message) == (
        "ZeroDivisionError",
        "builtins.ZeroDivisionError",
        "division by zero",
    )
    assert (report.cell.id, report.cell.source) == ("abc", "x = 1\n\nx / 0")
    assert [(f.where, f.line, f.source, f.cell_id) for f in error.frames] == [("cell", 3, "x / 0", "abc")]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python knows columns from 3.11 on")
def test_the_failing_expression_is_known_also_behind_wide_characters(fail):
    report = fail('d = {"ä€😀": 1}', 'x = "ä€😀"; d["no"]')
    frame = report.errors[0].frames[-1]
    assert frame.source[frame.column : frame.end_column] == 'd["no"]'
    assert report.errors[0].details == {"key": "'no'", "expression": 'd["no"]'}


def test_frames_of_other_cells_and_of_libraries_are_told_apart(fail):
    report = fail("import json\ndef load(text):\n    return json.loads(text)", "load('{')")
    assert [(f.where, f.function) for f in report.errors[0].frames][:3] == [
        ("cell", "<module>"),
        ("cell", "load"),
        ("library", "loads"),
    ]


def test_a_file_of_the_users_is_not_a_library(fail, tmp_path, monkeypatch):
    (tmp_path / "helper_of_mine.py").write_text("def f():\n    return {}['k']\n")
    monkeypatch.syspath_prepend(tmp_path)
    report = fail("import helper_of_mine\nhelper_of_mine.f()")
    sys.modules.pop("helper_of_mine", None)
    assert report.errors[0].frames[-1].where == "user"


def test_causes_contexts_and_notes_are_kept(fail):
    report = fail(
        "try:\n    {}['a']\nexcept KeyError as e:\n    error = ValueError('bad')\n    error.add_note('look here')\n    raise error from e"
        if sys.version_info >= (3, 11)
        else "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('bad') from e"
    )
    assert [(e.name, e.relation) for e in report.errors] == [("ValueError", "raised"), ("KeyError", "cause")]
    if sys.version_info >= (3, 11):
        assert report.errors[0].notes == ["look here"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups")
def test_members_of_groups_are_kept(fail):
    report = fail("raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])")
    assert [(e.name, e.relation) for e in report.errors] == [
        ("ExceptionGroup", "raised"),
        ("ValueError", "member"),
        ("KeyError", "member"),
    ]


def test_a_syntax_error_has_its_place(fail):
    report = fail("x = (1,\ny = 2")
    (frame,) = report.errors[0].frames
    assert (report.errors[0].name, frame.where, frame.function, frame.line) == ("SyntaxError", "cell", "", 1)
    assert report.rerun.safe


def test_a_syntax_error_behind_exec_points_into_the_cell(fail):
    report = fail("exec('x = = 1')")
    frames = report.errors[0].frames
    assert frames[0].where == "cell"
    assert frames[0].source == "exec('x = = 1')"
    assert frames[-1].function == ""


def test_errors_inside_magics_are_reported(fail):
    assert fail("%%bash\nexit 3").errors[0].name == "CalledProcessError"
    assert fail("%no_such_magic_at_all x y\n1/0").errors[0].name == "UsageError"
    assert fail("%timeit -n1 -r1 no_such_name").errors[0].name == "NameError"


def test_an_await_that_fails_is_reported(fail):
    report = fail(
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    raise OSError(2, 'gone', 'x.csv')", "await f()"
    )
    assert report.errors[0].name == "FileNotFoundError"
    assert report.errors[0].details["filename"] == "x.csv"


def test_a_deep_recursion_is_bounded(fail):
    report = fail("def f(n):\n    return f(n + 1)", "f(0)")
    assert report.errors[0].name == "RecursionError"
    assert len(report.errors[0].frames) == 40


def test_a_huge_message_is_bounded(fail):
    report = fail("raise ValueError('x' * 10_000_000)")
    assert len(report.errors[0].message) <= capture.MAX_MESSAGE


def test_colours_surrogates_and_bytes_do_no_harm(fail):
    report = fail(r"raise ValueError('\x1b[31mred\x1b[0m \ud800 end')")
    assert report.errors[0].message == r"red \ud800 end"
    assert fail(r"raise ValueError(b'\xff\xfe')").errors[0].message == r"b'\xff\xfe'"
    assert fail(r"{}['\ud800']").errors[0].details["key"] == r"'\ud800'"


def test_a_message_of_the_users_own_is_read_from_the_traceback_not_asked_again(fail, shell):
    report = fail(
        "count = 0\nclass Mine(Exception):\n    def __str__(self):\n        global count\n        count += 1\n        return 'from mine'",
        "raise Mine()",
    )
    shown = shell.user_ns["count"]
    assert report.errors[0].message == "from mine"
    from nbdoctor.kernel.capture import runs_no_user_code

    assert not runs_no_user_code(shell.user_ns["Mine"]())
    assert shell.user_ns["count"] == shown


def test_a_str_that_raises_does_no_harm(fail, shell):
    report = fail("class Mine(Exception):\n    def __str__(self):\n        raise RuntimeError", "raise Mine()")
    assert report is not None
    assert extension.loaded(shell).watch.trouble == ""


@pytest.mark.filterwarnings("ignore:To exit:UserWarning")
def test_interrupts_exits_and_expected_errors_are_left_alone(shell, capsys):
    watch = extension.loaded(shell).watch
    shell.run_cell("raise KeyboardInterrupt")
    shell.run_cell("raise SystemExit")
    shell.run_cell("1/0", cell_meta={"tags": ["raises-exception"]})
    assert not watch.reports
    assert [ran[2] for ran in watch.history] == [False, False, False]


def test_a_statement_that_changed_something_makes_rerunning_unsafe(fail):
    report = fail("prices = [1]", "prices.append(2)\n1/0")
    assert not report.rerun.safe
    assert report.rerun.changed == ["prices"]
    assert report.rerun.resume_line == 2


def test_the_history_tells_what_ran(fail):
    report = fail("a = 1", "b = nope", cell_id="c")
    assert [(e.execution_count, e.ok) for e in report.history] == [(1, True), (2, False)]
    assert report.history[0].digest != report.history[1].digest


def test_leading_blank_lines_are_counted(fail):
    report = fail("prices = [1]", "\n\nprices.append(2)\n1/0")
    assert report.rerun.resume_line == 4


def test_the_body_of_a_timed_cell_is_the_cell(fail):
    report = fail("revenue = 1", "%%time\nx = 1\nprint(revenu)", cell_id="t")
    frame = report.errors[0].frames[-1]
    assert (frame.where, frame.line, frame.source, frame.cell_id) == ("cell", 3, "print(revenu)", "t")
    assert report.findings[0].fixes[0].actions[0].edits[0].text == "revenue"


def test_the_history_tells_how_cells_failed_and_what_bears_on_the_error(fail):
    report = fail("tidy = 1\nrows = [1] / 2", "other = 1", "print(rows)")
    failed, unrelated, this = report.history
    assert (failed.ok, failed.line, failed.error) == (
        False, 2, "TypeError: unsupported operand type(s) for /: 'list' and 'int'")  # fmt: skip
    assert failed.source == "tidy = 1\nrows = [1] / 2"
    assert (unrelated.ok, unrelated.error, unrelated.source) == (True, "", "")
    assert this.source == "print(rows)"


def test_the_texts_of_the_history_are_bounded(fail):
    long = "rows = 1  # " + "x" * capture.MAX_TEXTS
    report = fail(long, "rows = 2", "print(rows[0])")
    assert [run.source for run in report.history] == ["", "rows = 2", "print(rows[0])"]


def test_compiled_code_that_names_a_source_nobody_has_is_a_library(fail):
    made = "exec(compile('def read(text):\\n    return int(text)\\n', 'parts/_libs/reader.pyx', 'exec'))"
    report = fail(made, "read('x')")
    assert [f.where for f in report.errors[0].frames] == ["cell", "library"]
