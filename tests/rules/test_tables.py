"""The tables are well-formed, and what they say of Python, NumPy and pandas holds for what is installed here."""

import ast
import builtins
import importlib
import importlib.util
import inspect
import json
import re
import sys
import warnings
from pathlib import Path

import pytest

from nbdoctor.protocol import CATEGORIES
from nbdoctor.rules import tables
from nbdoctor.rules.rewrite import is_template

DATA = Path(tables.__file__).parent / "data"
SOURCES = Path(tables.__file__).parent
COLUMNS = {
    "frequencies": ["old", "new", "source"],
    "modules": ["module", "distribution", "note", "source"],
    "known": ["module", "source"],
    "aliases": ["name", "statement", "source"],
    "moved": ["old", "new", "distribution", "since", "drop_in", "note", "source"],
    "renamed": ["owner", "old", "new", "kind", "since", "drop_in", "note", "source"],
}
KEYS = {
    "frequencies": ["old"],
    "modules": ["module"],
    "known": ["module"],
    "aliases": ["name"],
    "moved": ["old"],
    "renamed": ["owner", "old", "kind"],
}
DISTRIBUTION = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


def resolve(path):
    """The object at a dotted path; raises LookupError where there is none."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = importlib.import_module(".".join(parts[:end]))
                for name in parts[end:]:
                    found = getattr(found, name)
                return found
        except ImportError:
            continue
        except AttributeError:
            break
    raise LookupError(path)


def exists(path):
    try:
        resolve(path)
    except LookupError:
        return False
    return True


def test_every_table_is_covered_here():
    assert {path.stem for path in DATA.glob("*.csv")} == set(COLUMNS)
    assert {path.stem for path in DATA.glob("*.json")} == {"effects", "syntax"}


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_are_complete_and_unique(name):
    rows = tables.rows(name)
    assert len(rows) >= (20 if name == "frequencies" else 100)
    for row in rows:
        assert list(row) == COLUMNS[name]
        assert all(value is not None and value == value.strip() for value in row.values()), row
        assert row["source"].startswith(("https://", "PyPI: ")), row
    keys = [tuple(row[key] for key in KEYS[name]) for row in rows]
    assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]


def test_modules_name_a_distribution_or_say_why_not():
    for row in tables.rows("modules"):
        assert DISTRIBUTION.match(row["distribution"]) or (not row["distribution"] and row["note"]), row
    assert not set(tables.modules()) & set(tables.known())
    assert all(part.isidentifier() for name in tables.known() for part in name.split("."))


def test_aliases_bind_the_name_that_they_are_for():
    for name, statement in tables.aliases().items():
        (node,) = ast.parse(statement).body
        (alias,) = node.names
        assert (alias.asname or alias.name) == name


def test_aliases_of_the_standard_library_can_be_imported():
    checked = 0
    for name, statement in tables.aliases().items():
        module = statement.split()[1]
        if module.split(".")[0] in sys.stdlib_module_names and importlib.util.find_spec(module):
            namespace = {}
            if name != "turtle":  # needs Tk, which a server may lack
                exec(statement, namespace)
                assert name in namespace
                checked += 1
    assert checked > 80


@pytest.mark.parametrize(
    "row", [r for r in tables.rows("moved") if r["distribution"] == "python"], ids=lambda r: r["old"]
)
def test_what_moved_in_python_is_gone_and_there(row):
    if tuple(map(int, row["since"].split("."))) <= sys.version_info[:2]:
        assert not exists(row["old"])
    if row["new"] and not row["new"].startswith("tkinter"):
        assert exists(row["new"])


LIBRARIES = ("numpy", "pandas")


@pytest.mark.parametrize(
    "row",
    [r for r in tables.rows("renamed") if r["owner"].split(".")[0] in LIBRARIES and r["kind"] != "keyword"],
    ids=lambda r: f"{r['owner']}.{r['old']}",
)
def test_what_was_renamed_is_gone_and_its_successor_there(row):
    library = pytest.importorskip(row["owner"].split(".")[0])
    if tuple(map(int, row["since"].split("."))) > tuple(map(int, library.__version__.split(".")[:2])):
        pytest.skip(f"{library.__name__} {library.__version__} still has it")
    assert not exists(f"{row['owner']}.{row['old']}")
    if row["new"] and not is_template(row["new"]) and row["kind"] in ("function", "method", "attribute"):
        assert exists(f"{row['owner']}.{row['new']}")
    if row["kind"].startswith("builtin:"):
        assert hasattr(builtins, row["kind"].partition(":")[2])


@pytest.mark.parametrize(
    "row",
    [r for r in tables.rows("renamed") if r["owner"].split(".")[0] in LIBRARIES and r["kind"] == "keyword"],
    ids=lambda r: f"{r['owner']}({r['old']}=)",
)
def test_renamed_keywords_hold(row):
    library = pytest.importorskip(row["owner"].split(".")[0])
    if tuple(map(int, row["since"].split("."))) > tuple(map(int, library.__version__.split(".")[:2])):
        pytest.skip(f"{library.__name__} {library.__version__} still has it")
    called = resolve(row["owner"])
    parameters = inspect.signature(called.__new__ if inspect.isclass(called) else called).parameters
    assert row["old"] not in parameters
    if row["new"].isidentifier() and row["drop_in"]:
        assert row["new"] in parameters


def test_kinds_are_whole_and_used():
    kinds = tables.kinds()
    for name, kind in kinds.items():
        assert kind["category"] in CATEGORIES, name
        assert kind["title"], name
        assert kind["means"].endswith((".", "!")), name
        assert kind["source"], name
    text = "".join(
        path.read_text("utf-8") for path in [*SOURCES.glob("*.py"), *DATA.glob("*.json"), *DATA.glob("messages/*.json")]
    )
    unused = [name for name in kinds if f'"{name}"' not in text and f"missing_{name.rpartition('_')[2]}" != name]
    assert unused == []


def test_syntax_and_message_rows_are_whole():
    kinds = tables.kinds()
    syntax = tables.load("syntax")
    for row in [*syntax["rewrites"], *syntax["messages"], *syntax["lines"], *tables.messages()]:
        pattern = re.compile(row["pattern"])
        assert row["kind"] in kinds, row
        assert row["source"].startswith("https://"), row
        groups = [""] * pattern.groups
        text = row["headline"].format(*groups, line=1, code="", expression="") + row.get("explanation", "").format(
            *groups
        )
        assert text.strip(), row
    for row in syntax["rewrites"]:
        assert 0.5 < row["confidence"] < 1
        assert row["title"], row
        groups = [int(number) for number in re.findall(r"\\(\d)", row["replace"])]
        assert max(groups, default=0) <= re.compile(row["pattern"]).groups


def test_json_is_plain():
    for path in DATA.rglob("*.json"):
        assert json.loads(path.read_text("utf-8"))


def test_tables_are_read_when_first_asked_for():
    tables.rows.cache_clear()
    tables.modules.cache_clear()
    assert tables.rows.cache_info().currsize == 0
    assert tables.modules()["cv2"]["distribution"] == "opencv-python"
    assert tables.rows.cache_info().currsize == 1
