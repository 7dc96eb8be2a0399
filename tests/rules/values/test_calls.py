import pytest

from nbdoctor.protocol import Executed, Look
from nbdoctor.text import digest

from ..support import FakeNamespace, first, repaired, report


def called(source, kind, at=None, variables=None):
    made = report(source, "TypeError", f"'{kind}' object is not callable", at or source)
    return made, FakeNamespace(variables or {})


def test_a_builtin_that_is_hidden():
    found = first(*called("list(xs)", "list", variables={"list": Look("list")}))
    assert found.kind == "builtin_hidden"
    assert found.headline == "`list` is a variable of yours, a list, which hides the builtin function `list`."
    assert "`del list`" in found.explanation


@pytest.mark.parametrize(
    ("source", "fixed"),
    [
        ("list(xs)", "from builtins import list\nlist(xs)"),
        ("list = [1]\nlist(xs)", None),  # the cell would hide it again
        ("x = list[0]\nlist(xs)", None),  # the variable is needed
    ],
)
def test_a_builtin_that_an_earlier_cell_hides_can_be_had_back(source, fixed):
    made, namespace = called(source, "list", "list(xs)", {"list": Look("list")})
    made.history.append(ran_cell("list = [1, 2]"))
    assert repaired(made, namespace) == fixed
    assert "since cell [3] ran" in first(made, namespace).headline


def ran_cell(source):
    return Executed("other", 3, True, digest(source), source=source)


@pytest.mark.parametrize(
    ("source", "kind", "at", "fixed"),
    [
        ("(a + 1)(b)", "int", "(a + 1)(b)", "(a + 1) * (b)"),
        ("3(a + b)", "int", "3(a + b)", "3 * (a + b)"),
        ("x = [(1, 2)(3, 4)]", "tuple", "(1, 2)(3, 4)", None),
        ("prices(0)", "list", "prices(0)", "prices[0]"),
        ("df.shape()", "tuple", "df.shape()", "df.shape"),
        ("f()()", "int", "f()()", "f()"),
        ("x(1, 2)", "int", "x(1, 2)", None),
        ("x('a')", "int", "x('a')", None),
    ],
)
@pytest.mark.filterwarnings("ignore:.*is not callable:SyntaxWarning")
def test_what_is_no_function(source, kind, at, fixed):
    assert repaired(*called(source, kind, at)) == fixed


def test_a_function_that_is_none():
    assert first(*called("f(1)", "NoneType")).headline == "`f` is None, so it cannot be called."
    made, namespace = called("@d\ndef f(): pass\nf(1)", "NoneType", "f(1)")
    assert "decorator" in first(made, namespace).explanation


@pytest.mark.parametrize(("attributes", "fixed"), [(["pprint"], "p.pprint(x)"), (["other"], None)])
def test_a_module_that_is_called(attributes, fixed):
    made = report("p(x)", "TypeError", "'module' object is not callable", "p(x)")
    assert repaired(made, FakeNamespace({"p": Look("module", name="pprint", attributes=attributes)})) == fixed


def test_a_class_in_a_module_of_the_same_name():
    made = report(
        "class A(enum): pass", "TypeError", "module() takes at most 2 arguments (3 given)", "class A(enum): pass"
    )
    namespace = FakeNamespace({"enum": Look("module", name="enum", attributes=["Enum", "auto"])})
    assert repaired(made, namespace) == "class A(enum.Enum): pass"


@pytest.mark.parametrize(
    ("source", "kind", "fixed"),
    [
        ("f[1]", "function", "f(1)"),
        ("df.head[5]", "method", "df.head(5)"),
        ("f[1:2]", "function", None),
        ("d.keys()[0]", "dict_keys", "list(d.keys())[0]"),
        ("n[0]", "int", None),
        ("s[0]", "set", None),
    ],
)
def test_brackets(source, kind, fixed):
    assert repaired(report(source, "TypeError", f"'{kind}' object is not subscriptable", source)) == fixed
