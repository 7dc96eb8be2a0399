"""Which tool keeps an environment, told from its files."""

from __future__ import annotations

import re
import sys

import pytest

from nbdoctor.errors import InstallError
from nbdoctor.kernel import install, installers
from nbdoctor.rules import tables
from nbdoctor.rules.imports import environment


@pytest.fixture()
def prefix(tmp_path, monkeypatch):
    """An environment in a folder of its own, without pip."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda _: None)
    for name in ("MAMBA_EXE", "CONDA_EXE", "PIXI_EXE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def found(monkeypatch, *programs):
    monkeypatch.setattr(install.shutil, "which", lambda name, **_: f"/bin/{name}" if name in programs else None)


def test_uv_installs_where_there_is_no_pip(prefix, monkeypatch):
    found(monkeypatch, "uv")
    assert install.command("rich") == ["/bin/uv", "pip", "install", "--python", sys.executable, "rich"]


def test_where_there_is_no_installer_it_is_said(prefix, monkeypatch):
    found(monkeypatch)
    with pytest.raises(InstallError, match="neither pip nor uv"):
        install.command("rich")


@pytest.mark.parametrize("tool", ["conda", "mamba", "micromamba"])
def test_conda_keeps_its_environments(prefix, monkeypatch, tool):
    (prefix / "conda-meta").mkdir()
    found(monkeypatch, tool, "uv")
    expected = [f"/bin/{tool}", "install", "--yes", "--prefix", str(prefix), "pytables>=3"]
    assert install.command("tables>=3") == expected


def test_pip_is_used_in_a_conda_environment_that_has_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "conda-meta").mkdir()
    assert install.command("rich")[:4] == [sys.executable, "-m", "pip", "install"]


def test_conda_that_is_not_found_is_said(prefix, monkeypatch):
    (prefix / "conda-meta").mkdir()
    found(monkeypatch)
    with pytest.raises(InstallError, match="conda was not found"):
        install.command("rich")


def test_a_distribution_has_the_name_that_conda_gives_it():
    assert installers.conda_name("Torch") == "pytorch"
    assert installers.conda_name("dask[dataframe]>=2") == "dask>=2"
    assert installers.conda_name("opencv-python-headless") == "py-opencv"


@pytest.fixture()
def project(tmp_path, monkeypatch):
    """A pixi project whose environment runs this kernel."""
    inside = tmp_path / ".pixi" / "envs" / "default"
    inside.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(inside))
    monkeypatch.delenv("PIXI_EXE", raising=False)
    return tmp_path


def test_pixi_adds_to_its_project(project, monkeypatch):
    (project / "pixi.toml").write_text("")
    found(monkeypatch, "pixi")
    expected = ["/bin/pixi", "add", "--manifest-path", str(project / "pixi.toml"), "--pypi", "rich>=13"]
    assert install.command("rich>=13") == expected


def test_without_pixi_the_line_to_type_is_told(project, monkeypatch):
    found(monkeypatch)
    with pytest.raises(InstallError) as caught:
        install.command("rich")
    assert "pixi add --pypi rich" in caught.value.hint


def test_a_python_that_refuses_is_not_asked(monkeypatch):
    monkeypatch.setattr(environment, "managed", lambda: "the Python in /usr belongs to its system")
    with pytest.raises(InstallError, match="belongs to its system"):
        install.command("rich")


def test_an_environment_that_may_not_be_written_to_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(installers.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(installers.os, "access", lambda *_: False)
    monkeypatch.setattr(environment, "in_environment", lambda: True)
    with pytest.raises(InstallError, match="may not be written to"):
        installers.require_writable()
    monkeypatch.setattr(installers.os, "access", lambda *_: True)
    installers.require_writable()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("ERROR: Could not find a version that satisfies the requirement x (from versions: none)", "no distribution"),
        ("error: externally-managed-environment", "system"),
        ("NewConnectionError: Failed to establish a new connection", "could not be reached"),
        ("ERROR: [Errno 28] No space left on device", "disk"),
        ("error: command 'gcc' failed: No such file", "wheel"),
        ("ERROR: Ignored the following versions that require a different python: Requires-Python >=3.12", "Python"),
        ("something else", "output"),
    ],
)
def test_the_installers_words_are_put_plainly(said, word):
    assert word in installers.why(said)


def test_every_row_about_installers_is_whole():
    for row in tables.load("installer"):
        assert re.compile(row["pattern"])
        assert row["sentence"].endswith("."), row
        assert row["source"].startswith("https://"), row


def test_what_uv_would_drop_from_a_project_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert installers.keep("rich") == ""
    (tmp_path / "uv.lock").write_text("")
    assert "uv add rich" in installers.keep("rich")


def test_a_folder_that_this_kernel_does_not_look_in_is_told(tmp_path, monkeypatch):
    own = tmp_path / "own"
    monkeypatch.setattr(installers.site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(installers.site, "getusersitepackages", lambda: str(own))
    assert installers.hidden_folder("put-there>=1") == ""
    (own / "put_there-1.0.dist-info").mkdir(parents=True)
    (own / "put_there-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: put-there\nVersion: 1.0\n")
    assert installers.hidden_folder("put-there>=1") == str(own)
    assert installers.hidden_folder("another") == ""
    monkeypatch.setattr(sys, "path", [*sys.path, str(own)])
    assert installers.hidden_folder("put-there>=1") == ""
