import pytest

from nbdoctor.protocol import Edit
from nbdoctor.rules.reading.source import (
    compiles,
    defined_names,
    import_edit,
    line_offsets,
    name_edits,
    offset_of,
    parse,
    python_source,
    used_names,
)
from nbdoctor.text import apply_edits


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\nx = 1",
        "!ls -l\nx = 1",
        "files = !ls\nx = 1",
        "where = %pwd\nx = 1",
        "x?\nx = 1",
        "?x\nx = 1",
        "%%time\nx = 1",
        "%%timeit -n 3 setup()\nx = 1",
        "if True:\n    !echo hello\n    x = 1",
        "!pip install \\\n   pandas\nx = 1",
        "%time x = 1",
        "text = '''\n%not a magic\n'''\nx = 1\n!ls",
    ],
)
def test_python_of_a_cell_is_valid_and_keeps_lines_and_offsets(cell):
    python = python_source(cell)
    assert parse(python) is not None
    assert len(python) == len(cell)
    assert line_offsets(python) == line_offsets(cell)
    assert "x" in defined_names(cell)


def test_what_is_inside_of_strings_and_brackets_is_no_magic():
    cell = "rest = (10\n% 3)\ntext = '''\n!ls\n'''\n%matplotlib inline"
    assert python_source(cell).startswith("rest = (10\n% 3)\ntext = '''\n!ls\n'''\n0")


def test_a_cell_of_another_language_has_no_python():
    assert python_source("%%bash\nls") is None
    assert defined_names("%%html\n<b>x</b>") == []
    assert not compiles("%%bash\nls")


def test_timed_statements_stay_readable():
    assert used_names("%timeit -n 10 total(rows)") == ["total", "rows"]


def test_offsets_count_characters_not_bytes():
    source = "é = 'naïve'\nb = é"
    assert offset_of(source, 2, 4) == source.rindex("é")
    assert name_edits("été = 'à'; y = été + fin", "fin", "x") == [Edit(21, 24, "x")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b = 1", ["a", "b"]),
        ("for i, (j, k) in rows: pass", ["i", "j", "k"]),
        ("import os.path, numpy as np\nfrom math import sin as s", ["os", "np", "s"]),
        ("with open('x') as f: pass", ["f"]),
        ("if (n := 3): pass", ["n"]),
        ("def f(a):\n    b = 1\nclass C:\n    d = 2", ["f", "C"]),
        ("x = 1\ndel x", []),
        ("x: int", []),
        ("[y for y in range(3)]", []),
        ("try:\n    pass\nexcept E as error:\n    z = 1", ["z"]),
        ("d['k'] = 1", []),
        ("this is not Python", []),
    ],
)
def test_defined_names(source, expected):
    assert defined_names(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = x + 1", ["x"]),
        ("x = 1\ny = x", []),
        ("x += 1", ["x"]),
        ("def f():\n    return later\nlater = 1", []),
        ("def f(a):\n    return a + outside", ["outside"]),
        ("[v for v in values if v > limit]", ["values", "limit"]),
        ("print(len(x))", ["x"]),
        ("class C:\n    size = 3\n    half = size / 2", []),
        ("f = lambda a: a * factor", ["factor"]),
        ("def f():\n    n = 1\n    def g():\n        return n\n    return g", []),
    ],
)
def test_used_names(source, expected):
    assert used_names(source) == expected


def test_a_variable_is_renamed_and_nothing_else_of_the_same_text():
    source = "total(itms, itms=1)  # itms\nprint('itms', o.itms, itms)"
    assert apply_edits(source, name_edits(source, "itms", "items")) == (
        "total(items, itms=1)  # itms\nprint('itms', o.itms, items)"
    )


def test_a_variable_that_the_cell_binds_is_not_renamed():
    assert name_edits("if no:\n    itms = 1\nprint(itms)", "itms", "items") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("np.ones(3)", "import numpy as np\nnp.ones(3)"),
        ("%%time\nnp.ones(3)", "%%time\nimport numpy as np\nnp.ones(3)"),
        ('"""Doc."""\nnp.ones(3)', '"""Doc."""\nimport numpy as np\nnp.ones(3)'),
        ("from __future__ import annotations\nnp", "from __future__ import annotations\nimport numpy as np\nnp"),
        ("%%time", "%%time\nimport numpy as np"),
    ],
)
def test_an_import_goes_to_the_top(source, expected):
    assert apply_edits(source, [import_edit(source, "import numpy as np")]) == expected
