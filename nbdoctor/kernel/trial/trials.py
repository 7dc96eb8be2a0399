"""When a trial is made: on the kernel's main thread, between two cells, one at a time, or two where memory allows.

A cell that the user starts comes first: it ends the trials that run. They begin anew once the kernel is at rest again, as do
those that wait, where that is soon.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import deque
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, List, Optional, Tuple

from ...errors import InstallError
from ...protocol import Confinement
from .request import ANOTHER_CELL, GIVEN_UP, Done, Request, not_tried

if TYPE_CHECKING:
    from ..watch import Watch
    from .child import Job
    from .watcher import Trial

log = logging.getLogger("nbdoctor.kernel")

#: Bytes that must be free for a second trial at the same time.
_FOR_TWO = 8 * 1024**3
#: Seconds for the kernel to come to rest, for a trial that is made once more.
_PATIENCE = 10.0
#: Seconds of work of the kernel's that a trial waits for; of rest before it begins, since the next cell of many would end it at
#: once; and how often it is begun anew after a cell ended it.
_WAIT, _REST, _ANEW = 2.0, 0.2, 2


class _AgainWithoutNamespaces(Exception):
    pass


class Trials:
    """The trials of one shell."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._running: List[Tuple[Trial, Job]] = []
        self._waiting: Deque[Request] = deque()
        self._in_vain = False  # what the kernel does now was waited for long enough
        self._ended = 0  # executions
        self._lock = threading.Lock()
        self._confinement: Optional[Confinement] = None

    def give_way(self) -> None:
        """The user starts a cell: end the trials that run; those that wait do so for a while."""
        if not self._running and not self._waiting:
            return
        with self._lock:
            waiting, running = list(self._waiting), list(self._running)
        for trial, _ in running:
            trial.stop(ANOTHER_CELL)
        for request in waiting:
            self._wait_for_rest(request)

    def rest(self) -> None:
        """What the kernel did has ended: those that wait come next."""
        self._in_vain = False
        self._ended += 1
        if self._waiting:
            self._after_rest()

    def give_up(self, job: Job) -> None:
        """Nobody waits for ``job`` any more: end it, or do not begin it."""
        job.given_up.set()
        with self._lock:
            running = [trial for trial, tried in self._running if tried.given_up is job.given_up]
        for trial in running:
            trial.stop(GIVEN_UP)

    # ------------------------------------------------------------------ asking for one

    def request(self, job: Job, deadline: float, done: Done) -> None:
        """Try ``job`` as soon as the kernel is at rest; from any thread. ``done`` gets a TrialResult as a dictionary, on
        another thread. ``deadline``: `time.time` after which nobody waits for it any more."""
        request = Request(job, deadline, done)
        if self.watch.executing and self._in_vain:
            request.refuse()
            return
        with self._lock:
            self._waiting.append(request)
        if self.watch.executing:
            self._wait_for_rest(request)
        else:
            self._on_main_thread(self._next)

    def request_install(self, requirement: str, job: Job, line: Callable[[str], None], done: Done) -> None:
        """Try ``job`` with ``requirement`` put into a throw-away folder first; from any thread. ``line`` gets what the
        installer does, ``done`` a TrialResult as a dictionary."""

        def work() -> None:
            from . import confine
            from .installs import prepare

            reason = self._switched_off() or confine.missing()
            if reason:
                done(not_tried(reason))
                return
            try:
                prepared = prepare(requirement, line)
            except InstallError as error:
                # A distribution without wheels may be installable all the same: this is no failure yet.
                done(not_tried(f"{error.message[:1].lower()}{error.message[1:]}"))
                return
            if prepared.loaded():
                prepared.discard()
                done(not_tried(prepared.loaded()))
                return

            def tried(result: Dict[str, Any]) -> None:
                prepared.discard()
                verdict = result["verdict"]
                verdict["output"] = f"{prepared.sentence()}\n{verdict['output']}"
                verdict["reason"] = verdict["reason"] or prepared.downgrades()
                done(result)

            self.request(replace(job, folder=prepared.folder), time.time() + _PATIENCE, tried)

        threading.Thread(target=work, name="nbdoctor-install", daemon=True).start()

    def run(self, job: Job) -> Dict[str, Any]:
        """Try ``job`` now and wait for it: for the main thread, in a magic."""
        reason = self._unfit()
        if reason:
            return not_tried(reason)
        try:
            return self._result(*self._fork(job))
        except _AgainWithoutNamespaces:
            return self._result(*self._fork(replace(job, basic=True)))

    def confinement(self) -> Confinement:
        """How trials are confined here. Finds out in a process of its own, once, which takes some 0.1 s."""
        if self._confinement is None:
            from . import confine, fitness

            off = self._switched_off()
            self._confinement = confine.describe("none", off) if off else fitness.probe(self._basic)
        return self._confinement

    # ------------------------------------------------------------------ one after another

    def _next(self) -> None:
        """On the main thread: fork for the next that waits, unless one runs or a cell does."""
        with self._lock:
            if not self._waiting or self.watch.executing or not self._room():
                return
            request = self._waiting.popleft()
        if time.time() > request.deadline or request.job.given_up.is_set():
            request.refuse(GIVEN_UP if request.job.given_up.is_set() else "")
        elif reason := self._unfit():
            request.done(not_tried(reason))
        else:
            try:
                arguments = (*self._fork(request.job), request)
            except OSError as error:
                request.done(not_tried(f"the system allows no copy of the kernel ({error.strerror})"))
            else:
                threading.Thread(target=self._see_through, args=arguments, name="nbdoctor-trial", daemon=True).start()
                return
        self._on_main_thread(self._next)

    def _see_through(self, trial: Trial, others: int, request: Request) -> None:
        try:
            result = self._result(trial, others)
        except _AgainWithoutNamespaces:
            request.job, request.deadline = replace(request.job, basic=True), time.time() + _PATIENCE
            self._begin_anew(request)
            return
        except Exception:
            log.exception("a trial could not be watched")
            result = not_tried("nbdoctor itself failed while it watched the check")
        if result["verdict"]["reason"] == ANOTHER_CELL and request.ended < _ANEW:
            request.ended += 1
            self._begin_anew(request)
            return
        request.done(result)
        self._on_main_thread(self._next)

    def _begin_anew(self, request: Request) -> None:
        """Put it first; from any thread."""
        with self._lock:
            self._waiting.appendleft(request)
        self._wait_for_rest(request)
        if request.ended:
            self._after_rest()
        else:
            self._on_main_thread(self._next)

    def _wait_for_rest(self, request: Request) -> None:
        """Refuse ``request`` where the kernel's present work lasts longer than it can wait."""

        def look() -> None:
            with self._lock:
                if not self.watch.executing or request not in self._waiting:
                    return
                self._waiting.remove(request)
                self._in_vain = True
            request.refuse()

        timer = threading.Timer(max(0.0, min(_WAIT, request.deadline - time.time())), look)
        timer.daemon, timer.name = True, "nbdoctor-wait"
        timer.start()

    def _after_rest(self) -> None:
        """`_next`, unless another cell comes before; from any thread."""
        ended = self._ended
        self._on_main_thread(lambda: self._next() if ended == self._ended else None, _REST)

    def _result(self, trial: Trial, others: int) -> Dict[str, Any]:
        try:
            outcome = trial.watch()
        finally:
            with self._lock:
                self._running = [entry for entry in self._running if entry[0] is not trial]
        from .judge import judge

        if outcome.without_namespaces:
            log.warning("a trial goes without namespaces: %s", outcome.refused)
            raise _AgainWithoutNamespaces
        verdict = judge(outcome, trial.limits, others)
        report = (outcome.said or {}).get("report") if verdict.status == "failed" else None
        return {"verdict": asdict(verdict), "report": report}

    def _fork(self, job: Job) -> Tuple[Trial, int]:
        from . import child, fitness, libc, limits
        from .watcher import Trial

        job = replace(job, basic=job.basic or self._basic)
        bounds = limits.for_cell(job.seconds, limits.free_memory())
        others = fitness.users_threads(self.watch.shell) + fitness.users_tasks()
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        output, printed = os.pipe()
        try:
            pid = libc.fork()
        except OSError:
            for end in (ours, its):
                end.close()
            for number in (output, printed):
                os.close(number)
            raise
        if pid == 0:
            child.live(self.watch, job, bounds, printed, its)
        its.close()
        os.close(printed)
        trial = Trial(pid, ours, output, bounds)
        with self._lock:
            self._running.append((trial, job))
        return trial, others

    # ------------------------------------------------------------------ whether

    def _room(self) -> bool:
        """Whether another trial may begin. Each takes a core, and memory for what it changes."""
        if not self._running:
            return True
        from . import limits

        return len(self._running) == 1 and (os.cpu_count() or 1) > 2 and limits.free_memory() > _FOR_TWO

    @property
    def _basic(self) -> bool:
        return bool(self.watch.settings.trials == "basic")

    def _switched_off(self) -> str:
        return "trials are switched off" if self.watch.settings.trials == "off" else ""

    def _unfit(self) -> str:
        """Why no trial can be made now, as a clause."""
        from .fitness import lacking

        return self._switched_off() or lacking()

    def _on_main_thread(self, function: Callable[[], None], seconds: float = 0.0) -> None:
        kernel = getattr(self.watch.shell, "kernel", None)
        loop = getattr(kernel, "io_loop", None)
        if loop is None:
            function()
        else:
            loop.add_callback(loop.call_later, seconds, function)
