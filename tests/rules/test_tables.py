"""The tables are well-formed, and what they say of Python, NumPy and pandas holds for what is installed here."""

import ast
import builtins
import importlib
import importlib.metadata
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
    "magics": ["magic", "extension", "distribution", "source"],
    "modules": ["module", "distribution", "note", "source"],
    "known": ["module", "source"],
    "conda": ["distribution", "conda", "source"],
    "absent": ["module", "system", "package", "note", "source"],
    "newer": ["path", "kind", "distribution", "since", "instead", "source"],
    "programs": ["program", "debian", "note", "source"],
    "system_libraries": ["library", "debian", "instead", "note", "source"],
    "aliases": ["name", "statement", "source"],
    "binding_magics": ["magic", "pattern", "since", "source"],
    "names": ["name", "new", "language", "note", "source"],
    "removals": ["method", "verb", "in_place", "since", "source"],
    "synonyms": ["owner", "name", "new", "drop_in", "note", "source"],
    "positions": ["owner", "order", "until", "source"],
    "nothing": ["method", "source"],
    "moved": ["old", "new", "distribution", "since", "drop_in", "note", "source"],
    "renamed": ["owner", "old", "new", "kind", "since", "drop_in", "note", "source"],
}
KEYS = {
    "frequencies": ["old"],
    "magics": ["magic"],
    "modules": ["module"],
    "known": ["module"],
    "conda": ["distribution"],
    "absent": ["module"],
    "newer": ["path"],
    "programs": ["program"],
    "system_libraries": ["library"],
    "aliases": ["name"],
    "binding_magics": ["magic"],
    "names": ["name"],
    "removals": ["method"],
    "synonyms": ["owner", "name"],
    "positions": ["owner"],
    "nothing": ["method"],
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
    assert {path.stem for path in DATA.glob("*.json")} == {
        "date_formats",
        "deaths",
        "effects",
        "hints",
        "installer",
        "json_errors",
        "lookups",
        "open_kinds",
        "operators",
        "returns_nothing",
        "optional",
        "program_messages",
        "infra",
        "syntax",
        "state",
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_are_complete_and_unique(name):
    rows = tables.rows(name)
    small = ("frequencies", "absent", "conda", "programs", "names", "magics")
    assert len(rows) >= (
        10 if name in ("binding_magics", "removals", "positions", "nothing") else 20 if name in small else 100
    )
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


DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "Pillow", "skimage": "scikit-image", "mpl_toolkits": "matplotlib"}


def installed(library):
    """The version of a library, as numbers; skips the test where it is not installed."""
    if library == "builtins" or library in sys.stdlib_module_names:
        return sys.version_info[:2]
    try:
        version = importlib.metadata.version(DISTRIBUTIONS.get(library, library))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{library} is not installed")
    return tuple(int(part) for part in version.split(".")[:2])


def rows_of(table, library):
    """The rows about a library that hold for the version that is installed."""
    version = installed(library)
    rows = [row for row in tables.rows(table) if row["owner"].split(".")[0] == library]
    return [row for row in rows if tuple(map(int, row.get("since", "0.0").split("."))) <= version]


RENAMED = sorted({row["owner"].split(".")[0] for row in tables.rows("renamed")})


@pytest.mark.parametrize("library", RENAMED)
def test_what_was_renamed_is_gone_and_its_successor_there(library):
    rows = rows_of("renamed", library)
    for row in [row for row in rows if row["kind"] not in ("keyword", "property", "name")]:
        if row["owner"] == "builtins.generator":
            continue  # the type has no name
        assert exists(row["owner"]), row
        assert not exists(f"{row['owner']}.{row['old']}"), row
        plain = row["new"] and not is_template(row["new"]) and not row["new"].endswith("_")  # set by an instance
        if plain and row["kind"] in ("function", "method", "attribute"):
            assert exists(f"{row['owner']}.{row['new']}"), row
        if row["kind"].startswith("builtin:"):
            assert hasattr(builtins, row["kind"].partition(":")[2]), row


@pytest.mark.parametrize("library", RENAMED)
def test_renamed_keywords_hold(library):
    for row in [row for row in rows_of("renamed", library) if row["kind"] == "keyword"]:
        parameters = parameters_of(row["owner"])
        assert row["old"] not in parameters, row
        takes_any = any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values())
        if row["new"].isidentifier() and row["drop_in"]:
            assert row["new"] in parameters or takes_any, row


