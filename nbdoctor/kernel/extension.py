"""``%load_ext nbdoctor``: hooks in, and out again.

Loading is cheap (the protocol and the rules are imported at the first error) and idempotent. Nothing is put into the user's
namespace, no exception handler is replaced, no method is patched.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Optional
from weakref import WeakKeyDictionary

from ..config import NBDoctor
from . import logs
from .watch import Watch

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .bridge import Bridge
    from .fault import FaultFile

log = logging.getLogger("nbdoctor.kernel")

_loaded: WeakKeyDictionary[Any, Extension] = WeakKeyDictionary()


class Extension:
    """nbdoctor in one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.settings = NBDoctor(parent=shell)
        self.watch = Watch(shell, self.settings)
        self.shell = shell
        self.bridge: Optional[Bridge] = None
        self.fault: Optional[FaultFile] = None

    def load(self) -> None:
        """Register the callbacks, the magics and, in a kernel, the comm target."""
        self._log_handler = logs.take_over(self.shell)
        self.shell.configurables.append(self.settings)  # for %config NBDoctor.…
        for event, callback in self.watch.callbacks():
            self.shell.events.register(event, callback)
        from .magics import register

        register(self.shell, self.watch)
        if hasattr(self.shell, "kernel"):
            from .bridge import Bridge
            from .fault import FaultFile

            self.bridge = Bridge(self.watch)
            self.bridge.open()
            self.fault = FaultFile()
            self.fault.open(self.shell)

    def unload(self) -> None:
        """Take everything out again that `load` put in."""
        for event, callback in self.watch.callbacks():
            try:
                self.shell.events.unregister(event, callback)
            except ValueError:
                log.debug("%s was already unregistered", event)
        from .cards import close_all
        from .magics import unregister

        close_all(self.shell)
        unregister(self.shell)
        if self.bridge is not None:
            self.bridge.close()
        if self.fault is not None:
            self.fault.close()
        if self.settings in self.shell.configurables:
            self.shell.configurables.remove(self.settings)
        logs.give_back(self._log_handler)


def load(shell: InteractiveShell) -> None:
    """Load nbdoctor into ``shell``; does nothing where it is loaded already."""
    if shell not in _loaded:
        extension = Extension(shell)
        extension.load()
        _loaded[shell] = extension


def unload(shell: InteractiveShell) -> None:
    """Unload nbdoctor from ``shell``; does nothing where it is not loaded."""
    extension = _loaded.pop(shell, None)
    if extension is not None:
        extension.unload()


def loaded(shell: InteractiveShell) -> Optional[Extension]:
    """The extension in ``shell``, if loaded."""
    return _loaded.get(shell)
