"""The ways that are open: made from live objects and the message, chosen by the model, tried like every fix."""

from __future__ import annotations

import asyncio

import pytest

from nbdoctor.agents.case import Case
from nbdoctor.agents.context import build
from nbdoctor.agents.options import MAX_OPTIONS, options
from nbdoctor.agents.prompting import Prompts
from nbdoctor.config import NBDoctor
from nbdoctor.llm.client import ModelClient
from nbdoctor.llm.fake import FakeModel
from nbdoctor.protocol import Cell, Look, Parameter
from nbdoctor.tools.inquiry import Failure, Inquiry, find_failure

from .helpers import doctor_of, events_of, report_of


def parameters(*names, kind="positional_or_keyword"):
    return [Parameter(name, kind) for name in names]


FRAME = Look("DataFrame", "pandas", attributes=["ffill", "fillna", "bfill", "drop"], keys=["'month'", "'revenue'"])
LIVE = {
    "np": Look("module", name="numpy", attributes=["nan", "nancumprod", "prod", "cumprod", "float64", "inf"]),
    "df": FRAME,
    "df.fillna": Look("method", name="DataFrame.fillna", parameters=parameters("value", "axis", "limit")),
    "df.drop": Look(
        "method",
        name="DataFrame.drop",
        parameters=[*parameters("labels"), *parameters("axis", "index", "columns", kind="keyword_only")],
    ),
    "pd.MultiIndex": Look("type", name="pandas.MultiIndex", parameters=parameters("levels", "codes", "names")),
}


def look_into(live):
    async def look(names):
        return {name: live[name] for name in names if name in live}

    return look


def ways(source, error, message, line, details):
    cell = Cell(source, "c")
    report = report_of(cell, error, message, line, details=details, names=["sales", "sale", "x"])
    inquiry = Inquiry(report, cell, [cell], [], find_failure(report, cell), look_into(LIVE))
    settings = NBDoctor(llm_url="http://h")
    case = Case(inquiry, build(inquiry, [], room=5000), Prompts(), ModelClient(settings), settings)
    return [way.statement for way in asyncio.run(options(case))]


@pytest.mark.parametrize(
    ("source", "name", "message", "first"),
    [
        ("np.NAN", "AttributeError", "module 'numpy' has no attribute 'NAN'", ["np.nan", "np.nancumprod"]),
        ("x = np.product([1])", "AttributeError", "module 'numpy' has no attribute 'product'", ["x = np.prod([1])"]),
        ("np.float_(1)", "AttributeError", "`np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.", ["np.float64(1)"]),
        ("np.NINF", "AttributeError", "`np.NINF` was removed in the NumPy 2.0 release. Use `-np.inf` instead.", ["-np.inf"]),
        ("df.fillna(method='ffill')", "TypeError", "fillna() got an unexpected keyword argument 'method'", ["df.ffill()", "df.fillna(value='ffill')"]),
        ("df.fillna(method='ffill', limit=1)", "TypeError", "fillna() got an unexpected keyword argument 'method'", ["df.ffill(limit=1)"]),
        ("pd.MultiIndex(levels=l, labels=[0])", "TypeError", "MultiIndex.__new__() got an unexpected keyword argument 'labels'", ["pd.MultiIndex(levels=l, names=[0])", "pd.MultiIndex(levels=l, codes=[0])"]),
        ("df.drop('a', 1)", "TypeError", "DataFrame.drop() takes from 1 to 2 positional arguments but 3 were given", ["df.drop('a', axis=1)", "df.drop('a', index=1)"]),
        ("for a in x:\n    y = df['revenu']", "KeyError", "'revenu'", ["y = df['revenue']"]),
        ("print(slaes)", "NameError", "name 'slaes' is not defined", ["print(sales)"]),
        ("1 / 0", "ZeroDivisionError", "division by zero", []),
        ("x = (", "SyntaxError", "'(' was never closed", []),
    ],
)  # fmt: skip
def test_ways(source, name, message, first):
    line = 2 if "\n" in source else 1
    details = {"key": message} if name == "KeyError" else {"name": "slaes"} if name == "NameError" else {}
    found = ways(source, name, message, line, details)
    assert found[: len(first)] == first
    assert len(found) <= MAX_OPTIONS
    if not first:
        assert found == []


def test_without_a_kernel_the_message_is_left():
    cell = Cell("np.float_(1)", "c")
    message = "`np.float_` was removed. Use `np.float64` instead."
    report = report_of(cell, "AttributeError", message, 1, details={})
    inquiry = Inquiry(report, cell, [cell], [], find_failure(report, cell))
    settings = NBDoctor(llm_url="http://h")
    case = Case(inquiry, build(inquiry, [], room=5000), Prompts(), ModelClient(settings), settings)
    assert [way.statement for way in asyncio.run(options(case))] == ["np.float64(1)"]


def test_a_text_of_many_lines_keeps_every_character():
    source = 'if True:\n    x = np.product("""one\n two\n\n    three""")\n    y = 1'
    cell = Cell(source, "c")
    message = "module 'numpy' has no attribute 'product'"
    report = report_of(cell, "AttributeError", message, 2, details={})
    failure = Failure(2, 2, 5)
    inquiry = Inquiry(report, cell, [cell], [], failure, look_into(LIVE))
    settings = NBDoctor(llm_url="http://h")
    case = Case(inquiry, build(inquiry, [], room=5000), Prompts(), ModelClient(settings), settings)
    first = asyncio.run(options(case))[0]
    assert first.code == source.replace("np.product", "np.prod")
    assert first.statement == 'x = np.prod("""one\n two\n\n    three""")'


def asked(model, **settings):
    cell = Cell("a = 1\nif a:\n    b = np.product([a])", "c")
    message = "module 'numpy' has no attribute 'product'"
    report = report_of(cell, "AttributeError", message, 3, details={})
    return events_of(doctor_of(model, **settings), report, cell, [cell], look=look_into(LIVE))


def test_the_model_chooses_by_number_and_writes_nothing():
    model = FakeModel()
    model.enqueue("python", job="categorize")
    model.enqueue("1", job="categorize", probabilities={"1": 0.7, "2": 0.2, "0": 0.1})
    first, second = asked(model)[-1][1].fixes
    assert first.title == "Write `b = np.prod([a])`"
    assert first.actions[0].new_source == "a = 1\nif a:\n    b = np.prod([a])"
    assert second.actions[0].new_source == "a = 1\nif a:\n    b = np.cumprod([a])"
    assert first.confidence >= second.confidence
    assert model.asked("fix") == []
    choice = model.requests[-1]
    assert choice["structured_outputs"]["choice"][-1] == "0"
    assert "1: b = np.prod([a])" in choice["messages"][1]["content"]


def test_where_none_is_right_the_cell_is_written():
    model = FakeModel({"replace": {"np.product": "np.prod"}})
    model.enqueue("python", job="categorize")
    model.enqueue("0", job="categorize")
    (fix,) = asked(model)[-1][1].fixes
    assert fix.title == "Correct the name"
    assert len(model.asked("fix")) == 1
