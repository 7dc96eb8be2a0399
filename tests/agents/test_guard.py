from __future__ import annotations

import pytest

from nbdoctor.agents.context import Failure
from nbdoctor.agents.guard import LEAVES_OUT, UNCHANGED, refusal
from nbdoctor.agents.tidy import tidy, with_imports, without_new_comments
from nbdoctor.protocol import Frame, RaisedError

ORIGINAL = 'rows = load()\n# the sum\ntotal = rows["revenu"].sum()\nprint(total)'
ERROR = RaisedError("KeyError", "'revenu'", details={"key": "'revenu'"})
AT = Failure(3, 3, 3)


def check(code, original=ORIGINAL, error=ERROR, at=AT):
    return refusal(code, original, error, at)


@pytest.mark.parametrize(
    "code",
    [
        ORIGINAL.replace("revenu", "revenue"),
        'rows = load()\ntotal = rows["revenue"].sum()\nprint(total)',
        'rows = load()\nrows = rows.rename(columns=str.lower)\ntotal = rows["revenue"].sum()\nprint(total)',
        'rows = load()\ntry:\n    total = rows["revenue"].sum()\nexcept KeyError:\n    total = rows["sales"].sum()\nprint(total)',
    ],
)
def test_a_correction_passes(code):
    assert check(code) == ""


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "empty"),
        ("Rename the column, please.", "not valid Python"),
        ("return 3", "not valid Python"),
        ("%%bash\nls", "not valid Python"),
        (ORIGINAL, "unchanged"),
        ('rows  =  load()\ntotal = rows["revenu"].sum()  # fixed\nprint( total )', "unchanged"),
        ("rows = load()\nprint(total)", "no longer defines total"),
        ("rows = load()\ntotal = 0\nprint(total)", "deletes the failing line"),
        ('rows = load()\ntry:\n    total = rows["revenu"].sum()\nexcept:\n    pass\nprint(total)', "catches the error"),
        ('rows = load()\ntry:\n    total = rows["revenu"].sum()\nexcept Exception as e:\n    raise e\nprint(total)', "catches the error"),
        ('rows = load()\ntry:\n    total = rows["revenu"].sum()\nexcept KeyError:\n    total = 0\nprint(total)', "catches the error"),
        ('rows = load()\ntry:\n    total = rows["revenu"].sum()\nexcept KeyError as e:\n    print(e)\nprint(total)', "catches the error"),
        ('import contextlib\nrows = load()\ntotal = 1\nwith contextlib.suppress(KeyError):\n    total = rows["revenu"].sum()\nprint(total)', "suppresses"),
        ('rows = load()\nif "revenu" in rows:\n    total = rows["revenu"].sum()\nprint(total)', "goes on without"),
        ('rows = load()\nrows["revenu"] = 0\ntotal = rows["revenu"].sum()\nprint(total)', "makes up a value"),
        ('import os\nrows = load()\ntotal = rows["revenue"].sum()\nos.system("ls")\nprint(total)', "reaches outside"),
        ('import requests\nrows = requests.get("http://x")\ntotal = rows["revenue"].sum()\nprint(total)', "reaches outside"),
        ('rows = load()\ntotal = eval("rows").sum()\nprint(total)', "reaches outside"),
        ('!pip install x\nrows = load()\ntotal = rows["revenue"].sum()\nprint(total)', "magic or shell"),
        ('%pip install x\nrows = load()\ntotal = rows["revenue"].sum()\nprint(total)', "magic or shell"),
        (ORIGINAL.replace("revenu", "revenue") + "\nx = 1" * 400, "changes far more"),
        (ORIGINAL.replace("revenu", "‹token-1›"), "placeholder"),
    ],
)  # fmt: skip
def test_what_is_no_correction_is_refused(code, says):
    assert says in check(code)


@pytest.mark.parametrize("value", ["None", "[]", "{}", "0", "''", "list()", "pd.DataFrame()", "lambda: None"])
def test_a_missing_name_is_not_made_up(value):
    error = RaisedError("NameError", "name 'rate' is not defined", details={"name": "rate"})
    original = "x = 2 * rate"
    assert "makes up a value" in check(f"rate = {value}\nx = 2 * rate", original, error, Failure(1, 1, 1))


def test_a_missing_function_is_not_made_up():
    error = RaisedError("NameError", "name 'rate' is not defined", details={"name": "rate"})
    code = "def rate():\n    pass\nx = 2 * rate()"
    assert "makes up a value" in check(code, "x = 2 * rate()", error, Failure(1, 1, 1))


def test_an_import_of_the_missing_name_passes():
    error = RaisedError("NameError", "name 'sqrt' is not defined", details={"name": "sqrt"})
    assert check("from math import sqrt\nx = sqrt(2)", "x = sqrt(2)", error, Failure(1, 1, 1)) == ""


def test_magics_that_were_there_may_stay():
    original = "%matplotlib inline\n!ls\nx = 2 * rat"
    assert check("%matplotlib inline\n!ls\nx = 2 * rate", original, None, Failure(3, 3, 3)) == ""
    assert check("%matplotlib widget\n!ls\nx = 2 * rate", original, None, Failure(3, 3, 3)) != ""


