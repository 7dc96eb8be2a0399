"""Whether a restart is needed after an install."""

from __future__ import annotations

import importlib
import sys

import pytest

from nbdoctor.kernel import install


def test_a_module_that_was_replaced_while_loaded_needs_a_restart():
    assert install._loaded({"pytest": "1.0"}, {"pytest": pytest.__version__}, {}) == ["_pytest", "py", "pytest"]


def test_what_is_new_or_the_same_needs_none():
    assert install._loaded({"ruff": "1"}, {"ruff": "1", "pytest": pytest.__version__}, {}) == []


def test_a_module_of_one_file_counts():
    import typing_extensions  # noqa: F401

    assert "typing_extensions" in install.top_modules("typing_extensions")
    assert install._loaded({"typing_extensions": "0"}, {"typing_extensions": "1"}, {}) == ["typing_extensions"]


def test_a_module_whose_file_is_gone_needs_a_restart(tmp_path, monkeypatch):
    (tmp_path / "gone_with_the_install.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("gone_with_the_install")
    files = install._files()
    assert files["pytest"] == pytest.__file__
    assert install._loaded({}, {}, files) == []
    (tmp_path / "gone_with_the_install.py").unlink()
    assert install._loaded({}, {}, files) == ["gone_with_the_install"]
    del sys.modules["gone_with_the_install"]


def test_what_is_not_installed_brings_nothing():
    assert install.top_modules("no-such-distribution") == []


def test_the_versions_of_this_environment_are_known():
    assert install._versions()["pytest"] == pytest.__version__


@pytest.mark.parametrize("requirement", ["pytest", "pytest==1.0", "a[b]>=1,<2"])
def test_the_command_installs_into_this_environment(requirement):
    if "," in requirement:
        with pytest.raises(install.InstallError):
            install.command(requirement)
    else:
        assert install.command(requirement)[0] == sys.executable
        assert install.command(requirement)[-1] == requirement
