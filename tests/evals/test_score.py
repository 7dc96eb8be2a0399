"""What counts, rule by rule."""

from __future__ import annotations

import pytest

from nbdoctor.evals import installs, score
from nbdoctor.evals.session import Applied
from nbdoctor.llm.stream import Usage
from nbdoctor.llm.usage import Call
from nbdoctor.protocol import Action, Fix, PostedError, Verdict

from .helpers import case, result


def _settled(known=None, **fields):
    asked = known or case()
    made = score.blank(asked, "rules")
    for name, value in {"fixes": 1, "origin": "rule", **fields}.items():
        setattr(made, name, value)
    score.settle(made, asked)
    return made


def test_a_cell_that_runs_is_solved_where_nothing_is_asserted():
    assert _settled(fixed=True).outcome == "solved"


def test_a_cell_that_runs_and_whose_assertions_fail_is_wrong():
    made = _settled(fixed=True, checked=False, error_after=["AssertionError", "AssertionError, in assert x"])
    assert (made.outcome, made.solved) == ("wrong", False)
    assert made.reason == "the cell runs, but its check fails: AssertionError, in assert x"


def test_a_cell_that_fails_again_says_with_what():
    made = _settled(fixed=False, error_before=["A", "A: b"], error_after=["A", "A: b"])
    assert made.reason == "the cell fails as before after the fix: A: b"


@pytest.mark.parametrize(
    ("verdict", "fixed", "checked", "false_pass", "false_fail"),
    [
        ("passed", True, None, False, False),
        ("passed", True, False, True, False),
        ("passed", False, None, True, False),
        ("failed", True, True, False, True),
        ("failed", False, None, False, False),
        ("not_tried", False, None, False, False),
    ],
)
def test_a_verdict_is_honest_or_not(verdict, fixed, checked, false_pass, false_fail):
    made = _settled(verdict=verdict, fixed=fixed, checked=checked)
    assert (made.false_pass, made.false_fail) == (false_pass, false_fail)


def test_no_fix_says_what_was_found():
    assert _settled(fixes=0, origin="none", fixed=False, kind="frequency").reason == "no fix was proposed (frequency)"


def _import(distribution, requirement):
    known = case(fix={"install": distribution}, fixed_cell=None)
    made = score.blank(known, "rules")
    fix = Fix("f", "Install it", [Action("install", requirement=requirement)]) if requirement else None
    made.fixes = 1 if fix else 0
    score.take_fix(made, known, fix)
    score.settle(made, known)
    return made


def test_imports_are_compared_by_normalised_names():
    assert _import("python_dotenv", "Python.Dotenv>=1").outcome == "solved"
    wrong = _import("PyYAML", "yaml")
    assert (wrong.outcome, wrong.reason) == ("wrong_package", "named yaml, accepted is PyYAML")
    assert _import("PyYAML", None).reason == "no distribution was named, accepted is PyYAML"


def test_where_no_distribution_exists_none_is_right():
    assert _import(None, None).solved
    assert _import(None, "clip").reason == "named clip, where none exists"


def test_an_install_that_is_not_carried_out_is_not_called_fixed():
    known = case(category="dependency", fixed_cell=None)
    made = score.blank(known, "rules")
    made.fixes = 1
    score.take_fix(made, known, Fix("f", "Install x", [Action("install", requirement="x")], verdict=Verdict()))
    score.settle(made, known)
    assert (made.outcome, made.fixed, made.reason) == ("not_run", None, "the fix installs x, which was not carried out")


def test_categories_follow_the_label_but_for_modules_that_moved():
    assert score.category_right(case(), "python")
    assert score.category_right(case(), None) is False
    assert score.category_right(case(category=None), "python") is None
    assert score.category_right(case(category="dependency"), "python")
    assert not score.category_right(case(category="dependency", fixed_cell=None), "python")


def test_the_assertion_that_failed_is_named():
    made, known = result(), case(check="assert a\nassert b == 2")
    error = PostedError("AssertionError", "", ["\x1b[31mFile <check>:2\x1b[39m"])
    score.take_check(made, known, error)
    assert made.error_after == ["AssertionError", "AssertionError, in assert b == 2"]


def test_a_rerun_is_noted():
    made = result()
    score.take_rerun(made, Applied(PostedError("A", "b\nc"), "plan"))
    assert (made.fixed, made.rerun, made.error_after) == (False, "plan", ["A", "A: b"])


def test_tokens_are_counted_by_agent():
    calls = [
        Call("text", usage=Usage(10, 2), job="summarize"),
        Call("choice", usage=Usage(5, 1), estimated=True, job="categorize"),
        Call("wholecell", job="python"),
        Call("onestatement", usage=Usage(1, 1), job="again"),
    ]
    found = score.spent(calls)
    assert found["summarize"] == {"prompt": 10, "completion": 2, "calls": 1, "estimated": 0}
    assert found["categorize"]["estimated"] == 1
    assert found["fix"] == {"prompt": 1, "completion": 1, "calls": 2, "estimated": 0}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Run `!pip install -U opencv-python` first.", "opencv-python"),
        ("%pip install --quiet PyYAML.", "PyYAML"),
        ("pip install xgboost==2.0", "xgboost"),
        ("python -m pip install requests", "requests"),
        ("Check the spelling.", None),
    ],
)
def test_a_distribution_is_found_in_an_answer(text, named):
    assert installs.named_in(text) == named


def test_code_without_its_installs():
    assert installs.without_installs("!pip install x\nimport x\n%pip install y") == "import x"


def test_what_is_known_is_not_invented_and_what_is_unknown_is_not_judged():
    assert installs.invented("opencv_python", None) is False
    assert installs.invented("made-up-name", "made_up.name") is False
    assert installs.invented("made-up-name", "other") is None
    assert installs.invented("made-up-name", "other", "ERROR: No matching distribution found for x") is True
    assert installs.invented("made-up-name", "other", "Successfully installed x") is False
    assert installs.invented(None, "other") is False
