import pytest

from nbdoctor.protocol import Look

from ..support import FakeNamespace, first, installs, repaired, report, result


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


# ------------------------------------------------------------------ here, but not now

BOX = "class Box:\n    size = 1\n    def __init__(self):\n        self.items = []\n    def put(self, x):\n        %s\nBox().put(1)"


@pytest.mark.parametrize(
    ("source", "name", "kind", "expected"),
    [
        (BOX % "items.append(x)", "items", "missing_self", BOX % "self.items.append(x)"),
        (BOX % "return size + x", "size", "missing_self", BOX % "return self.size + x"),
        ("size: 3\nprint(size)", "size", "annotation_only", "size = 3\nprint(size)"),
        ("size: int\nprint(size)", "size", "annotation_only", None),
        ("for n in [1]:\n    total = total + n", "total", "used_before_defined", None),
        ("if 1 > 2:\n    rate = 1\nprint(rate)", "rate", "branch_not_taken", None),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as e1:\n    pass\nprint(e1)", "e1", "except_name", None),
        ("xs = [item for item in [1]]\nprint(item)", "item", "comprehension_name", None),
        ("here = os.path.dirname(os.path.abspath(__file__))", "__file__", "script_name", "here = os.getcwd()"),
        ("here = Path(__file__).resolve().parent / 'data'", "__file__", "script_name", "here = Path.cwd() / 'data'"),
        ("open(__file__)", "__file__", "script_name", None),
        ("rest = NULL", "NULL", "other_language", "rest = None"),
        ("n = parseInt('3')", "parseInt", "other_language", "n = int('3')"),
        ("words = text.lower(),split(' ')", "split", "misspelled_name", "words = text.lower().split(' ')"),
        ("for x in [1]:\n    brek", "brek", "misspelled_name", "for x in [1]:\n    break"),
        ("Total = 0\nfor x in [1]:\n    total = total + x", "total", "used_before_defined", None),
    ],
)  # fmt: skip
def test_names_that_are_near(source, name, kind, expected):
    inside = "put" if source.startswith("class") else "<module>"
    at = source.splitlines()[-1] if not source.startswith("class") else source.splitlines()[5].strip()
    made = undefined(source, name, at, function=inside)
    assert first(made).kind == kind, first(made).headline
    assert repaired(made) == expected


def test_a_keyword_outside_of_a_loop_is_not_proposed():
    assert first(undefined("brek", "brek")).kind != "misspelled_name"


@pytest.mark.parametrize("name", ["length", "size", "string"])
def test_words_of_other_languages_that_are_variables_as_well(name):
    assert first(undefined(f"x = {name} + 1", name)).kind != "other_language"


def test_a_column_without_quotes():
    table = Look("DataFrame", "pandas", shape=[2, 2], keys=["'price'", "'name'"])
    space = FakeNamespace({"df": table})
    for source, expected in [
        ("df[price].mean()", "df['price'].mean()"),
        ("df.groupby(price).sum()", "df.groupby('price').sum()"),
        ("df[[price, 'name']]", "df[['price', 'name']]"),
        ("df.sort_values(by=price)", "df.sort_values(by='price')"),
    ]:
        made = undefined(source, "price")
        assert first(made, space).headline == "`price` is a column of `df`; as text it needs quotes: `'price'`."
        assert repaired(made, space) == expected
    assert first(undefined("df[cost]", "cost"), space).kind != "missing_quotes"


def test_a_file_name_without_quotes():
    made = undefined("df = pd.read_csv(sales.csv)", "sales")
    assert repaired(made, FakeNamespace(paths={".": ["sales.csv"]})) == "df = pd.read_csv('sales.csv')"
    assert first(made, FakeNamespace()).kind != "missing_quotes"


def test_a_member_whose_module_is_left_out():
    space = FakeNamespace({"pd": Look("module", name="pandas")}, modules={"pandas": ["DataFrame", "Series"]})
    made = undefined("t = DataFrame({})", "DataFrame")
    assert first(made, space).headline == "`DataFrame` is in `pd`, which is imported; write `pd.DataFrame`."
    assert repaired(made, space) == "t = pd.DataFrame({})"
    space.variables["pl"] = Look("module", name="polars")
    space.modules["polars"] = ["DataFrame"]
    assert first(made, space).fixes == []


def test_a_name_of_a_function_prefers_the_functions_own():
    source = "def f(nodes):\n    for node in nodes:\n        print(nod)\nf([1])"
    assert repaired(undefined(source, "nod", "print(nod)", function="f")) == source.replace("nod)", "node)")


def test_a_value_that_a_function_never_uses_is_a_guess():
    source = "def f(n):\n    found = []\n    for i in range(n):\n        found.append(i)\n    return answer\nf(2)"
    found = first(undefined(source, "answer", "return answer", function="f"))
    assert "`found`" in found.headline
    assert "perhaps" in found.headline
    assert found.confidence < 0.6
    assert repaired(undefined(source, "answer", "return answer", function="f")) == source.replace("answer", "found")


@pytest.mark.parametrize(
    "source",
    [
        "def f(rows):\n    for left, right in rows:\n        print(right, total[x])",  # `left` is one of many
        "def f(rows, n):\n    for row in rows:\n        print(total[x], row)",  # an index, perhaps of anything
        "def f(rows):\n    for row in rows:\n        last = row\n    return total, x",  # may not be there
    ],
)
def test_an_index_and_what_a_loop_makes_are_not_guessed(source):
    assert repaired(undefined(source, "x", "x]" if "x]" in source else "x", function="f")) is None


def unbound(source, name, at, function="f"):
    text = f"cannot access local variable '{name}' where it is not associated with a value"
    return report(source, "UnboundLocalError", text, at, function=function, name=name)


def test_a_counter_outside_of_the_function_is_declared():
    source = "def f():\n    visits += 1\nf()"
    made = unbound(source, "visits", "visits += 1")
    space = FakeNamespace({"visits": None})
    assert repaired(made, space) == "def f():\n    global visits\n    visits += 1\nf()"
    nested = "def g():\n    visits = 0\n    def f():\n        visits += 1\n    f()\ng()"
    assert "nonlocal visits" in repaired(unbound(nested, "visits", "visits += 1"))


def test_a_local_that_only_a_branch_sets():
    source = "def f(x):\n    if x:\n        rate = 1\n    return rate\nf(0)"
    found = first(unbound(source, "rate", "return rate"))
    assert found.headline == "`f` gives `rate` a value only under `if x:`, which did not apply."
    assert found.fixes == []


def test_a_local_that_is_set_further_down():
    source = "def f():\n    print(rate)\n    rate = 1\nf()"
    assert first(unbound(source, "rate", "print(rate)")).headline == (
        "`f` reads `rate` in line 2 and gives it a value only in line 3."
    )
