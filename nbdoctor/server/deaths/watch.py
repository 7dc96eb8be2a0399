"""Watches the server's kernels: a look each second while they live, and what became of those that died.

Jupyter notices a death itself, within three seconds, and says so before it starts the kernel anew: the exit status is there
still. A kernel that a person restarts or shuts down has not died.
"""

from __future__ import annotations

import logging
import subprocess
from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Optional, Tuple
from uuid import uuid4

from tornado.ioloop import PeriodicCallback

from ...text import plain
from . import fault, proc

log = logging.getLogger("nbdoctor.server")

#: Seconds between two looks, and how many of them are kept.
PERIOD, KEPT = 1.0, 60
#: Characters of what faulthandler wrote that are put into the log at once.
LOGGED = 20_000
#: Kernels whose last death is kept, also after they are gone.
MAX_DEATHS = 50

OnDeath = Callable[[str, "Death"], None]


@dataclass(frozen=True)
class Death:
    """What is known of one death.

    Attributes
    ----------
    id : names it.
    status : the exit status as `subprocess` gives it: negative for a signal; None where it is not known.
    samples : the last looks at the living process, oldest first; none where the system does not say.
    counted : by folder, what the control groups of the last look have counted now; ``killed``: what the machine has.
    fault : what faulthandler wrote.
    loaded : whether nbdoctor was loaded in it.
    folder : the kernel's working folder; empty where it is not known.
    number : the how manieth death of this kernel.
    """

    id: str
    status: Optional[int]
    samples: Tuple[proc.Sample, ...] = ()
    counted: Tuple[Tuple[Path, proc.Counts], ...] = ()
    killed: Optional[int] = None
    fault: str = ""
    loaded: bool = False
    folder: str = ""
    number: int = 1


class _Kernel:
    """A kernel that is watched."""

    def __init__(self, manager: Any, died: Callable[[], None]) -> None:
        self.manager, self.died = manager, died
        self.process: Optional[int] = None
        self.connection_file = ""
        self.samples: Deque[proc.Sample] = deque(maxlen=KEPT)
        self.read = 0  # bytes of the fault file that are in the log already
        self.deaths = 0

    def popen(self) -> Optional[subprocess.Popen[Any]]:
        """The process, where it is one of this machine's and a child of ours."""
        process = getattr(getattr(self.manager, "provisioner", None), "process", None)
        return process if isinstance(process, subprocess.Popen) else None

    def look(self, machine: proc.Machine) -> None:
        """Keep one more sample, and see to it that its death is heard of."""
        # The restarter is made some time after the manager; asking it twice not to forget us does no harm.
        self.manager.remove_restart_callback(self.died)
        self.manager.add_restart_callback(self.died)
        process = self.popen()
        if process is None:
            return
        if process.pid != self.process:
            self.process, self.read = process.pid, 0
            self.connection_file = self.manager.connection_file
            self.samples.clear()
            fault.remove(self.connection_file, keep=process.pid)
        self.tell()
        seen = proc.sample(process.pid, machine)
        if seen is not None:
            self.samples.append(seen)

    def tell(self) -> None:
        """Put what faulthandler has written since the last look into the log, where anybody looks for it."""
        path = fault.path_of(self.connection_file, self.process or 0)
        there = fault.size(path)
        if there > self.read:
            log.warning("faulthandler, in the kernel %s:\n%s", self.process, plain(fault.read(path, self.read), LOGGED))
            self.read = there

    def end(self) -> Death:
        """It has died: all that is known of it."""
        process = self.popen()
        pid = process.pid if process is not None else self.process
        if pid != self.process:  # it died before the first look
            self.process, self.read = pid, 0
            self.connection_file = self.manager.connection_file
            self.samples.clear()
        path = fault.path_of(self.connection_file, pid or 0)
        loaded, text = path.exists(), fault.read(path)
        self.tell()
        fault.remove(self.connection_file)
        self.deaths += 1
        last = self.samples[-1].groups if self.samples else ()
        death = Death(
            id=uuid4().hex[:12],
            status=process.returncode if process is not None else None,
            samples=tuple(self.samples),
            counted=tuple((group.folder, proc.counts(group.folder)) for group, _ in last),
            killed=proc.machine_now().killed,
            fault=text,
            loaded=loaded,
            folder=str(getattr(self.manager.provisioner, "cwd", "") or ""),
            number=self.deaths,
        )
        self.process, self.read = None, 0
        self.samples.clear()
        return death


class DeathWatch:
    """All kernels of a server. `start` it when the server's loop is there, and `stop` it at the end."""

    def __init__(self, kernels: Any, on_death: Optional[OnDeath] = None) -> None:
        """Nothing is watched yet.

        Parameters
        ----------
        kernels : the server's multi-kernel manager.
        on_death : is told of each death, before the kernel is started anew; gets the kernel's id.
        """
        self._kernels, self._on_death = kernels, on_death
        self._watched: Dict[str, _Kernel] = {}
        self._deaths: OrderedDict[str, Death] = OrderedDict()
        self._clock = PeriodicCallback(self.look, PERIOD * 1000)

    def start(self) -> None:
        """Look each second, from now on."""
        self._clock.start()

    def stop(self) -> None:
        """Look no more."""
        self._clock.stop()
        for kernel_id in list(self._watched):
            self._forget(kernel_id)

    def latest(self, kernel_id: str) -> Optional[Death]:
        """The last death of a kernel; None where it has not died."""
        return self._deaths.get(kernel_id)

    def look(self) -> None:
        """Look at each kernel once."""
        try:
            ids = list(self._kernels.list_kernel_ids())
            for kernel_id in [known for known in self._watched if known not in ids]:
                self._forget(kernel_id)
            machine = proc.machine_now() if ids else proc.Machine()
            for kernel_id in ids:
                self._look_at(kernel_id, machine)
        except Exception:
            log.exception("nbdoctor could not look at the kernels, and looks at them no more")
            self._clock.stop()

    def _look_at(self, kernel_id: str, machine: proc.Machine) -> None:
        manager = self._kernels.get_kernel(kernel_id)
        if not hasattr(manager, "add_restart_callback"):  # kernels of a gateway, which lives elsewhere
            return
        known = self._watched.get(kernel_id)
        if known is None or known.manager is not manager:
            known = self._watched[kernel_id] = _Kernel(manager, partial(self._died, kernel_id))
        known.look(machine)

    def _died(self, kernel_id: str) -> None:
        death = self._watched[kernel_id].end()
        log.info("the kernel %s died, status %s", kernel_id, death.status)
        self._deaths[kernel_id] = death
        self._deaths.move_to_end(kernel_id)
        while len(self._deaths) > MAX_DEATHS:
            self._deaths.popitem(last=False)
        if self._on_death is not None:
            self._on_death(kernel_id, death)

    def _forget(self, kernel_id: str) -> None:
        known = self._watched.pop(kernel_id)
        known.manager.remove_restart_callback(known.died)
        fault.remove(known.connection_file)
