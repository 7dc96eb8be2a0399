import pytest

from nbdoctor.protocol import Frame

from ..support import first, report


def test_a_check_in_another_cell():
    made = report("check(3)", "AssertionError", "too small", "check(3)")
    made.errors[0].frames.append(
        Frame("<cell>", 2, "check", "    assert n > 5, 'too small'", "cell", "other", 11, 16, 2)
    )
    found = first(made)
    assert found.headline == "The check `n > 5` in `check` is not met: too small."
    assert found.fixes == []


def test_a_check_here():
    found = first(report("assert total == 3", "AssertionError", "", "total == 3"))
    assert found.headline == "The check `total == 3` is not met."


@pytest.mark.parametrize(
    ("source", "error", "message", "kind"),
    [
        ("raise LookupError('no such thing')", "LookupError", "no such thing", "raised"),
        ("raise MyError('no')", "MyError", "no", "raised"),
        ("raise 'text'", "TypeError", "exceptions must derive from BaseException", "raise_not_exception"),
    ],
)
def test_what_the_code_raises(source, error, message, kind):
    found = first(report(source, error, message, source))
    assert found.kind == kind
    assert found.fixes == []


def test_a_method_that_is_not_written():
    made = report("shape.area()", "NotImplementedError", "", "shape.area()")
    made.errors[0].frames.append(
        Frame("<cell>", 3, "area", "        raise NotImplementedError", "cell", "other", 8, 33, 3)
    )
    assert first(made).kind == "not_implemented"


def test_recursion_names_the_function():
    made = report("f(3)", "RecursionError", "maximum recursion depth exceeded", "f(3)")
    made.errors[0].frames += [Frame("<cell>", 2, "f", "    return f(n)", "cell", "here", 11, 15, 2)] * 20
    assert first(made).headline == "`f` calls itself again and again, and never comes to an end."
