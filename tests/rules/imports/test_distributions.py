import re

import pytest

from nbdoctor.protocol import Frame
from nbdoctor.rules import tables
from nbdoctor.rules.base import Context
from nbdoctor.rules.imports import distributions as packages
from nbdoctor.rules.imports import environment

from ..support import FakeNamespace, installs, report


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("skimage", "scikit-image"),
        ("sentence_transformers", "sentence-transformers"),
        ("google.cloud.bigquery", "google-cloud-bigquery"),
        ("detectron2", ""),
        ("qwxyzzy_tools", ""),
    ],
)
def test_a_module_has_a_distribution_where_a_table_says_so(module, distribution):
    assert packages.distribution_of(module) == distribution


def test_a_table_maps_no_module_onto_its_own_name_twice():
    for module, row in tables.modules().items():
        same = re.sub(r"[-_.]+", "-", module).lower() == re.sub(r"[-_.]+", "-", row["distribution"]).lower()
        assert not same or row["note"] or module != row["distribution"].lower(), module


@pytest.mark.parametrize(
    ("token", "distribution"),
    [
        ("bs4", "beautifulsoup4"),
        ("PyArrow", "pyarrow"),
        ("pillow", "pillow"),
        ("PIL", "pillow"),
        ("the", ""),
        ("a b", ""),
    ],
)
def test_what_a_message_names_is_known_by_module_or_distribution(token, distribution):
    assert packages.named(token) == distribution


def test_what_an_installed_library_asks_for_is_known_too(monkeypatch):
    monkeypatch.setattr(environment, "asked", lambda library, name: (library, name) == ("lib", "qwxyzzy") or None)
    assert packages.named("qwxyzzy", "lib") == "qwxyzzy"
    assert packages.named("qwxyzzy", "other") == ""


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("seabron", "seaborn"), ("mathplotlib", "matplotlib"), ("nunpy", "numpy"), ("sckit_learn", None), ("plots", None)],
)
def test_a_misspelled_module_is_told_from_a_file_of_the_users(wanted, meant):
    near = packages.closest_module(wanted, [])
    assert (near.name if near else None) == meant


def test_what_is_there_is_meant_before_what_is_only_known():
    assert packages.closest_module("plotz", ["plots"]).name == "plots"


def test_the_library_that_raised_is_the_one_above_pythons_own_code():
    made = report("df.to_excel('a.xlsx')", "ImportError", "x")
    made.errors[0].frames += [
        Frame("pandas/io/excel.py", 3, "write", "", "library"),
        Frame("~/envs/lib/python3.11/importlib/__init__.py", 1, "import_module", "", "library"),
    ]
    assert packages.library_of(Context(made, FakeNamespace())) == "pandas"
    made.errors[0].frames.append(Frame("helpers.py", 1, "f", "", "user"))
    assert packages.library_of(Context(made, FakeNamespace())) == ""


def test_nothing_is_offered_where_the_system_refuses(monkeypatch):
    monkeypatch.setattr(environment, "managed", lambda: "the Python in /usr belongs to its system")
    context = Context(report("import skimage", "ModuleNotFoundError", "No module named 'skimage'"), FakeNamespace())
    found = packages.missing(context, "skimage", "scikit-image")
    assert found.fixes == []
    assert "virtual environment" in found.explanation


def test_another_python_that_has_it_is_told(monkeypatch):
    monkeypatch.setattr(environment, "elsewhere", lambda _: environment.Elsewhere("/usr/bin/python3", "/usr/lib"))
    context = Context(report("import skimage", "ModuleNotFoundError", "No module named 'skimage'"), FakeNamespace())
    found = packages.missing(context, "skimage", "scikit-image")
    assert any("/usr/bin/python3" in fact for fact in found.facts)
    assert installs(found.fixes[0]) == ["scikit-image"]
