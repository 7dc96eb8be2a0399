"""The server's process: started, watched until it answers, stopped with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ServingError
from . import state
from .hardware import taken_by_another_user
from .health import answers, listed
from .logs import Tail, explain
from .plan import Plan
from .state import Running
from .tables import engines

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
#: Seconds that a server has to end by itself.
GRACE = 20.0
_KILLED_SECONDS = 5.0
_LEFT: list[subprocess.Popen[bytes]] = []


@dataclass
class Started:
    """A server that this process has started."""

    plan: Plan
    running: Running
    process: subprocess.Popen[bytes]

    def ending(self) -> str:
        """How the process ended, in words; empty while it runs."""
        code = self.process.poll()
        if code is None:
            return ""
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def start(plan: Plan, executable: Path, known: frozenset[str]) -> Started:
    """Start a server; it answers later, see `wait`.

    Args:
        plan: what to start, checked.
        executable: the engine's program.
        known: the flags that the installed version knows.

    Raises:
        ServingError: where one runs already, or the program cannot be started.
    """
    refuse_second()
    folder = state.folder(create=True)
    log, application = folder / f"{plan.engine.name}.log", folder / "application.yaml"
    running = Running(
        url=plan.url,
        model=plan.model.name if plan.engine.lists_its_model else plan.model.source,
        pid=os.getpid(),
        started=state.start_of(os.getpid()),
        since=time.time(),
        key_file="",
        log_file=str(log),
        engine=plan.engine.name,
        profile=plan.profile.name,
        context=plan.context,
    )
    if not state.claim(running):
        refuse_second()
    try:
        variables = {**os.environ, **plan.env}
        if plan.engine.key_variable:  # not on the command line, which everyone on the machine can read
            running = replace(running, key_file=str(state.new_key()))
            variables[plan.engine.key_variable] = running.key()
        if plan.engine.name == "ray":
            state.write_private(application, plan.application())
        process = _spawn(plan.command(str(executable), known, str(application)), variables, log)
    except BaseException:
        state.clear()
        raise
    running = replace(running, pid=process.pid, started=state.start_of(process.pid))
    state.update(running)
    return Started(plan, running, process)


def refuse_second() -> None:
    """Raises:
    ServingError: where a server runs already.
    """
    if (found := state.current()) is not None:
        raise ServingError(
            f"A model server runs already: {found.model} at {found.url}, process {found.pid}.",
            hint="To start another one, stop it first: nbdoctor serve stop.",
        )


def _spawn(command: Sequence[str], variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    log.unlink(missing_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    try:
        # A session of its own: Ctrl+C is ours to pass on, and the whole group can be ended.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            start_new_session=True,
        )
    except OSError as error:
        raise ServingError(f"{command[0]} cannot be started: {error.strerror}.", hint="See --python.") from error
    finally:
        os.close(output)


def leave(started: Started) -> None:
    """Let a server run on after this process; Python would complain of a child that nobody waits for."""
    _LEFT.append(started.process)


def wait(started: Started, progress: Callable[[str], None] = lambda _: None) -> Running:
    """Wait until the server answers; a model's download may take hours, so there is no limit.

    Args:
        started: the server.
        progress: is told, about once a second, the last line of the server's log.

    Returns:
        The server, ready; from now on the settings find it.

    Raises:
        ServingError: where it ends before that, or where its port was taken by somebody else.
    """
    plan, running = started.plan, started.running
    tail, pause = Tail(Path(running.log_file)), _FIRST_PAUSE
    while not (ending := started.ending()):
        if taken_by_another_user(plan.port):  # who would be told the key, and sent notebooks
            raise ServingError(f"Another user's program took port {plan.port}.", hint="Name another one with --port.")
        if answers(running) and (served := _served(plan, running)):
            started.running = replace(running, model=served, ready=True)
            state.update(started.running)
            return started.running
        progress(tail.latest())
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    raise explain(Path(running.log_file), plan.facts(), ending)


def _served(plan: Plan, running: Running) -> str:
    """The name by which clients ask for the model; empty where the server does not list it, and should."""
    if not plan.engine.lists_its_model:
        return running.model
    names = listed(running) or ()
    return next((name for name in (plan.model.name, plan.model.source) if name in names), "")


def stop(running: Running, process: subprocess.Popen[bytes] | None = None, grace: float = GRACE) -> bool:
    """Stop a server with all processes that it started, and forget it.

    Args:
        running: the server; it is one that `state.current` returned, or that this process has started.
        process: the same, where it is a child of this process.
        grace: seconds that it has to end by itself.

    Returns:
        Whether it ended by itself.
    """
    _signal(running, getattr(signal, engines()[running.engine].stop))
    ended = _gone(running, grace)
    _signal(running, signal.SIGKILL)  # what is left of its group, too
    if not ended:
        _gone(running, _KILLED_SECONDS)
    if process is not None:
        process.wait()
    state.clear(running.pid)
    return ended


def _signal(running: Running, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, number)


def _gone(running: Running, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while state.alive(running.pid, running.started):
        if time.monotonic() > until:
            return False
        time.sleep(_FIRST_PAUSE)
    return True
