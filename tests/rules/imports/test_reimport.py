"""Edits of import statements leave the other names and every use as they were."""

import pytest

from nbdoctor.rules.base import Context
from nbdoctor.rules.imports.reimport import member_edits, module_edits, rename_member
from nbdoctor.text import apply_edits

from ..support import FakeNamespace, report


def context(source):
    return Context(report(source, "ImportError", "x", source.split("\n")[0]), FakeNamespace())


@pytest.mark.parametrize(
    ("source", "old", "new", "expected"),
    [
        ("import old", "old", "new", "import new"),
        ("import old\nold.f()", "old", "new", "import new as old\nold.f()"),
        ("import old as o\no.f()", "old", "new", "import new as o\no.f()"),
        ("import old.part\nold.part.f()", "old", "new", "import new.part\nnew.part.f()"),
        ("from old.part import f", "old", "new", "from new.part import f"),
        ("import a, old, b", "old", "new", "import a, new, b"),
        ("from a import older\nimport b", "old", "new", "from a import older\nimport b"),
    ],
)
def test_a_module_gets_its_new_name(source, old, new, expected):
    assert apply_edits(source, module_edits(context(source), old, new)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from old import f", "from new import f"),
        ("from old import f as g", "from new import f as g"),
        ("from old import a, f", "from old import a\nfrom new import f"),
    ],
)
def test_a_name_is_taken_from_its_new_place(source, expected):
    assert apply_edits(source, member_edits(context(source), "old", "f", "new.f")) == expected


def test_a_relative_import_is_left_alone():
    assert member_edits(context("from .old import f"), "old", "f", "new.f") == []
    assert module_edits(context("from .old import f"), "old", "new") == []


def test_a_misspelled_name_is_corrected_where_it_is_used():
    source = "from m import fnu\nfnu()\nx.fnu"
    assert apply_edits(source, rename_member(context(source), "m", "fnu", "fun")) == "from m import fun\nfun()\nx.fnu"
