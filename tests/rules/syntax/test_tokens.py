import io
import tokenize

import pytest

from nbdoctor.rules.syntax.tokens import Trouble, drop, index_at, partner, parts, tokens
from nbdoctor.text import apply_edits

from ..support import FakeNamespace, first, result
from .broken import broken


def shown(source):
    return [(token.kind, token.text) for token in tokens(source)]


def test_what_python_does_not_know_is_a_token_too():
    assert shown("a = “b’") == [("name", "a"), ("op", "="), ("op", "“"), ("name", "b"), ("op", "’")]
    assert shown("x = 2pi 0x1g 1.5e") == [
        ("name", "x"),
        ("op", "="),
        ("number", "2pi"),
        ("number", "0x1g"),
        ("number", "1.5e"),
    ]
    assert shown("'a' \"b")[-1] == ("open", '"b')
    assert shown("bf'a' rb'a'") == [("name", "bf"), ("string", "'a'"), ("string", "rb'a'")]
    assert shown("'''a\nb") == [("open", "'''a\nb")]


@pytest.mark.parametrize(
    "source",
    [
        "a = [1, 2.5e3, 0xFF, 1_000] + f(b, *c, **d)\nif a >= 3 and b != 'x':  # why\n    a //= 2; c = a ** b",
        "t = '''a\n'b'''' + r'\\n' + b\"c\" + 'it\\'s'\nf = lambda x: x @ y if (z := x) else ...",
    ],
)
def test_of_valid_code_they_are_those_of_the_standard_library(source):
    ignored = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    theirs = [t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in ignored]
    assert [token.text for token in tokens(source) if token.kind != "newline"] == theirs


def test_brackets_are_counted():
    found = tokens("f(a, [b, c], d)")
    assert [token.depth for token in found] == [0, 0, 1, 1, 1, 2, 2, 2, 1, 1, 1, 0]
    assert partner(found, 1) == len(found) - 1
    assert partner(tokens("(a]"), 0) is None
    assert [[token.text for token in part] for part in parts(found[2:-1])] == [["a"], ["[", "b", ",", "c", "]"], ["d"]]
    assert index_at(found, 4) == 3


def test_a_statement_spans_lines_where_brackets_do():
    trouble = Trouble("a = 1\nb = f(1,\n      2)\nc = 3", "", 3)
    assert [token.text for token in trouble.statement()] == ["b", "=", "f", "(", "1", ",", "2", ")"]
    assert [token.text for token in trouble.on_line()] == ["2", ")"]
    assert [token.text for token in trouble.on_line(4)] == ["c", "=", "3"]


def test_a_token_is_dropped_with_its_space():
    source = "a ( , b )"
    comma = next(token for token in tokens(source) if token.text == ",")
    assert apply_edits(source, [drop(source, comma)]) == "a ( b )"


class TestTheLiveKernel:
    """What a rule knows by looking."""

    def test_a_column_that_is_a_keyword(self):
        from nbdoctor.protocol import Look

        made = broken("n = df.class")
        found = first(made, FakeNamespace({"df": Look("DataFrame", keys=["'class'", "'n'"])}))
        assert result(made, found.fixes[0]) == 'n = df["class"]'

    def test_what_is_indexed_and_not_called(self):
        from nbdoctor.protocol import Look

        made = broken("ages('Ada') = 36")
        found = first(made, FakeNamespace({"ages": Look("dict")}))
        assert result(made, found.fixes[0]) == "ages['Ada'] = 36"

    def test_the_parameter_at_the_place_of_a_value(self):
        from nbdoctor.protocol import Look

        from ..support import parameters

        made = broken("area(width=2, 3)")
        found = first(made, FakeNamespace({"area": Look("function", parameters=parameters("width", "height"))}))
        assert result(made, found.fixes[0]) == "area(width=2, height=3)"

    def test_a_number_before_a_name_that_is_bound(self):
        made = broken("area = 2radius")
        found = first(made, FakeNamespace({"radius": None}))
        assert result(made, found.fixes[0]) == "area = 2*radius"
