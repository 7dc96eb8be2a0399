"""The environment that has an engine: whether it has it, which version, and which flags that version knows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError, ServingError
from . import state
from .logs import last_words
from .tables import Engine

_ASK_SECONDS = 30.0
_HELP_SECONDS = 300.0  # an engine imports its libraries before it says anything
_OPTION = re.compile(r"--[a-zA-Z][\w-]*")
_FRAME = " \t│|*"
#: Asks for the versions without importing anything.
_VERSIONS = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found[name] = ""
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Installed:
    """An engine that is there. ``version``: of its first distribution."""

    engine: Engine
    executable: Path
    version: str

    @property
    def for_cpu(self) -> bool:
        """Whether this is a build for processors alone."""
        return "cpu" in self.version.partition("+")[2]


def find(engine: Engine, python: str = "") -> Installed:
    """Find an engine in an environment.

    Args:
        engine: which one.
        python: interpreter of the environment; empty: the one that runs this.

    Raises:
        ConfigurationError: where there is no such interpreter.
        ServingError: where its environment lacks the engine.
    """
    interpreter = Path(python).expanduser().absolute() if python else Path(sys.executable)
    if not interpreter.is_file() or not os.access(interpreter, os.X_OK):
        raise ConfigurationError(
            f"There is no Python interpreter {interpreter}.", hint="--python names one, such as ~/vllm/bin/python."
        )
    versions = _versions(interpreter, engine)
    missing = [name for name, version in versions.items() if not version]
    executable = interpreter.parent / engine.executable
    if not missing and not executable.is_file():
        missing = [engine.executable]
    if missing:
        raise ServingError(
            f"The environment of {interpreter} lacks {' and '.join(missing)}.",
            hint=f"Install it there ({engine.install}), or name the interpreter of an environment that has it: --python PATH.",
        )
    return Installed(engine, executable, versions[engine.distributions[0]])


def _versions(interpreter: Path, engine: Engine) -> dict[str, str]:
    command = [str(interpreter), "-c", _VERSIONS, *engine.distributions]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=True)
        return {str(name): str(version or "") for name, version in json.loads(said.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ConfigurationError(f"{interpreter} does not run as a Python interpreter: {error}.") from error


def flags(installed: Installed, asking: Callable[[str], None] = lambda _: None) -> frozenset[str]:
    """The flags that the installed version knows, asked once for each version; empty for an engine that takes none.

    Args:
        installed: the engine.
        asking: is told that this takes a while, where it is asked.

    Raises:
        ServingError: where the engine does not even list its flags.
    """
    if not installed.engine.help:
        return frozenset()
    version = re.sub(r"[^\w.+-]", "_", installed.version)
    path = state.folder(create=True) / f"flags-{installed.engine.name}-{version}.json"
    try:
        return frozenset(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    asking(f"Asking {installed.engine.title} {installed.version} which flags it knows; once for this version.")
    found = _ask(installed)
    state.write_private(path, json.dumps(sorted(found)))
    return found


def _ask(installed: Installed) -> frozenset[str]:
    said = ""
    for arguments in installed.engine.help:
        try:
            answer = subprocess.run(
                [str(installed.executable), *arguments],
                capture_output=True,
                text=True,
                timeout=_HELP_SECONDS,
                check=False,
                env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
            continue
        if answer.returncode == 0 and (found := listed(answer.stdout)):
            return found
        said = answer.stderr or answer.stdout
    raise ServingError(
        f"{installed.executable} does not start: {last_words(said) or 'it says nothing'}",
        hint="Install it again, or name another environment with --python.",
    )


def listed(text: str) -> frozenset[str]:
    """The flags that a help text lists; those that it only mentions do not count."""
    found: set[str] = set()
    for line in text.splitlines():
        option = line.strip(_FRAME)
        if option.startswith("-"):
            found.update(_OPTION.findall(re.split(r"\s{2,}", option)[0]))
    return frozenset(found)
