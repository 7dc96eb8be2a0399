"""Packages for the tests that install some: wheels made on the spot, and kernels with an environment of their own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def wheel(folder: Path, distribution: str, module: str, text: str, version: str = "1.0") -> Path:
    """Write a wheel by hand, so that nothing needs to be fetched."""
    info = f"{distribution}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {distribution.replace('_', '-')}\nVersion: {version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    path = folder / f"{distribution}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}.py", text)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/top_level.txt", f"{module}\n")
        names = [*archive.namelist(), f"{info}/RECORD"]
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in names))
    return path


class Packages:
    """A JupyterLab whose kernels have an environment of their own, and find packages in a folder and nowhere else."""

    def __init__(self, servers, folder: Path) -> None:
        self.environment = folder / "environment"
        subprocess.run([ROOT / ".ci" / "demo_environment", sys.executable, self.environment], check=True)
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        settings = {
            "JUPYTER_PATH": str(self.environment / "share" / "jupyter"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            # Else pip is content with any version that is there.
            "PIP_UPGRADE": "1",
        }
        self.lab = servers("lab", "packages", settings)

    def offer(self, distribution: str, module: str, text: str, version: str = "1.0") -> None:
        """Put a wheel where pip looks."""
        wheel(self.wheels, distribution, module, text, version)

    def unpack(self, distribution: str, module: str, text: str, version: str) -> None:
        """Have a distribution installed already."""
        made = wheel(self.wheels, distribution, module, text, version)
        with zipfile.ZipFile(made) as archive:
            archive.extractall(self.environment / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages")
        made.unlink()

    def installed(self, module: str) -> bool:
        """Whether a module is in the kernels' environment."""
        return bool(list(self.environment.rglob(f"{module}.py")))