def test_a_syntax_error_is_mended_but_not_replaced():
    original = "for v in values\n    print(v)"
    error = RaisedError("SyntaxError", "expected ':'")
    assert check("for v in values:\n    print(v)", original, error, Failure(1, 1, 1)) == ""
    assert "far more" in check("print('done')", original, error, Failure(1, 1, 1))
    assert check(original + "\n", original, error) == "it is not valid Python"


def test_indentation_alone_is_a_correction():
    original = "def total(rows):\nreturn sum(rows)"
    error = RaisedError("IndentationError", "expected an indented block after function definition on line 1")
    assert check("def total(rows):\n    return sum(rows)", original, error, Failure(2, 2, 2)) == ""


def test_comments_of_a_broken_cell_do_not_count():
    original = "for v in values\n    print(v)"
    error = RaisedError("SyntaxError", "expected ':'")
    remarked = "# every value\n# one after the other, as they come\nfor v in values:\n    print(v)  # shown"
    assert check(remarked, original, error, Failure(1, 1, 1)) == ""


def test_a_large_broken_cell_is_judged_fast():
    lines = [f"value_{i} = frame['column_{i}'].mean()" for i in range(3000)]
    original = "\n".join([*lines, "for v in values", "    print(v)"])
    error = RaisedError("SyntaxError", "expected ':'")
    assert check(original.replace("values\n", "values:\n"), original, error, Failure(3001, 3001, 3001)) == ""
    anew = "\n".join(f"other_{i} = table.column({i})" for i in range(3000))
    assert "far more" in check(anew, original, error, Failure(3001, 3001, 3001))


def test_lines_of_the_frames_count_too():
    """The failing line is in the function; the call that led there may not go either."""
    original = "def mean(total, count):\n    return total / count\nprint(mean(3, 0))"
    frames = [Frame("<cell>", line, "f", original.split("\n")[line - 1], "cell", "c1") for line in (3, 2)]
    error = RaisedError("ZeroDivisionError", "division by zero", frames=frames)
    code = original.replace("print(mean(3, 0))", "print('done')")
    assert "deletes the failing line" in check(code, original, error, Failure(2, 2, 2))
    assert check(original.replace("3, 0", "3, 1"), original, error, Failure(2, 2, 2)) == ""


def test_a_candidate_may_not_write_files_or_remove_names():
    code = ORIGINAL.replace("revenu", "revenue")
    assert "reaches outside" in check(f"from pathlib import Path\nPath('x').touch()\n{code}")
    assert "no longer defines unused" in check(code, f"import unused\n{ORIGINAL}", ERROR, Failure(4, 4, 4))


def test_what_the_cell_did_already_is_no_reason():
    original = "import requests\ntry:\n    x = 1\nexcept Exception:\n    pass\ny = requests.get(ur)"
    assert check(original.replace("(ur)", "(url)"), original, None, Failure(6, 6, 6)) == ""


def test_tidy():
    assert tidy("```python\nx = 1\n```") == "x = 1"
    assert tidy("\n\n  x = 1\n\n") == "  x = 1"
    assert UNCHANGED


@pytest.mark.parametrize(
    ("code", "known", "expected"),
    [
        ("ast.literal_eval(x)", ["x"], "import ast\nast.literal_eval(x)"),
        ("ast.literal_eval(x)", ["x", "ast"], "ast.literal_eval(x)"),
        ("import ast\nast.literal_eval(x)", [], "import ast\nast.literal_eval(x)"),
        ("pd.DataFrame()", [], "pd.DataFrame()"),
        ("ast.(", [], "ast.("),
        ("%%time\nast.literal_eval(x)", [], "%%time\nast.literal_eval(x)"),
    ],
)
def test_what_a_fix_names_of_the_standard_library_is_imported(code, known, expected):
    assert with_imports(code, "np.safe_eval(x)", known) == expected


def test_remarks_of_the_model_are_taken_off_and_those_of_the_person_stay():
    original = "# mine\nx = 1\ny = 2  # two"
    code = "# mine\n# Corrected:\nx = '# no comment'  # corrected\ny = 3  # two"
    assert without_new_comments(code, original) == "# mine\nx = '# no comment'\ny = 3  # two"
    assert without_new_comments("x = (  # broken", original) == "x = (  # broken"


def test_lines_that_did_not_fail_may_not_be_left_out():
    whole = "merged = left.merge(right)\nmerged = merged.drop('a', 1)\nmerged.head()"
    error = RaisedError("TypeError", "drop() takes from 1 to 2 positional arguments but 3 were given")
    corrected = "merged = merged.drop('a', axis=1)"
    assert check(corrected, whole, error, Failure(2, 2, 2)) == LEAVES_OUT
    assert check(f"merged = left.merge(right)\n{corrected}", whole, error, Failure(2, 2, 2)) == LEAVES_OUT
    assert check(f"merged = left.merge(right)\n{corrected}\nmerged.head()", whole, error, Failure(2, 2, 2)) == ""
