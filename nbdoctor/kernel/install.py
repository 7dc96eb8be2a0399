"""Installs a distribution into the environment that this kernel runs in, after a person's click.

The name is checked, never handed to a shell, and never taken from a model unchecked: a distribution name with an optional
version, no option, no path, no address.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from types import ModuleType
from typing import Any, Callable, Dict, List

from ..errors import InstallError
from ..redact import Redactor, environment_secrets
from ..text import plain
from . import installers

_REMEMBERED = 80  # of the installer's last lines, to tell what went wrong

# PEP 508 names and PEP 440 versions, without markers, urls or options.
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9_,-]+\])?(?:\s*(?:==|>=|<=|!=|~=|<|>)\s*[A-Za-z0-9.*+!-]+)*"
)


def command(requirement: str) -> List[str]:
    """The command that installs ``requirement`` into this kernel's environment, with the tool that the environment is kept by.

    Raises
    ------
    InstallError
        Where the requirement is not a plain name with an optional version, or nothing can be installed here.
    """
    require_plain_name(requirement)
    project = installers.pixi_project(sys.prefix)
    if project is not None:
        # What pip puts there is gone after the next `pixi install`.
        return installers.pixi(project, requirement)
    if installers.is_conda(sys.prefix) and importlib.util.find_spec("pip") is None:
        return installers.conda(sys.prefix, requirement)
    return [*installer(), requirement]


def require_plain_name(requirement: str) -> None:
    """Raise InstallError unless ``requirement`` is the name of a distribution with an optional version."""
    if not _REQUIREMENT.fullmatch(requirement):
        raise InstallError(
            f"{requirement[:80]!r} is not the name of a distribution.",
            hint="Only names with an optional version are installed.",
        )


def installer() -> List[str]:
    """The installing command of this kernel's environment, to be followed by options and requirements: pip's or uv's.

    Raises
    ------
    InstallError
        Where the environment has none, or may not be written to.
    """
    installers.require_writable()
    if importlib.util.find_spec("pip") is not None:
        return [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
        ]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    raise InstallError("The kernel's environment has neither pip nor uv.", hint=installers.how_to_get_one())


def start(requirement: str, line: Callable[[str], None], end: Callable[[Dict[str, Any]], None]) -> threading.Thread:
    """Install in a thread of its own. ``line`` gets the installer's output, ``end`` a `protocol.Done` as a dictionary."""
    thread = threading.Thread(target=lambda: end(install(requirement, line)), name="nbdoctor-install", daemon=True)
    thread.start()
    return thread


def install(requirement: str, line: Callable[[str], None]) -> Dict[str, Any]:
    """Run the installer to its end; returns `protocol.Done` as a dictionary and never raises."""
    redact = Redactor(environment_secrets()).redact
    before, files = _versions(), _files()
    try:
        arguments = command(requirement)
        line(redact(" ".join(arguments)) + "\n")
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        said: List[str] = []
        with process:
            for text in process.stdout or ():
                said = [*said[-_REMEMBERED:], text]
                line(redact(plain(text, 500)))
    except InstallError as error:
        return {"ok": False, "sentence": f"{error.message} {error.hint}", "restart_needed": False}
    except OSError as error:
        return {
            "ok": False,
            "sentence": f"The installer could not be started: {error.strerror}.",
            "restart_needed": False,
        }
    importlib.invalidate_caches()
    if process.returncode != 0:
        sentence = f"Installing {requirement} failed. {installers.why(''.join(said))}"
        return {"ok": False, "sentence": sentence, "restart_needed": False}
    loaded = _loaded(before, _versions(), files)
    folder = installers.hidden_folder(requirement)
    sentence = f"{requirement} is installed in {folder or sys.prefix}."
    if folder:
        sentence += " The kernel does not look there before it is restarted."
    if loaded:
        sentence += (
            f" {', '.join(loaded)} was already loaded in another version: restart the kernel to use the new one."
        )
    sentence += installers.keep(requirement)
    return {"ok": True, "sentence": sentence, "restart_needed": bool(loaded or folder)}


def top_modules(distribution: str) -> List[str]:
    """Names that an installed distribution puts on the path, sorted; empty where it is not installed or keeps no list."""
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return []
    # A folder, a file of its own, or a compiled one: ``name.cpython-311-x86_64-linux-gnu.so``.
    names = {
        file.parts[0].partition(".")[0]
        for file in found.files or ()
        if len(file.parts) > 1 or file.suffix in (".py", ".so", ".pyd")
    }
    names |= set((found.read_text("top_level.txt") or "").split())  # where the list of files is not complete
    return sorted(name for name in names if name.isidentifier() and not name.startswith("__"))


def _versions() -> Dict[str, str]:
    """What is installed: version by name."""
    found: Dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        with contextlib.suppress(Exception):  # what an interrupted installer left behind
            found.setdefault(distribution.metadata["Name"], distribution.version)  # the first on the path counts
    return found


def _files() -> Dict[str, str]:
    """The files of the modules that this kernel holds, submodules left out."""
    # Not by attribute: a module may answer for that with code of its own.
    held = [
        (name, vars(module))
        for name, module in list(sys.modules.items())
        if type(module) is ModuleType and "." not in name
    ]
    found = {name: inside.get("__file__") for name, inside in held}
    return {name: file for name, file in found.items() if isinstance(file, str) and os.path.exists(file)}


def _loaded(before: Dict[str, str], after: Dict[str, str], files: Dict[str, str]) -> List[str]:
    """Modules that this kernel holds in a version that has been replaced, or whose file is gone."""
    changed = [name for name, version in after.items() if before.get(name, version) != version]
    replaced = {module for name in changed for module in top_modules(name) if module in sys.modules}
    return sorted(replaced | {name for name, file in files.items() if not os.path.exists(file)})
