"""Installs are resolved, put into a throw-away folder and judged there; wheels are made by hand, nothing is fetched."""

from __future__ import annotations

import json
import os
import sys
import zipfile

import pytest

from nbdoctor.errors import InstallError
from nbdoctor.kernel.trial import installs
from nbdoctor.kernel.trial.installs import Change, Prepared, from_pip, from_uv, prepare


def wheel(folder, name, version, module, *, text="", requires=()):
    """Write a wheel by hand."""
    distribution = name.replace("-", "_")
    info = f"{distribution}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {need}\n" for need in requires)
    with zipfile.ZipFile(folder / f"{distribution}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{module}.py", text)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", f"{module}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture()
def wheels(tmp_path, monkeypatch):
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))  # a user's setting that must not count
    return folder


def test_what_an_install_brings_is_put_into_a_folder_of_its_own(wheels, tmp_path):
    wheel(wheels, "nbd-needed", "2.0", "nbd_needed")
    wheel(wheels, "nbd-wanted", "1.0", "nbd_wanted", text="import nbd_needed\n", requires=["nbd-needed>=1"])
    lines = []
    prepared = prepare("nbd-wanted", lines.append)
    assert sorted(change.name for change in prepared.changes) == ["nbd-needed", "nbd-wanted"]
    assert {"nbd_needed.py", "nbd_wanted.py"} <= set(os.listdir(prepared.folder))
    assert "nbd-wanted 1.0" in lines[-1]
    assert "MB on disk" in lines[-1]
    assert prepared.downgrades() == prepared.loaded() == ""
    assert not (tmp_path / "elsewhere").exists()
    prepared.discard()
    assert not os.path.exists(prepared.folder)


def test_what_is_there_already_needs_no_folder(wheels):
    prepared = prepare("pytest", lambda _: None)
    assert prepared == Prepared()
    assert "there already" in prepared.sentence()


def test_a_distribution_without_wheels_is_said(wheels):
    lines = []
    with pytest.raises(InstallError, match="no wheel"):
        prepare("nbd-nowhere", lines.append)
    assert "nbd-nowhere" in lines[-1]


@pytest.mark.parametrize(
    "requirement",
    [
        "--index-url=x",
        "./folder",
        "git+ssh://a/b",
        "a b",
        "a; python_version<'3'",
        "",
        "a==1 --hash=x",
        "-e .",
        "a @ file:///b",
    ],
)
def test_only_plain_names_reach_the_installer(requirement, monkeypatch):
    monkeypatch.setattr(installs, "_run", lambda *_: pytest.fail("the installer ran"))
    with pytest.raises(InstallError, match="not the name"):
        prepare(requirement, lambda _: None)


def test_secrets_in_the_installers_words_are_taken_out(wheels, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", f"{wheels} https://user:hunter2secret@localhost:1/simple")
    lines = []
    with pytest.raises(InstallError):
        prepare("nbd-nowhere", lines.append)
    assert "hunter2secret" not in "".join(lines)


def test_pips_report_is_read():
    report = {
        "install": [
            {"metadata": {"name": "pytest", "version": "1.0"}},
            {"metadata": {"name": "nbd-new", "version": "3"}},
        ]
    }
    older, new = from_pip(json.dumps(report))
    assert older.downgrade
    assert older.old == pytest.__version__
    assert (new, new.downgrade) == (Change("nbd-new", "3"), False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"install": [{}]}', "WARNING: no"])
def test_an_old_pips_words_are_refused(text):
    with pytest.raises(InstallError, match="no report"):
        from_pip(text)


def test_what_uv_would_do_is_read():
    printed = (
        "Resolved 2 packages in 9ms\nWould install 2 packages\n - pytest==1.0\n + pytest==99.0\n + nbd-new==0.1.post1\n"
    )
    assert from_uv(printed) == [Change("pytest", "99.0", pytest.__version__), Change("nbd-new", "0.1.post1")]


@pytest.mark.parametrize(
    ("new", "old", "downgrade"),
    [
        ("1.9", "1.10", True),
        ("1.10", "1.9", False),
        ("2.0", None, False),
        ("1!1.0", "2.0", False),
        ("1.0", "1.0", False),
    ],
)
def test_downgrades_are_known(new, old, downgrade):
    assert Change("x", new, old).downgrade is downgrade


def test_what_would_change_is_told_in_words():
    prepared = Prepared("x", [Change("a", "1.0"), Change("b", "1.0", "2.0")], 12_345_678)
    assert prepared.sentence() == "Brings a 1.0. Changes b 2.0 → 1.0. 12.3 MB on disk."
    assert prepared.downgrades() == "it downgrades b 2.0 → 1.0"


def test_a_loaded_module_of_another_version_needs_a_restart():
    assert "pytest" in sys.modules
    said = Prepared("x", [Change("pytest", "99.0", pytest.__version__)]).loaded()
    assert said.endswith("is loaded already: it needs a restart of the kernel")
