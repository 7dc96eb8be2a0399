import ast

from nbdoctor.protocol import Frame
from nbdoctor.rules.base import Context
from nbdoctor.rules.reading.place import place_of

from ..support import FakeNamespace, report


def place(source, at):
    return place_of(Context(report(source, "TypeError", "no", at), FakeNamespace()))


def test_the_node_that_python_points_at():
    found = place("x = a * b * c", "a * b")
    node = found.node(ast.BinOp)
    assert found.text(node) == "a * b"
    assert [(e.start, e.end, e.text) for e in found.replace(node, "a ** b")] == [(7, 7, "*")]


def test_a_node_that_could_be_one_of_two_is_none():
    assert place("f(a) + f(b)", "f(a) + f(b)").node(ast.Call) is None


def test_the_line_of_another_cell_is_named_and_not_edited():
    made = report("check(3)", "AssertionError", "", "check(3)")
    made.errors[0].frames.append(Frame("<cell>", 2, "check", "    elif n / m:", "cell", "other", 9, 14, 2))
    found = place_of(Context(made, FakeNamespace()))
    node = found.node(ast.BinOp)
    assert found.text(node) == "n / m"
    assert found.replace(node, "n") == []


def test_frames_without_text_do_not_count():
    made = report("pd.to_datetime(s)", "ValueError", "", "pd.to_datetime(s)")
    made.errors[0].frames.append(Frame("strptime.pyx", 644, "parse", "", "user"))
    assert place_of(Context(made, FakeNamespace())).text(ast.parse("pd.to_datetime(s)").body[0]) == "pd.to_datetime(s)"


def test_the_head_of_a_block():
    made = report("for x in rows:\n    print(x)", "TypeError", "", "for x in rows:")
    made.errors[0].frames[0].end_line, made.errors[0].frames[0].end_column = 2, None
    found = place_of(Context(made, FakeNamespace()))
    assert found.source[found.start : found.end] == "for x in rows:"


def test_the_statement():
    found = place("if a: b = c + d", "c + d")
    assert isinstance(found.statement(), ast.Assign)
