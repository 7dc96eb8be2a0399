"""Templates of the tables, filled from a cell."""

from __future__ import annotations

import ast
import re

import pytest

from nbdoctor.protocol import Look
from nbdoctor.rules import tables
from nbdoctor.rules.base import Context
from nbdoctor.rules.rewrite import is_template, rewritten, takes_arguments
from nbdoctor.text import apply_edits

from .support import FakeNamespace, report

PANDAS = Look("module", "", "pandas")


def filled(source, template, keyword="", namespace=None):
    context = Context(report(source, "TypeError", "", source.split("\n")[-1]), namespace or FakeNamespace())
    tree = ast.parse(source)
    kinds = ast.Call if takes_arguments(template) else (ast.Attribute, ast.Name)
    node = next(n for n in ast.walk(tree.body[-1]) if isinstance(n, kinds))
    named = next((k for k in getattr(node, "keywords", []) if k.arg == keyword), None)
    edits = rewritten(context, node, template, named)
    return apply_edits(source, edits) if edits else None


@pytest.mark.parametrize(
    ("source", "template", "expected"),
    [
        ("d.has_key('a')", "({0} in {object})", "('a' in d)"),
        ("d.has_key('a', 1)", "({0} in {object})", None),
        ("d.has_key()", "({0} in {object})", None),
        ("d.has_key(*a)", "({0} in {object})", None),
        ("(a + b).get_value(1, 2)", "{object}.at[{0}, {1}]", "(a + b).at[1, 2]"),
        ("f(a + b, 3)", "{0}.rolling({1}, {rest}).mean()", "(a + b).rolling(3).mean()"),
        ("f(x, 3, center=True)", "{0}.rolling({1}, {rest}).mean()", "x.rolling(3, center=True).mean()"),
        ("f(x, window=3)", "{0}.rolling({1}).mean()||{0}.rolling({rest}).mean()", "x.rolling(window=3).mean()"),
        ("x.mad()", "{object}.abs().mean({none})", "x.abs().mean()"),
        ("x.mad(axis=1)", "{object}.abs().mean({none})", None),
        ("x.week", "{object}.isocalendar().week", "x.isocalendar().week"),
        ("print(x)", "{function}({rest}, sep='')", "print(x, sep='')"),
        ("print(x, sep='-')", "{function}({rest}, sep='')", None),
    ],
)
def test_the_cells_own_words_are_put_in(source, template, expected):
    assert filled(source, template) == expected


def test_the_argument_in_question():
    assert filled("x.mean(1, level='a')", "{object}.groupby(level={value}).{method}({rest})", "level") == (
        "x.groupby(level='a').mean(1)"
    )
    assert filled("x.fillna(method='ffill', limit=2)", "{object}.{word}({rest})", "method") == "x.ffill(limit=2)"
    assert filled("x.fillna(method=how)", "{object}.{word}({rest})", "method") is None


@pytest.mark.parametrize(
    ("source", "names", "expected"),
    [
        ("a.append(b)", {}, "import pandas as pd\npd.concat([a, b])"),
        ("import pandas as p\na.append(b)", {}, "import pandas as p\np.concat([a, b])"),
        ("a.append(b)", {"pd": PANDAS}, "pd.concat([a, b])"),
        ("a.append(b)", {"pd": Look("int")}, None),
    ],
)
def test_a_module_has_the_name_that_the_notebook_gave_it(source, names, expected):
    namespace = FakeNamespace(variables=names)
    assert filled(source, "{module:pandas}.concat([{object}, {0}])", namespace=namespace) == expected


def test_the_templates_of_the_tables_are_well_formed():
    rows = [*tables.rows("renamed"), *tables.rows("synonyms")]
    found = [row["new"] for row in rows if is_template(row["new"])]
    assert len(found) > 40
    for template in found:
        for alternative in template.split("||"):
            rest = re.sub(
                r"\{(?:object|function|method|\d(?::\w+)?|value|word|rest|none|module:[\w.]+|only:[\w']+)\}",
                "x",
                alternative,
            )
            assert "{" not in rest, template


@pytest.mark.parametrize(
    ("argument", "expected"), [("{'a': 1}", "x.of({'a': 1})"), ("[1]", "x.all([1])"), ("y", "x.any(y)")]
)
def test_alternatives_by_type(argument, expected):
    assert filled(f"x.add({argument})", "{object}.of({0:dict})||{object}.all({0:list})||{object}.any({0})") == expected


@pytest.mark.parametrize(("argument", "expected"), [("False", "f(1)"), ("True", "f(1, all=1)"), ("x", None)])
def test_alternatives_by_value(argument, expected):
    template = "{function}({rest}){only:False}||{function}({rest}, all=1){only:True}"
    assert filled(f"f(1, old={argument})", template, "old") == expected
