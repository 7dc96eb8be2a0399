"""The kernel's environment, looked at from inside: what is installed, what it asks for, what else is on the machine.

Nothing is imported or run. Rules ask here only where ``namespace.live`` says that this process is the kernel.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import sysconfig
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Dict, Iterator, List, Optional, Tuple

from .versions import Requirement, differ, normal, requirement, satisfies


def _started() -> float:
    """When this process began, in seconds since 1970; where the system does not tell, when this was asked first."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return time.time()


#: What was installed later was not there when this kernel loaded its modules.
STARTED = _started()


def requirements(distribution: str) -> List[Requirement]:
    """What an installed distribution asks for, its extras included; empty where it is not installed."""
    return list(_requirements(distribution, _version(distribution)))


@lru_cache(maxsize=32)
def _requirements(distribution: str, version: str) -> Tuple[Requirement, ...]:
    """Kept for one version: an install brings another."""
    try:
        lines = importlib.metadata.requires(distribution) or [] if version else []
    except Exception:  # metadata that is damaged
        return ()
    return tuple(found for found in map(requirement, lines) if found is not None)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution) or ""
    except Exception:
        return ""


def asked(distribution: str, name: str) -> Optional[Requirement]:
    """What an installed distribution asks of the one called ``name``; None where it does not ask for it."""
    wanted = normal(name)
    return next((found for found in requirements(distribution) if found.name == wanted), None)


def unmet(distribution: str) -> List[Requirement]:
    """What an installed distribution asks for of others that are installed in a version it does not allow."""
    found = [wanted for wanted in requirements(distribution) if wanted.always and wanted.specifier]
    there = [(wanted, _version(wanted.name)) for wanted in found]
    return [wanted for wanted, version in there if version and not satisfies(version, wanted.specifier)]


# ------------------------------------------------------------------ other Pythons


@dataclass(frozen=True)
class Elsewhere:
    """Another Python of this machine that has a module: its program, and the folder that holds the module."""

    python: str
    folder: str


#: Where the folders of modules lie below a Python's prefix: listing them would take longer than asking for each.
_FOLDERS = (
    "lib/python3/dist-packages",
    *(f"lib/python3.{minor}/{kind}-packages" for minor in range(8, 16) for kind in ("site", "dist")),
    "Lib/site-packages",
)


def elsewhere(module: str, path: str = "") -> Optional[Elsewhere]:
    """The first other Python on the search path for programs whose environment has ``module``."""
    for python, folder in _other_folders(path or os.environ.get("PATH", "")):
        if (folder / module / "__init__.py").is_file() or (folder / f"{module}.py").is_file():
            return Elsewhere(python, str(folder))
    return None


@lru_cache(maxsize=4)
def _other_folders(path: str) -> Tuple[Tuple[str, Path], ...]:
    own = {os.path.realpath(folder) for folder in sys.path if folder}
    found = [(python, Path(python).parent.parent / below) for python in _pythons(path) for below in _FOLDERS]
    return tuple(
        (python, folder) for python, folder in found if folder.is_dir() and os.path.realpath(folder) not in own
    )


def _pythons(path: str) -> Iterator[str]:
    seen = {os.path.realpath(sys.prefix)}
    for folder in filter(None, path.split(os.pathsep)[:20]):
        prefix = os.path.realpath(Path(folder).parent)
        names = ("python3", "python", "python.exe")
        python = next((Path(folder) / name for name in names if (Path(folder) / name).is_file()), None)
        if python is not None and prefix not in seen:
            seen.add(prefix)
            yield str(python)


# ------------------------------------------------------------------ what may be installed here


def in_environment() -> bool:
    """Whether this Python is a virtual environment's."""
    return sys.prefix != sys.base_prefix


def managed() -> str:
    """Why installing into this Python is refused, as a clause; empty where it is not. See PEP 668."""
    marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if not in_environment() and marker.is_file():
        return f"the Python in {sys.prefix} belongs to its system, which refuses installations by pip"
    return ""


# ------------------------------------------------------------------ installed since


def replaced(module: str, distribution: str) -> Optional[Tuple[str, str]]:
    """The version that is loaded of a top-level module and the one that was installed since; None where it was not replaced."""
    held = sys.modules.get(module)
    if not isinstance(held, ModuleType):
        return None
    loaded = vars(held).get("__version__")
    if type(loaded) is not str:
        return None
    installed = _version(distribution)
    return (loaded, installed) if differ(loaded, installed) and _installed_at(distribution) > STARTED else None


def _installed_at(distribution: str) -> float:
    """When a distribution was put here, in seconds since 1970; 0 where that is not known."""
    try:
        # A pathlib.Path in every Python since 3.8, and nothing public tells where the metadata lies.
        folder = Path(str(getattr(importlib.metadata.distribution(distribution), "_path", "")))
        return max((folder / name).stat().st_mtime for name in ("METADATA", "PKG-INFO") if (folder / name).exists())
    except Exception:
        return 0.0


# ------------------------------------------------------------------ top-level modules


def importable(limit: int = 5000) -> List[str]:
    """Names of modules that lie in the environment's own folders, without importing or opening any."""
    found: Dict[str, None] = {}
    for folder in sys.path:
        if not re.search(r"(?:site|dist)-packages$", folder):
            continue
        try:
            names = [path.name for path in islice(Path(folder).iterdir(), limit)]
        except OSError:
            continue
        for name in names:
            stem = name.partition(".")[0] if name.endswith((".py", ".so", ".pyd")) else name
            if stem.isidentifier() and not stem.startswith("_"):
                found[stem] = None
    return list(found)


def submodules(package: str) -> List[str]:
    """Names of the modules that lie in the folders of a package that is loaded."""
    held = sys.modules.get(package)
    folders = vars(held).get("__path__") if isinstance(held, ModuleType) else None
    if not isinstance(folders, list):
        return []
    paths = [path for folder in folders if isinstance(folder, str) for path in _inside(folder)]
    stems = [path.name.partition(".")[0] for path in paths if path.suffix in ("", ".py", ".so", ".pyd")]
    return [stem for stem in stems if stem.isidentifier() and not stem.startswith("_")]


def _inside(folder: str) -> List[Path]:
    try:
        return list(islice(Path(folder).iterdir(), 1000))
    except OSError:
        return []
