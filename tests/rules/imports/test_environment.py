"""The kernel's environment, looked at for real where that is quick, and in folders made here otherwise."""

import importlib
import json  # noqa: F401  (one of the packages that are looked at)
import sys
import time
import types

import pytest

from nbdoctor.rules.imports import environment


def test_what_an_installed_distribution_asks_for_is_known():
    assert environment.asked("pytest", "pluggy").specifier
    assert environment.asked("pytest", "no-such-distribution") is None
    assert environment.requirements("no-such-distribution") == []


def test_what_does_not_fit_is_told(monkeypatch):
    monkeypatch.setattr(environment, "_version", lambda name: {"one": "1.0", "two": "3.0"}.get(name, ""))
    lines = ["two<3", "three>=1", "two>=1 ; extra == 'all'"]
    monkeypatch.setattr(environment.importlib.metadata, "requires", lambda _: lines)
    environment._requirements.cache_clear()
    assert [wanted.name + wanted.specifier for wanted in environment.unmet("one")] == ["two<3"]
    environment._requirements.cache_clear()


@pytest.fixture()
def other_python(tmp_path):
    """A second Python with one module, as far as files tell."""
    environment._other_folders.cache_clear()
    modules = tmp_path / "lib" / "python3.12" / "site-packages"
    (modules / "only_there").mkdir(parents=True)
    (modules / "only_there" / "__init__.py").write_text("")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text("")
    yield str(tmp_path / "bin")
    environment._other_folders.cache_clear()


def test_a_module_of_another_python_is_found(other_python):
    found = environment.elsewhere("only_there", other_python)
    assert found.python == f"{other_python}/python3"
    assert environment.elsewhere("not_even_there", other_python) is None


def test_this_python_is_not_another_one(other_python, monkeypatch):
    folder = environment.elsewhere("only_there", other_python).folder
    environment._other_folders.cache_clear()
    monkeypatch.syspath_prepend(folder)
    assert environment.elsewhere("only_there", other_python) is None


def test_a_python_that_its_system_manages_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda _: str(tmp_path))
    assert environment.managed() == ""
    (tmp_path / "EXTERNALLY-MANAGED").write_text("[externally-managed]")
    assert "refuses" in environment.managed()


def test_an_environment_is_never_managed(tmp_path, monkeypatch):
    (tmp_path / "EXTERNALLY-MANAGED").write_text("[externally-managed]")
    monkeypatch.setattr(sys, "prefix", f"{sys.base_prefix}/else")
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda _: str(tmp_path))
    assert environment.managed() == ""


@pytest.fixture()
def installed(tmp_path, monkeypatch):
    """A distribution in version 2.0 on the path, whose module the kernel holds in version 1.0."""
    folder = tmp_path / "held_here-2.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: held-here\nVersion: 2.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    module = types.ModuleType("held_here")
    module.__version__ = "1.0"
    monkeypatch.setitem(sys.modules, "held_here", module)
    return module


def test_a_module_that_was_replaced_since_is_known(installed):
    assert time.time() - 86_400 < environment.STARTED < time.time()
    assert environment.replaced("held_here", "held-here") == ("1.0", "2.0")


def test_a_version_that_a_module_tells_wrongly_is_no_replacement(installed, monkeypatch):
    monkeypatch.setattr(environment, "STARTED", float("inf"))
    assert environment.replaced("held_here", "held-here") is None


def test_no_property_of_a_module_is_asked(installed):
    del installed.__version__
    installed.__getattr__ = lambda name: pytest.fail(f"{name} was asked for")
    assert environment.replaced("held_here", "held-here") is None


def test_what_can_be_imported_is_listed_without_importing():
    names = environment.importable()
    assert "pytest" in names
    assert all(name.isidentifier() for name in names)


def test_modules_in_a_package_are_listed_without_importing():
    assert "encoder" in environment.submodules("json")
    assert environment.submodules("not_loaded_at_all") == []
    assert environment.submodules("sys") == []
