"""Which tool keeps this kernel's environment (pip, uv, conda and its relatives, pixi), and what stands in its way."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import site
import sys
import sysconfig
from pathlib import Path
from typing import List, Optional

from ..errors import InstallError
from ..rules import tables
from ..rules.imports import environment
from ..rules.imports.versions import normal


def require_writable() -> None:
    """Raise InstallError where this Python refuses installations, or its folders may not be written to."""
    if sys.platform == "emscripten":
        raise InstallError("This kernel runs in the browser.", hint="Install with `%pip install NAME` in a cell.")
    refused = environment.managed()
    if refused:
        raise InstallError(f"Nothing was installed: {refused}.", hint="Make a virtual environment, and a kernel in it.")
    folder = sysconfig.get_path("purelib")
    users_own = bool(site.ENABLE_USER_SITE) and not environment.in_environment()  # pip goes there by itself
    if os.path.isdir(folder) and not os.access(folder, os.W_OK) and not users_own:
        hint = "Make an environment of your own, and a kernel in it, or ask whoever keeps this one."
        raise InstallError(f"The environment {sys.prefix} may not be written to.", hint=hint)


def how_to_get_one() -> str:
    """What to do where an environment has no installer."""
    if importlib.util.find_spec("ensurepip") is not None and environment.in_environment():
        return f"Run `{sys.executable} -m ensurepip`, which brings pip along."
    return f"Install it with the tool that made {sys.prefix}."


# ------------------------------------------------------------------ conda and its relatives


def is_conda(prefix: str) -> bool:
    """Whether conda, mamba or micromamba keeps the environment."""
    return (Path(prefix) / "conda-meta").is_dir()


def conda(prefix: str, requirement: str) -> List[str]:
    """The command of the tool that keeps a conda environment without pip.

    Raises
    ------
    InstallError
        Where none of them is found.
    """
    found = [os.environ.get(name, "") for name in ("MAMBA_EXE", "CONDA_EXE")]
    found = [path for path in found if path and Path(path).is_file()]
    tool = next(iter(found), None) or shutil.which("mamba") or shutil.which("micromamba") or shutil.which("conda")
    if tool is None:
        hint = "Install pip into the environment with conda, then try again."
        raise InstallError("The kernel's environment is conda's and has no pip, and conda was not found.", hint=hint)
    return [tool, "install", "--yes", "--prefix", prefix, conda_name(requirement)]


def conda_name(requirement: str) -> str:
    """A requirement by the name that conda-forge has for the distribution; extras have none there."""
    match = re.match(r"([\w.-]+)(?:\[[^\]]*\])?(.*)", requirement)
    name, rest = (match[1], match[2]) if match else (requirement, "")
    known = {row["distribution"]: row["conda"] for row in tables.rows("conda")}
    return known.get(normal(name), name.lower()) + rest


def pixi_project(prefix: str) -> Optional[Path]:
    """The folder of the project whose environment this is, where pixi keeps it."""
    path = Path(prefix)
    inside = path.parent.name == "envs" and path.parent.parent.name == ".pixi"
    return path.parent.parent.parent if inside else None


def pixi(project: Path, requirement: str) -> List[str]:
    """The command that adds a distribution to a pixi project.

    Raises
    ------
    InstallError
        Where pixi is not found, or the environment is another than the project's first.
    """
    tool = os.environ.get("PIXI_EXE") or shutil.which("pixi")
    manifest = next((project / name for name in ("pixi.toml", "pyproject.toml") if (project / name).is_file()), None)
    if not tool or manifest is None or Path(sys.prefix).name != "default":
        hint = f"Add it to the project in {project} with `pixi add --pypi {requirement}`."
        raise InstallError("pixi keeps the kernel's environment.", hint=hint)
    return [tool, "add", "--manifest-path", str(manifest), "--pypi", requirement]


# ------------------------------------------------------------------ afterwards


def why(said: str) -> str:
    """The sentence for an installer's last words."""
    rows = tables.load("installer")
    return next((str(row["sentence"]) for row in rows if re.search(row["pattern"], said)), "Its output says why.")


def keep(requirement: str) -> str:
    """How to keep what was installed, where the environment belongs to a project that would drop it; with a leading space."""
    root = Path(sys.prefix).parent
    if environment.in_environment() and (root / "uv.lock").is_file():
        return f" It is not in the project in {root} yet: `uv add {requirement}` keeps it there."
    return ""


def hidden_folder(requirement: str) -> str:
    """The folder that an install went to, where this kernel does not look; empty otherwise.

    pip makes a folder of the user's own where the environment's may not be written to. Python looks there only where it
    existed when Python was started.
    """
    name = re.split(r"[\[<>=!~\s]", requirement)[0]
    own = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    if not own or own in sys.path or not Path(own).is_dir():
        return ""
    found = importlib.metadata.distributions(path=[own])
    there = any(normal(distribution.metadata["Name"] or "") == normal(name) for distribution in found)
    return own if there else ""
