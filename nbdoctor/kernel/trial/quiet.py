"""Takes the kernel's voice from the child: nothing of it reaches a front end, and nothing of the kernel's is waited for."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import errno
import faulthandler
import gc
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, List, NoReturn

from .fitness import script_magics

if TYPE_CHECKING:
    from ..watch import Watch

INPUT, INHERITED = "input", "inherited"


def silence(watch: Watch, refused: List[str]) -> asyncio.AbstractEventLoop:
    """Cut the child's Python off from the kernel's channels and return a fresh event loop, not running yet.

    ``refused`` gets a word for whatever the cell asked for and cannot have.
    """
    gc.freeze()  # no collection touches, or finalizes, what belongs to the kernel
    faulthandler.disable()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.settrace(None)
    threading.settrace(None)
    sys.dont_write_bytecode = True
    _streams()
    _shell(watch)
    _no_input(refused, getattr(watch.shell, "kernel", None))
    _no_messages(refused)
    return _event_loop()


def _streams() -> None:
    """Standard output and error go to descriptor 1 and 2. Whoever kept the old objects (a logging handler) writes there too."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        fresh = open(descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        for old in {getattr(sys, name), getattr(sys, f"__{name}__")}:
            # ipykernel's streams; a file object refuses, and its descriptor is replaced already.
            with contextlib.suppress(AttributeError):
                old.write, old.flush = fresh.write, fresh.flush
        setattr(sys, name, fresh)


def _shell(watch: Watch) -> None:
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher

    shell = watch.shell
    for event, callback in watch.callbacks():
        shell.events.unregister(event, callback)
    shell.display_pub = CapturingDisplayPublisher()
    shell.displayhook = CapturingDisplayHook(shell=shell, outputs=[])
    shell.display_trap.hook = shell.displayhook
    scripts = script_magics(shell)
    if scripts is not None:
        scripts.event_loop = None  # ``%%bash`` makes a new one, with a thread that runs it
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, _nothing)  # the error itself is what counts, and formatting it takes the most time
    if shell.history_manager is not None:
        shell.history_manager.enabled = False
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        # Widgets, tracebacks and payloads: all that goes to a front end passes here.
        kernel.session.send = _nothing


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _no_input(refused: List[str], kernel: Any) -> None:
    def ask(*_: Any, **__: Any) -> NoReturn:
        refused.append(INPUT)
        raise EOFError("A copy of the kernel cannot ask for input.")

    builtins.input = ask
    for name in ("getpass", "unix_getpass", "fallback_getpass"):
        module = sys.modules.get("getpass")
        if module is not None and hasattr(module, name):
            setattr(module, name, ask)
    if kernel is not None:
        # Whoever kept the kernel's own functions ends up there.
        kernel._allow_stdin, kernel._input_request = True, ask


def _no_messages(refused: List[str]) -> None:
    """ZeroMQ's sockets take a message into memory, for a thread that the child does not have: no system call would show it."""

    def use(*_: Any, **__: Any) -> NoReturn:
        refused.append(INHERITED)
        raise OSError(errno.EBADF, "A copy of the kernel cannot use its sockets.")

    socket = getattr(sys.modules.get("zmq"), "Socket", None)
    for name in ("send", "send_multipart", "recv", "recv_multipart") if socket is not None else ():
        setattr(socket, name, use)


def _event_loop() -> asyncio.AbstractEventLoop:
    """A loop of the child's own: the kernel's, which may be running just now, belongs to the kernel."""
    old = asyncio._get_running_loop()
    if old is not None:
        task = asyncio.current_task(old)
        if task is not None:
            asyncio.tasks._leave_task(old, task)
    asyncio._set_running_loop(None)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
