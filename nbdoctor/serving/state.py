"""Which model server `nbdoctor serve` has started: a small file in Jupyter's runtime folder, and the key beside it.

Read by settings, so also in kernels: the standard library and jupyter_core alone.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

_STATE, _KEY = "server.json", "key"
_LOOPBACK = "http://127.0.0.1:"


@dataclass(frozen=True)
class Running:
    """A server that was started.

    ``url`` ends in ``/v1``. ``pid`` leads its process group; ``started`` is what the system says of that process' start, so that
    another process with the same number is not mistaken for it. ``since``: seconds since 1970. ``key_file``: empty where
    the engine knows no key. ``context``: tokens. ``ready``: it has answered.
    """

    url: str
    model: str
    pid: int
    started: str
    since: float
    key_file: str
    log_file: str
    engine: str
    profile: str
    context: int
    ready: bool = False

    def key(self) -> str:
        """The server's key; empty where it has none or its file cannot be read."""
        if not self.key_file:
            return ""
        try:
            return Path(self.key_file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""


def folder(*, create: bool = False) -> Path:
    """The folder of the state, the key, the log and what was asked of engines once; for its owner alone, and for this machine,
    since machines may share a home.

    Args:
        create: make it where it is not there.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    path = Path(jupyter_runtime_dir(), "nbdoctor", re.sub(r"[^\w.-]", "_", socket.gethostname()) or "localhost")
    if create:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str, *, new: bool = False) -> None:
    """Write a file that only its owner can read, from its first byte on, and whole: whoever reads meanwhile sees the old one.

    Args:
        path: of the file.
        text: what it shall hold.
        new: it must not be there yet.

    Raises:
        FileExistsError: with ``new``, where it is.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    if not new:
        draft.replace(path)
        return
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def new_key() -> Path:
    """Generate a key and return its file."""
    path = folder(create=True) / _KEY
    write_private(path, secrets.token_urlsafe(32) + "\n")
    return path


def claim(running: Running) -> bool:
    """Write the first state of a server; False where another one is there already."""
    try:
        write_private(folder(create=True) / _STATE, json.dumps(asdict(running), indent=1), new=True)
    except FileExistsError:
        return False
    return True


def update(running: Running) -> None:
    """Write what is known now."""
    write_private(folder() / _STATE, json.dumps(asdict(running), indent=1))


def clear(pid: int = 0) -> None:
    """Remove state and key.

    Args:
        pid: only where they are of this process; 0: whatever is there.
    """
    found = _read(folder() / _STATE)
    if pid and found is not None and found.pid != pid:
        return
    for name in (_STATE, _KEY):
        (folder() / name).unlink(missing_ok=True)


def current(*, clean: bool = True) -> Running | None:
    """The server that runs on this machine, ready or not.

    Args:
        clean: remove a state that cannot be trusted, or whose process has gone. Not for whoever only looks: from within a
            container the processes of the machine seem to have gone.
    """
    path = folder() / _STATE
    if not path.exists():
        return None
    found = _read(path)
    if found is not None and alive(found.pid, found.started):
        return found
    if clean:
        clear()
    return None


def discover() -> Running | None:
    """The server that can be asked: it runs, has answered, and is on this machine."""
    try:
        found = current(clean=False)
    except (OSError, ImportError, RuntimeError):  # no such library, or no home
        return None
    return found if found is not None and found.ready and found.url.startswith(_LOOPBACK) else None


def alive(pid: int, started: str) -> bool:
    """Whether the process that was started then still runs."""
    return bool(started) and start_of(pid) == started


def start_of(pid: int) -> str:
    """What the system says of a process' start; empty where there is no such process, or it has ended."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        state, *rest = stat.rpartition(")")[2].split()  # the name before it may hold anything
        return "" if state in "ZX" else rest[18]
    said = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, began = said.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else " ".join(began.split())


def _read(path: Path) -> Running | None:
    """The state in that file, where it is one that this user wrote and nobody else can."""
    try:
        about = path.stat()
        if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & 0o022):
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Running)}
        return Running(**{name: value for name, value in document.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
