"""A missing package is really installed, after a click, into the kernel's own environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile

from playwright.sync_api import expect

from .conftest import ROOT


def wheel(folder, distribution, module, text):
    """Write a wheel by hand, so that nothing needs to be fetched."""
    info = f"{distribution}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{distribution}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", text)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {distribution.replace('_', '-')}\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_a_missing_package_is_installed_after_a_click(servers, open_notebook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    environment = folder / "environment"
    subprocess.run([ROOT / ".ci" / "demo_environment", sys.executable, environment], check=True)
    wheel(folder, "python_slugify", "slugify", "def slugify(text):\n    return text.lower()\n")
    lab = servers(
        "lab",
        "install",
        {"JUPYTER_PATH": str(environment / "share" / "jupyter"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)},
    )
    notebook = open_notebook(lab, "%load_ext nbdoctor", "import slugify\nslugify.slugify('ABC')")
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1, "ready")
    expect(card).to_be_visible()
    expect(card.locator(".jp-nbdoctor-category")).to_have_text("Package")
    expect(card).to_contain_text("python-slugify")
    assert not list(environment.rglob("slugify.py"))
    card.locator(".jp-nbdoctor-fix").click()
    expect(notebook.cells.nth(1).locator(".jp-OutputArea")).to_contain_text("'abc'", timeout=60_000)
    assert list(environment.rglob("slugify.py"))
