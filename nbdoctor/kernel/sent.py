"""What runs first in a kernel that is to get nbdoctor: finds it there, or unpacks what was sent, and loads it.

The server sends this file as text (`nbdoctor.server.send`) and has it run in a dictionary of its own. So it imports nothing of
nbdoctor's before that can be found, and no name of it gets into the user's namespace. Nothing is ever raised from here:
IPython would keep that error as the last one, and the last one is the user's.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import importlib
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
import weakref
import zlib
from typing import Any, Dict, Optional

#: Names that the package may have. The second is for a kernel where a module of the user's has the first, or where another
#: version of nbdoctor is installed: all of nbdoctor's imports are relative.
NAMES = ("nbdoctor", "nbdoctor_sent")
PREFIX = "nbdoctor-sent-"
#: A file that the kernel keeps locked for as long as it lives.
_ALIVE = "alive"


def load(version: str, archive: str = "", posted: str = "") -> str:
    """Load nbdoctor into this kernel and say in JSON what came of it.

    ``package``: its name here, ``sent``: whether it had to be sent, ``adopted``: whether the posted error is known now;
    ``missing``: nothing was sent and there is none; ``trouble``: why it could not be done, as a clause.

    Parameters
    ----------
    version : of the server's nbdoctor. An installed one of another version is left alone, unless it is loaded already.
    archive : the files, see `nbdoctor.server.send.archive`; empty where nothing is to be sent.
    posted : the arguments of `nbdoctor.kernel.adopt.adopt` as JSON, or empty.
    """
    try:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None:
            return json.dumps({"trouble": "it has no IPython shell"})
        package = _loaded(shell) or _importable(version)
        if package is None and not archive:
            return json.dumps({"missing": True})
        if package is None:
            try:
                package = _unpack(archive, shell)
            except OSError as error:
                return json.dumps({"trouble": f"its files could not be written ({error.strerror or error})"})
        shell.extension_manager.load_extension(package)
        adopted = _adopt(package, shell, json.loads(posted) if posted else None)
        return json.dumps({"package": package, "sent": _was_sent(package), "adopted": adopted})
    except Exception as error:
        return json.dumps({"trouble": f"{type(error).__name__}: {error}"})


# ---------------------------------------------------------------------- what is there


def _loaded(shell: Any) -> Optional[str]:
    """The nbdoctor that is loaded here, whatever its version: the user's choice."""
    return next((name for name in NAMES if name in shell.extension_manager.loaded and _folder(name)), None)


def _importable(version: str) -> Optional[str]:
    """The nbdoctor that can be imported, if it is of this version or was sent here before."""
    for name in NAMES:
        if _folder(name) and (_was_sent(name) or _installed_version() in (None, version)):
            try:
                importlib.import_module(f"{name}.kernel.extension")
            except Exception:
                continue  # an installation that does not work here
            return name
    return None


def _folder(name: str) -> Optional[str]:
    """The folder of a package of ours; None where there is none, or a module of the user's has its name."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # ValueError: a module of the user's that was not imported from anywhere
        return None
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        if os.path.isfile(os.path.join(folder, "kernel", "extension.py")):
            return str(folder)
    return None


def _installed_version() -> Optional[str]:
    """None for a checkout on the path: whoever put it there means it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(NAMES[0])
    except PackageNotFoundError:
        return None


def _was_sent(name: str) -> bool:
    return os.path.basename(os.path.dirname(_folder(name) or "")).startswith(PREFIX)


def _adopt(package: str, shell: Any, posted: Optional[Dict[str, Any]]) -> bool:
    try:
        adopt = importlib.import_module(f"{package}.kernel.adopt")
        adopt.remember(shell)
        return posted is not None and bool(adopt.adopt(shell, **posted))
    except Exception:  # an older nbdoctor, or a bug of ours: it is loaded all the same
        logging.getLogger("nbdoctor.kernel").exception("the last error could not be adopted")
        return False


# ---------------------------------------------------------------------- what was sent


def _unpack(archive: str, shell: Any) -> str:
    """Write the files into a folder that only this user may enter and that goes when the kernel does; returns the package."""
    files: Dict[str, str] = json.loads(zlib.decompress(base64.b64decode(archive)))
    name = NAMES[0] if NAMES[0] not in sys.modules and importlib.util.find_spec(NAMES[0]) is None else NAMES[1]
    folder = _private_folder(shell)
    for path, text in files.items():
        target = os.path.join(folder, name, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    sys.path.append(folder)  # behind all that is the user's, and it holds this one name
    return name


def _private_folder(shell: Any) -> str:
    root = tempfile.gettempdir()
    if os.name == "posix" and not _is_temporary(root) and root == os.getcwd():
        # Where no usual place can be written to, tempfile takes the working folder, and that is the user's.
        raise OSError(errno.ENOENT, "there is no folder for temporary files")
    _sweep(root)
    folder = tempfile.mkdtemp(prefix=PREFIX)
    # The shell lives as long as the kernel; finalizers that are left then run as the interpreter exits.
    weakref.finalize(shell, _remove, folder, os.getpid(), _hold(folder))
    return folder


def _is_temporary(folder: str) -> bool:
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    usual = [path for path in (*named, "/tmp", "/var/tmp", "/usr/tmp") if path]  # as `tempfile` looks for one
    return os.path.realpath(folder) in [os.path.realpath(path) for path in usual]


def _remove(folder: str, owner: int, lock: Optional[int]) -> None:
    if os.getpid() != owner:
        return  # a process that the user's code forked ends; the kernel goes on
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        with contextlib.suppress(OSError):
            os.close(lock)
    if folder in sys.path:
        sys.path.remove(folder)


def _hold(folder: str) -> Optional[int]:
    """Lock the folder for as long as this process lives, so that others see that it is in use."""
    try:
        import fcntl

        waiting = os.path.join(folder, "waiting")
        descriptor = os.open(waiting, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(waiting, os.path.join(folder, _ALIVE))  # under its name it is never seen unlocked
    except (ImportError, OSError):
        return None
    return descriptor


def _sweep(root: str) -> None:
    """Remove what kernels of this user left behind that were killed."""
    try:
        import fcntl
    except ImportError:
        return
    for name in os.listdir(root):
        folder = os.path.join(root, name)
        if not name.startswith(PREFIX):
            continue
        with contextlib.suppress(OSError):
            if os.lstat(folder).st_uid != os.getuid():
                continue
            descriptor = os.open(os.path.join(folder, _ALIVE), os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where the kernel lives
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
