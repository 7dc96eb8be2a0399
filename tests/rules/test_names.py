import pytest

from .support import FakeNamespace, first, installs, repaired, report, result


def undefined(source, name, at=None, **options):
    return report(source, "NameError", f"name '{name}' is not defined", at or name, name=name, **options)


def test_a_typo_of_a_live_name_is_corrected_everywhere_in_the_cell():
    made = undefined("a = revenu + 1\nb = revenu * 2  # revenu", "revenu")
    assert repaired(made, FakeNamespace({"revenue": None})) == "a = revenue + 1\nb = revenue * 2  # revenu"
    assert first(made, FakeNamespace({"revenue": None})).headline == "There is no `revenu`; the closest is `revenue`."


def test_a_misspelled_builtin_is_corrected_where_it_is_called():
    assert repaired(undefined("prnt('a')", "prnt")) == "print('a')"
    assert repaired(undefined("x = char", "char")) is None


def test_another_case_is_nearly_certain():
    found = first(undefined("DF.head()", "DF"), FakeNamespace({"df": None}))
    assert found.confidence >= 0.95
    assert found.headline == "There is no `DF`; you have `df`."


@pytest.mark.parametrize("name", ["city_loc", "sample2", "xy"])
def test_names_that_are_another_are_not_replaced(name):
    namespace = FakeNamespace({"city_pop": None, "sample1": None, "xz": None})
    found = first(undefined(f"show = {name}", name), namespace)
    assert found.fixes == []
    assert found.confidence < 0.6


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("%%time\nnp.ones(3)", "np", "%%time\nimport numpy as np\nnp.ones(3)"),
        ("p = Path('a')", "Path", "from pathlib import Path\np = Path('a')"),
        ("d = datetime.now()", "datetime", "from datetime import datetime\nd = datetime.now()"),
        ("d = datetime.timedelta(1)", "datetime", "import datetime\nd = datetime.timedelta(1)"),
        ("x = Math.cos(0)", "Math", "import math\nx = math.cos(0)"),
    ],
)
def test_a_forgotten_import_is_added(source, name, expected):
    assert (
        repaired(
            undefined(source, name), FakeNamespace(modules={"numpy": [], "pathlib": [], "datetime": [], "math": []})
        )
        == expected
    )


def test_a_forgotten_import_of_what_is_not_installed_installs_it():
    made = undefined("pd.DataFrame()", "pd")
    found = first(made)
    assert installs(found.fixes[0]) == ["pandas"]
    assert result(made, found.fixes[0]) == "import pandas as pd\npd.DataFrame()"


def test_a_variable_that_is_called_like_a_module_is_no_import():
    assert first(undefined("x = time + 1", "time")).kind == "undefined_name"


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("for i in xrange(3): pass", "xrange", "for i in range(3): pass"),
        ("x = true", "true", "x = True"),
        ("x = null", "null", "x = None"),
    ],
)
def test_names_of_other_languages(source, name, expected):
    assert repaired(undefined(source, name)) == expected


def test_a_name_that_the_cell_defines_further_down():
    found = first(undefined("print(rate)\nrate = 3", "rate"))
    assert found.kind == "used_before_defined"
    assert found.headline == "Line 1 uses `rate`, which the cell defines further down, in line 2."


def test_a_method_needs_self():
    source = "class Box:\n    def add(self): pass\n    def fill(self):\n        add()\nBox().fill()"
    made = undefined(source, "add", "add()", function="fill")
    assert repaired(made) == source.replace("        add()", "        self.add()")


def test_a_name_of_a_function_of_its_own():
    found = first(undefined("def f():\n    inner_total = 1\nprint(inner_total)", "inner_total", "print(inner_total)"))
    assert found.kind == "local_elsewhere"


def test_nothing_close_says_so():
    found = first(undefined("print(hello)", "hello"))
    assert found.kind == "undefined_name"
    assert "'hello'" in found.explanation
    assert found.fixes == []


def test_a_local_variable_without_a_value():
    source = "def f():\n    total = total + 1\nf()"
    made = report(source, "UnboundLocalError", "cannot access local variable 'total' where it is not associated with a value",
                  "total + 1", function="f", name="total")  # fmt: skip
    found = first(made, FakeNamespace({"total": None}))
    assert found.kind == "unbound_local"
    assert found.headline.startswith("`f` assigns to `total`")
    assert found.fixes == []
