"""Installs, proven before they are made: resolved by the installer itself, put into a throw-away folder, imported from there.

Wheels alone are taken: building a distribution would run its code outside of any confinement.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional

from ...errors import InstallError
from ...redact import Redactor, environment_secrets
from ...text import plain
from ..install import installer, require_plain_name, top_modules

# Settings of pip that would send the files elsewhere.
_DIVERTING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REPORT", "PIP_DRY_RUN", "UV_TARGET", "UV_PREFIX")
_SECONDS = 600.0
_WHEELS = ("--only-binary", ":all:")


@dataclass(frozen=True)
class Change:
    """One distribution that an install brings; ``old`` is the version that is there now."""

    name: str
    new: str
    old: Optional[str] = None

    @property
    def downgrade(self) -> bool:
        """Whether the version that is there is newer."""
        return self.old is not None and _release(self.new) < _release(self.old)

    def __str__(self) -> str:
        return f"{self.name} {self.new}" if self.old is None else f"{self.name} {self.old} → {self.new}"


@dataclass
class Prepared:
    """What an install would do, done in ``folder``; ``size`` in bytes. To be `discard`ed."""

    folder: str = ""
    changes: List[Change] = field(default_factory=list)
    size: int = 0

    def sentence(self) -> str:
        """What would be installed and changed, in words."""
        if not self.changes:
            return "Nothing would be installed: it is there already."
        new = [str(change) for change in self.changes if change.old is None]
        other = [str(change) for change in self.changes if change.old is not None]
        parts = [f"Brings {', '.join(new)}."] if new else []
        parts += [f"Changes {', '.join(other)}."] if other else ["Changes no distribution that is installed."]
        return " ".join([*parts, f"{_size(self.size)} on disk."])

    def downgrades(self) -> str:
        """What would get older, as a clause; empty where nothing does."""
        older = [str(change) for change in self.changes if change.downgrade]
        return f"it downgrades {', '.join(older)}" if older else ""

    def loaded(self) -> str:
        """Why an import would prove nothing, as a clause: this kernel holds another version of it already."""
        changed = [change for change in self.changes if change.old is not None]
        for change in changed:
            held = [top for top in top_modules(change.name) if top in sys.modules]
            if held:
                return f"{held[0]} {change.old} is loaded already: it needs a restart of the kernel"
        return ""

    def discard(self) -> None:
        """Remove the folder."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def prepare(requirement: str, line: Callable[[str], None]) -> Prepared:
    """Resolve ``requirement`` against what is installed and put what it brings into a folder. ``line`` gets what is done.

    Raises
    ------
    InstallError
        Where the requirement is no plain name, or the installer cannot resolve or fetch it as wheels.
    """
    require_plain_name(requirement)
    command = installer()
    changes = _resolve(command, requirement, line)
    prepared = Prepared(changes=changes)
    if changes:
        prepared.folder = tempfile.mkdtemp(prefix="nbdoctor-install-")
        pins = [f"{change.name}=={change.new}" for change in changes]
        try:
            _run([*command, "--target", prepared.folder, "--no-deps", *_WHEELS, *pins], line)
        except InstallError:
            prepared.discard()
            raise
        prepared.size = _folder_size(prepared.folder)
    line(prepared.sentence() + "\n")
    return prepared


def _resolve(command: List[str], requirement: str, line: Callable[[str], None]) -> List[Change]:
    if "pip" in command[:3] and command[0] == sys.executable:
        with tempfile.TemporaryDirectory(prefix="nbdoctor-install-") as folder:
            report = os.path.join(folder, "report.json")
            _run([*command, "--dry-run", "--quiet", "--report", report, *_WHEELS, requirement], line)
            with open(report, encoding="utf-8") as file:
                return from_pip(file.read())
    return from_uv(_run([*command, "--dry-run", *_WHEELS, requirement], line))


def from_pip(report: str) -> List[Change]:
    """The changes in the installation report of ``pip install --report`` (pip's documentation, "Installation Report").

    Raises InstallError where it is none.
    """
    try:
        rows: List[Dict[str, Any]] = json.loads(report)["install"]
        found = [(str(row["metadata"]["name"]), str(row["metadata"]["version"])) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise InstallError("pip gave no report of what it would install.", hint="It needs pip 23 or later.") from error
    return [Change(name, version, _installed(name)) for name, version in found]


def from_uv(printed: str) -> List[Change]:
    """The changes in what ``uv pip install --dry-run`` prints: a line `` + name==version`` for each."""
    found = re.findall(r"(?m)^ [+~] ([\w.-]+)==([\w.+!-]+)", printed)
    return [Change(name, version, _installed(name)) for name, version in found]


def _run(command: List[str], line: Callable[[str], None]) -> str:
    """Run the installer to its end; returns what it printed on standard error, where uv says what it does."""
    redact = Redactor(environment_secrets()).redact
    line(redact(plain(" ".join(command), 500)) + "\n")
    environment = {key: value for key, value in os.environ.items() if key not in _DIVERTING}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise InstallError("The installer did not end within 10 minutes.") from None
    except OSError as error:
        raise InstallError(f"The installer could not be started: {error.strerror}.") from error
    if done.returncode != 0:
        last = [text for text in done.stderr.splitlines() if text.strip()][-8:]
        line(redact(plain("\n".join(last), 2_000)) + "\n")
        raise InstallError("The installer finds no wheel that fits this environment; its output says more.")
    return done.stderr


def _installed(name: str) -> Optional[str]:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _release(version: str) -> List[int]:
    """The epoch and the numbers of a version's release (PEP 440), which suffice to say which of two is older."""
    match = re.match(r"(?:(\d+)!)?(\d+(?:\.\d+)*)", version)
    return [int(match[1] or 0), *map(int, match[2].split("."))] if match else []


def _folder_size(folder: str) -> int:
    return sum(os.lstat(os.path.join(root, name)).st_size for root, _, names in os.walk(folder) for name in names)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