def parameters_of(path):
    called = resolve(path)
    try:
        return inspect.signature(called).parameters
    except ValueError:
        return inspect.signature(called.__new__).parameters


@pytest.mark.parametrize("library", sorted({row["owner"].split(".")[0] for row in tables.rows("positions")}))
def test_the_order_of_old_is_of_parameters_that_are_named_now(library):
    for row in rows_of("positions", library):
        order, parameters = row["order"].split(), parameters_of(row["owner"])
        by_name = [name for name, parameter in parameters.items() if parameter.kind == parameter.KEYWORD_ONLY]
        assert len(order) == len(set(order)), row
        assert set(order) & set(by_name), row


@pytest.mark.parametrize("library", sorted({row["owner"].split(".")[0] for row in tables.rows("synonyms")}))
def test_what_is_called_otherwise_is_not_there_and_its_other_name_is(library):
    for row in rows_of("synonyms", library):
        if row["name"].startswith(".") or not exists(row["owner"]):
            assert row["name"].startswith(".") or library == "builtins", row  # types without a name in builtins
            continue
        assert not exists(f"{row['owner']}.{row['name']}"), row
        if row["new"].isidentifier():
            assert exists(f"{row['owner']}.{row['new']}"), row
        assert row["new"] or row["note"], row


def test_lookups_are_read_from_real_messages():
    for row in tables.load("lookups"):
        assert re.compile(row["pattern"]).groups == 1, row
        assert row["errors"], row
        assert row["source"].startswith("https://"), row


def test_kinds_are_whole_and_used():
    kinds = tables.kinds()
    for name, kind in kinds.items():
        assert kind["category"] in CATEGORIES, name
        assert kind["title"], name
        assert kind["means"].endswith((".", "!")), name
        assert kind["source"], name
    text = "".join(
        path.read_text("utf-8")
        for path in [*SOURCES.rglob("*.py"), *DATA.glob("*.json"), *DATA.glob("messages/*.json")]
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
        words = {"line": 1, "code": "", "expression": "", "call": "", "first": ""}
        text = row["headline"].format(*groups, **words) + row.get("explanation", "").format(*groups, **words)
        assert text.strip(), row
    for row in syntax["rewrites"]:
        assert 0.5 < row["confidence"] < 1
        assert row["title"], row
        groups = [int(number) for number in re.findall(r"\\(\d)", row["replace"])]
        assert max(groups, default=0) <= re.compile(row["pattern"]).groups


def test_rows_of_operators_are_whole():
    for row in tables.load("operators"):
        words = dict.fromkeys(("left", "right", "operator", "number_left", "number_right"), "x")
        assert row["explanation"].format(**words).endswith("."), row
        assert row["source"].startswith("https://"), row
        if "becomes" in row:
            assert ast.parse(row["becomes"].format(**{**words, "operator": "-"})), row
            assert row["title"].format(**words), row
            assert 0.6 < row["confidence"] < 1


def test_json_is_plain():
    for path in DATA.rglob("*.json"):
        assert json.loads(path.read_text("utf-8"))


def test_tables_are_read_when_first_asked_for():
    tables.rows.cache_clear()
    tables.modules.cache_clear()
    assert tables.rows.cache_info().currsize == 0
    assert tables.modules()["cv2"]["distribution"] == "opencv-python"
    assert tables.rows.cache_info().currsize == 1
