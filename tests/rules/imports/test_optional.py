"""Libraries that ask for another one, each in its own words."""

import re

import pytest

from nbdoctor.protocol import Frame, RaisedError
from nbdoctor.rules import diagnose, tables
from nbdoctor.rules.imports import environment
from nbdoctor.rules.imports.versions import Requirement

from ..support import FakeNamespace, first, installs, report


def raised(library, error, message, source="table.save('out')"):
    made = report(source, error, message)
    made.errors[0].frames.append(Frame(f"{library}/io.py", 3, "save", "", "library"))
    return made


@pytest.mark.parametrize(
    ("library", "error", "message", "requirement"),
    [
        (
            "pandas",
            "ImportError",
            "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
            "openpyxl",
        ),
        ("pandas", "ImportError", "Missing optional dependency 'lxml'. Use pip or conda to install lxml.", "lxml"),
        ("pandas", "ImportError", "lxml not found, please install it", "lxml"),
        ("pandas", "ImportError", "BeautifulSoup4 (bs4) not found, please install it", "BeautifulSoup4"),
        (
            "pandas",
            "ImportError",
            "Unable to find a usable engine; tried using: 'pyarrow', 'fastparquet'.\nA suitable version of pyarrow or "
            "fastparquet is required for parquet support.",
            "pyarrow",
        ),
        ("polars", "ModuleNotFoundError", "required package 'fastexcel' not found.\n\nPlease install", "fastexcel"),
        (
            "transformers",
            "ImportError",
            "\nT5Tokenizer requires the SentencePiece library but it was not found in your environment.",
            "sentencepiece",
        ),
        ("transformers", "ImportError", "Please run `pip install transformers[torch]` first", "transformers[torch]"),
        ("plotly", "ValueError", "Mime type rendering requires nbformat>=4.2.0 but it is not installed", "nbformat"),
        ("tqdm", "ImportError", "IProgress not found. Please update jupyter and ipywidgets. See", "ipywidgets"),
        ("fsspec", "ImportError", "Install s3fs to access S3", "s3fs"),
        ("langchain", "ImportError", "Could not import faiss python package. Please install it.", "faiss-cpu"),
        ("geopandas", "ImportError", "The 'read_file' function requires the 'pyogrio' or 'fiona' package", "pyogrio"),
        (
            "pydantic",
            "ImportError",
            "email-validator is not installed, run `pip install 'pydantic[email]'`",
            "pydantic[email]",
        ),
        ("dask", "ImportError", "Dask dataframe requirements are not installed.\n\nPlease", "dask[dataframe]"),
        ("sqlalchemy", "NoSuchModuleError", "Can't load plugin: sqlalchemy.dialects:snowflake", "snowflake-sqlalchemy"),
        (
            "bs4",
            "FeatureNotFound",
            "Couldn't find a tree builder with the features you requested: lxml. Do you",
            "lxml",
        ),
        ("pandas", "AttributeError", "The '.style' accessor requires jinja2", "jinja2"),
        ("pandas", "ImportError", "Using a URI string requires 'sqlalchemy' version '2.0.42' or newer.", "sqlalchemy"),
        ("networkx", "ImportError", "You need to install pydot first", "pydot"),
        ("keras", "ImportError", "You must install pydot (`pip install pydot`) for `plot_model` to work.", "pydot"),
    ],
)
def test_what_a_library_asks_for_is_installed(library, error, message, requirement):
    found = first(raised(library, error, message))
    assert found.kind == "optional_dependency"
    assert installs(found.fixes[0]) == [requirement]


def test_a_name_that_nothing_knows_is_told_and_not_installed():
    found = first(raised("oddlib", "ImportError", "Please install qwxyzzy_tools to go on."))
    assert found.kind == "optional_dependency"
    assert found.confidence < 0.6
    assert found.fixes == []


def test_what_is_installed_is_not_asked_for():
    made = raised("pandas", "ImportError", "Missing optional dependency 'openpyxl'. Use pip.")
    kinds = [found.kind for found in diagnose(made, FakeNamespace(versions={"openpyxl": "3.1.5"}))]
    assert "optional_dependency" not in kinds


def test_the_version_is_the_one_that_the_library_asks_for(monkeypatch):
    wanted = Requirement("openpyxl", ">=3.1.2", "excel", always=False)
    monkeypatch.setattr(environment, "asked", lambda *_: wanted)
    made = raised("pandas", "ImportError", "Missing optional dependency 'openpyxl'. Use pip.")
    found = first(made, FakeNamespace(versions={"pandas": "3.0.0"}))
    assert installs(found.fixes[0]) == ["openpyxl>=3.1.2"]
    assert found.headline == "`pandas` needs `openpyxl`, which is not installed."


def test_the_import_that_failed_before_says_what_is_missing():
    made = raised("oddlib", "ImportError", "The table cannot be written.")
    made.errors.append(RaisedError("ModuleNotFoundError", "No module named 'pyarrow'", relation="cause"))
    assert installs(first(made).fixes[0]) == ["pyarrow"]


@pytest.mark.parametrize(
    ("message", "requirement"),
    [
        (
            "tokenizers>=0.14 is required for a normal functioning of this module, but found tokenizers==0.11.0.",
            "tokenizers>=0.14",
        ),
        (
            "tokenizers>=0.11,<0.14 is required for a normal functioning, but found tokenizers==0.15.0.",
            "tokenizers<0.14",
        ),
        ("Pandas requires version '2.0.1' or newer of 'xlrd' (version '1.2.0' currently installed).", "xlrd>=2.0.1"),
        ("Numba needs NumPy 2.2 or less. Got NumPy 2.3.", "numpy<2.3"),
    ],
)
def test_a_version_that_does_not_fit_is_replaced(message, requirement):
    found = first(report("import oddlib", "ImportError", message))
    assert found.kind == "version_conflict"
    assert [installs(fix) for fix in found.fixes] == [[requirement]]
    assert found.fixes[0].actions[-1].kind == "restart_kernel"


def test_a_version_that_fits_is_no_conflict():
    made = report(
        "import oddlib", "ImportError", "tokenizers>=0.14 is required for this, but found tokenizers==0.15.0."
    )
    assert "version_conflict" not in [found.kind for found in diagnose(made, FakeNamespace())]


def test_every_pattern_names_what_is_needed():
    for row in tables.load("optional")["names"]:
        assert re.compile(row["pattern"]).groups == 1, row
        assert row["source"].startswith("https://"), row
        assert row["since"], row
    for row in tables.load("optional")["bounds"]:
        groups = set(re.compile(row["pattern"]).groupindex)
        assert {"name", "have"} < groups, row


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ValueError", "schema is required"),
        ("ValueError", "The 'names' is missing"),
        ("ValueError", "OneClass requires numpy >= 5 neighbours, got 3"),
        ("RuntimeError", "Please install the records in order"),
        ("OSError", "records not found, please install it"),
    ],
)
def test_an_error_about_values_is_not_taken_for_one_about_libraries(error, message):
    found = diagnose(raised("oddlib", error, message), FakeNamespace())
    assert not {"optional_dependency", "version_conflict"} & {one.kind for one in found}
