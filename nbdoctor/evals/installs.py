"""Distributions: their names compared, found in an answer, known or invented, and really installed where nothing keeps it."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..rules import tables
from .kernels import CaseEnded

SECONDS = 900.0
_PIP = re.compile(r"\b(?:pip3?|conda|mamba)\s+install\s+((?:-{1,2}[\w-]+\s+)*)([A-Za-z0-9][\w.-]*)")
_LINE = re.compile(r"^\s*[!%]?\s*(?:python3?\s+-m\s+)?(?:pip3?|conda|mamba)\s+install\b.*$", re.MULTILINE)
_ABSENT = re.compile(r"No matching distribution found|not found in the package registry|HTTP error 404")


def normal(name: str) -> str:
    """A distribution's name as PEP 503 normalises it, without version and extras."""
    bare = re.split(r"[\[<>=!~; ]", name.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", bare).lower()


def same(one: str | None, other: str | None) -> bool:
    """Whether two names, or two absences, mean the same distribution."""
    return (normal(one) if one else None) == (normal(other) if other else None)


def named_in(answer: str) -> str | None:
    """The first distribution that a text says to install; None where it names none."""
    found = _PIP.search(answer)
    return found[2].rstrip(".-_") if found else None


def without_installs(code: str) -> str:
    """Code without its lines that install something."""
    return _LINE.sub("", code).strip("\n")


def invented(name: str | None, accepted: str | None, said: str = "") -> bool | None:
    """Whether a distribution that was named does not exist.

    Args:
        name: as named.
        accepted: the label.
        said: what the installer said, where it was asked.

    Returns:
        None where that is not known: it is neither accepted nor in nbdoctor's tables, and no installer was asked.
    """
    if not name:
        return False
    known = {normal(row["distribution"]) for row in tables.modules().values() if row["distribution"]}
    known |= {normal(row["instead"]) for row in tables.rows("system_libraries") if row["instead"]}
    known |= {normal(row["distribution"]) for row in tables.rows("magics")}
    known |= {normal(module) for module in tables.known()}
    if normal(name) in known or same(name, accepted):
        return False
    if _ABSENT.search(said):
        return True
    return False if "Successfully installed" in said else None


@asynccontextmanager
async def throw_away(python: str) -> AsyncIterator[str]:
    """An environment on top of that of ``python``, with an installer; gives its interpreter. It is removed afterwards.

    Raises:
        CaseEnded: where it cannot be made.
    """
    with TemporaryDirectory(prefix="nbdoctor-env-", ignore_cleanup_errors=True) as folder:
        code, text = await _run([python, "-m", "venv", folder], {}, 120.0)
        if code:
            raise CaseEnded("setup_failed", f"no throw-away environment: {text.strip()[-200:]}")
        _, below = await _run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], {}, 60.0)
        yield _on_top(Path(folder), below.strip())


def _on_top(folder: Path, below: str) -> str:
    """Let the environment in ``folder`` see the packages in ``below``; returns its interpreter."""
    own = next(path for path in folder.glob("**/site-packages") if path.is_dir())
    (own / "nbdoctor_eval.pth").write_text(below + "\n", encoding="utf-8")
    inside = folder / "bin" / "python"
    return str(inside if inside.exists() else folder / "Scripts" / "python.exe")


async def install(python: str, name: str, variables: Mapping[str, str]) -> tuple[bool, str]:
    """Install a distribution with pip, as a person would on the command line; returns whether it worked, and pip's words."""
    command = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off", name]
    code, said = await _run(command, variables, SECONDS)
    return code == 0, said


async def _run(command: list[str], variables: Mapping[str, str], seconds: float) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=dict(variables) or None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), seconds)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"{command[0]} did not end in {seconds:.0f} s"
    return process.returncode or 0, said.decode("utf-8", "replace")
