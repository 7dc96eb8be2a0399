import sys

import pytest

from nbdoctor.protocol import Frame
from nbdoctor.rules import diagnose, tables
from nbdoctor.rules.imports import conflicts, environment
from nbdoctor.rules.imports import distributions as packages
from nbdoctor.rules.imports.versions import Requirement

from ..support import FakeNamespace, first, installs, report, result


def cannot(source, name, module, library=""):
    made = report(source, "ImportError", f"cannot import name '{name}' from '{module}' (/env/site-packages/x.py)")
    if library:
        made.errors[0].frames.append(Frame(f"{library}/hub.py", 3, "<module>", "", "library"))
    return made


VERSIONS = {"setfit": "1.0.0", "huggingface-hub": "1.2.0"}


def test_two_libraries_that_do_not_fit_are_named_with_their_versions(monkeypatch):
    monkeypatch.setattr(environment, "unmet", lambda _: [Requirement("huggingface-hub", "<0.26")])
    found = first(
        cannot("import setfit", "cached_download", "huggingface_hub", "setfit"), FakeNamespace(versions=VERSIONS)
    )
    assert found.kind == "version_conflict"
    assert found.headline == (
        "`setfit` 1.0.0 takes `cached_download` from `huggingface-hub`, whose version 1.2.0 does not have it."
    )
    assert installs(found.fixes[0]) == ["huggingface-hub<0.26"]
    assert found.fixes[0].actions[-1].kind == "restart_kernel"


def test_where_metadata_sees_no_conflict_a_newer_version_is_a_guess(monkeypatch):
    monkeypatch.setattr(environment, "unmet", lambda _: [])
    found = first(
        cannot("import setfit", "cached_download", "huggingface_hub", "setfit"), FakeNamespace(versions=VERSIONS)
    )
    assert "perhaps" in found.explanation
    assert installs(found.fixes[0]) == ["setfit>1.0.0"]
    assert found.fixes[0].confidence < 0.6


def test_the_users_own_import_is_no_conflict_of_libraries():
    found = diagnose(cannot("from huggingface_hub import x", "x", "huggingface_hub"), FakeNamespace(versions=VERSIONS))
    assert "version_conflict" not in [one.kind for one in found]


def test_a_name_of_a_later_version_is_installed_with_it():
    made = cannot("from sklearn.frozen import FrozenEstimator", "TargetEncoder", "sklearn.preprocessing")
    found = first(made, FakeNamespace(versions={"scikit-learn": "1.1.3"}))
    assert found.kind == "version_too_old"
    assert (
        found.headline
        == "`sklearn.preprocessing.TargetEncoder` came with scikit-learn 1.3; this is scikit-learn 1.1.3."
    )
    assert installs(found.fixes[0]) == ["scikit-learn>=1.3"]


def test_a_version_that_is_new_enough_is_not_blamed():
    made = cannot("from sklearn.preprocessing import TargetEncoder", "TargetEncoder", "sklearn.preprocessing")
    kinds = [found.kind for found in diagnose(made, FakeNamespace(versions={"scikit-learn": "1.6.0"}))]
    assert "version_too_old" not in kinds


def test_an_attribute_that_came_later_counts_too():
    made = report("np.trapezoid(y)", "AttributeError", "module 'numpy' has no attribute 'trapezoid'")
    found = first(made, FakeNamespace(versions={"numpy": "1.26.4"}))
    assert found.kind == "version_too_old"
    assert installs(found.fixes[0]) == ["numpy>=2.0"]


def test_a_newer_part_of_python_is_imported_from_where_older_ones_have_it(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    made = cannot("from typing import Self, Any", "Self", "typing")
    found = first(made, FakeNamespace(modules={"typing": [], "typing_extensions": []}))
    assert found.headline == "`typing.Self` came with Python 3.11; this is Python 3.9.18."
    assert result(made, found.fixes[0]) == "from typing import Any\nfrom typing_extensions import Self"
    assert installs(found.fixes[0]) == []


def test_a_newer_module_of_python_is_installed_with_its_edit(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    made = report(
        "import tomllib\ntomllib.loads('')", "ModuleNotFoundError", "No module named 'tomllib'", "import tomllib"
    )
    found = first(made)
    assert installs(found.fixes[0]) == ["tomli"]
    assert result(made, found.fixes[0]) == "import tomli as tomllib\ntomllib.loads('')"


def test_a_library_that_was_replaced_needs_a_restart_and_nothing_else(monkeypatch):
    monkeypatch.setattr(environment, "replaced", lambda module, _: ("1.26.4", "2.1.0") if module == "numpy" else None)
    made = cannot("import setfit", "x", "numpy._core")
    found = first(made, FakeNamespace(versions={"numpy": "2.1.0"}))
    assert found.kind == "restart_needed"
    assert found.headline == "`numpy` 2.1.0 was installed while this kernel still holds 1.26.4."
    assert [action.kind for action in found.fixes[0].actions] == ["restart_kernel"]


def test_nothing_of_the_kernel_is_looked_at_from_outside(monkeypatch):
    monkeypatch.setattr(environment, "replaced", lambda *_: pytest.fail("looked"))
    diagnose(cannot("import setfit", "x", "numpy"), FakeNamespace(versions={"numpy": "2.1.0"}, live=False))


def test_newer_rows_have_a_version_and_a_known_kind():
    for row in tables.rows("newer"):
        assert row["kind"] in ("module", "member"), row
        assert conflicts.release(row["since"]), row
        top = row["instead"].rpartition(".")[0] or row["instead"]
        assert not row["instead"] or (row["distribution"] == "python" and packages.distribution_of(top)), row


@pytest.mark.parametrize(
    "row", [r for r in tables.rows("newer") if r["distribution"] == "python"], ids=lambda r: r["path"]
)
def test_what_python_has_since_a_version_it_has_from_there_on(row):
    import importlib

    there = tuple(map(int, row["since"].split("."))) <= sys.version_info[:2]
    module, _, name = (row["path"], "", "") if row["kind"] == "module" else row["path"].rpartition(".")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        assert not there
        return
    assert (not name or hasattr(found, name)) == there
