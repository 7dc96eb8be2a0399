"""Where a crash of this kernel is written to: a file beside its connection file, for the Jupyter server to read.

Python's own `faulthandler` writes it, in a process that is about to end; a cell that runs costs nothing. Without a server that
would read the file there is none. Whoever has switched faulthandler on already has said where it is to write: then the file stays
empty, and says no more than that nbdoctor is loaded.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import os
from typing import Any, Optional

from ..protocol import FAULT_SUFFIX

#: Set by Jupyter Server (2.0 and later) in the kernels of notebooks and consoles, and by nobody else.
_OF_A_SERVER = "JPY_SESSION_NAME"


class FaultFile:
    """The file of one kernel, open from `open` to `close`."""

    def __init__(self) -> None:
        self._descriptor: Optional[int] = None
        self._path = ""
        self._process = os.getpid()
        self._enabled = False

    def open(self, shell: Any) -> None:
        """Make the file, and have crashes written to it, unless somebody else has them written elsewhere."""
        application = getattr(getattr(shell, "kernel", None), "parent", None)
        connection_file = getattr(application, "abs_connection_file", "")
        if not connection_file or _OF_A_SERVER not in os.environ:
            return
        self._path = f"{connection_file}{FAULT_SUFFIX}{self._process}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        with contextlib.suppress(OSError):  # a full disk, a folder that is gone: then less is known of a crash
            self._descriptor = os.open(self._path, flags, 0o600)
            atexit.register(self.close)
            if not faulthandler.is_enabled():
                faulthandler.enable(file=self._descriptor, all_threads=True)
                self._enabled = True

    def close(self) -> None:
        """Switch it off and remove the file. A copy of the process leaves both alone."""
        if self._descriptor is None or os.getpid() != self._process:
            return
        atexit.unregister(self.close)
        if self._enabled:
            faulthandler.disable()
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
            os.unlink(self._path)
        self._descriptor = None
