import pytest

from nbdoctor.rules.reading.binding import (
    binding_line,
    bindings,
    bound_before,
    branch_of,
    scripts,
    star_imports,
    surely_binds,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%%capture out\nx = 1", {"x", "out"}),
        ("%store -r first second", {"first", "second"}),
        ("%%bash --out said --err wrong\nls", {"said", "wrong"}),
        ("lines = !ls", {"lines"}),
        ("def f():\n    global g\n    g = 1\nf()", {"f", "g"}),
        ("def f():\n    global g\n    g = 1", {"f"}),
        ("with open('a') as file:\n    text = file.read()", {"file", "text"}),
        ("print(n := 3)", {"n"}),
        ("import os.path\nfrom a import b as c", {"os", "c"}),
        ("for i in range(3):\n    last = i", {"i", "last"}),
        ("squares = [k * k for k in range(3)]", {"squares"}),
        ("def f(a, b): return a", {"f"}),
        ("del x", set()),
    ],
)
def test_names_that_a_cell_binds(source, names):
    assert set(bindings(source)) == names


def test_the_line_that_binds():
    assert binding_line("import numpy as np\nrows = np.ones(3)\nrows", "rows") == "rows = np.ones(3)"


@pytest.mark.parametrize(
    ("source", "surely"),
    [
        ("x = 1", True),
        ("if a:\n    x = 1", False),
        ("if a:\n    x = 1\nelse:\n    x = 2", True),
        ("for a in b:\n    x = a", False),
        ("try:\n    x = 1\nexcept OSError:\n    pass", False),
        ("try:\n    x = 1\nexcept OSError:\n    x = 2", True),
        ("with a:\n    x = 1", True),
        ("%%capture x\nprint(1)", True),
    ],
)
def test_whether_a_cell_surely_binds(source, surely):
    assert surely_binds(source, "x") is surely


def test_the_branch_that_alone_binds():
    assert branch_of("y = 1\nif y > 2:\n    x = 1", "x") == "if y > 2:"
    assert branch_of("x = 1", "x") is None


def test_what_a_cell_that_failed_has_bound():
    assert bound_before("a = 1\nb = 2\nc = 1 / 0\nd = 4", 3) == {"a", "b"}


def test_what_may_bring_names():
    assert star_imports("from math import *\nimport os") == ["math"]
    assert scripts("%run -i setup.py") == ["setup.py"]
