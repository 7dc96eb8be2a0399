"""Answers nbdoctor's server over a comm: one comm a question.

``comm_open`` carries ``{"op": …}``; the answer is one message ``{"reply": …}``, for an install any number of ``{"line": …}``
before it. Whatever attached front end is listening receives the answers too, so they are redacted and bounded (`outgoing`).
On kernels with subshells the handler runs on another thread, while a cell runs: it only reads.
"""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Callable, Dict

from ..protocol import COMM_TARGET, PROTOCOL_VERSION, Step
from ..text import plain

if TYPE_CHECKING:
    from .watch import Watch

#: Expressions that are looked at in one question.
MAX_LOOKS = 24

log = logging.getLogger("nbdoctor.kernel")


class Bridge:
    """The comm target of one kernel."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._operations: Dict[str, Callable[[Any, Dict[str, Any]], None]] = {
            "hello": self._hello,
            "report": self._report,
            "look": self._look,
            "install": self._install,
            "trial": self._trial,
        }

    def open(self) -> None:
        """Register the comm target."""
        self._manager().register_target(COMM_TARGET, self._opened)

    def close(self) -> None:
        """Take the comm target out."""
        manager = self._manager()
        if getattr(manager, "targets", {}).get(COMM_TARGET) == self._opened:
            manager.unregister_target(COMM_TARGET, self._opened)

    def _manager(self) -> Any:
        manager = getattr(self.watch.shell.kernel, "comm_manager", None)
        if manager is None:  # a kernel that is not ipykernel; ipykernel before 6.18 does not know the package `comm`
            from comm import get_comm_manager

            manager = get_comm_manager()
        return manager

    def _opened(self, comm: Any, message: Dict[str, Any]) -> None:
        data = message.get("content", {}).get("data") or {}
        operation = self._operations.get(str(data.get("op")))
        try:
            if operation is None:
                comm.send(
                    {"reply": None, "error": f"This nbdoctor does not know the question {plain(data.get('op'), 40)!r}."}
                )
                return
            self.watch.front_end = True
            operation(comm, data)
        except Exception:
            log.exception("nbdoctor's bridge failed")
            comm.send({"reply": None, "error": "nbdoctor itself failed in the kernel; the kernel's log says more."})

    def _hello(self, comm: Any, data: Dict[str, Any]) -> None:
        confinement = asdict(self.watch.trials.confinement())
        python = sys.version.split()[0]
        comm.send({"reply": {"protocol": PROTOCOL_VERSION, "python": python, "confinement": confinement}})

    def _report(self, comm: Any, data: Dict[str, Any]) -> None:
        from .outgoing import outgoing

        report = self.watch.latest(data.get("cell_id"), data.get("name"))
        comm.send({"reply": outgoing(report) if report else None, "error": self.watch.trouble})

    def _look(self, comm: Any, data: Dict[str, Any]) -> None:
        from .namespace import LiveNamespace
        from .outgoing import outgoing_looks

        namespace = LiveNamespace(self.watch.shell)
        names = [str(name) for name in data.get("expressions") or ()]
        looks = {name: namespace.look(name) for name in names[:MAX_LOOKS]}
        namespace.close()
        comm.send({"reply": outgoing_looks({name: look for name, look in looks.items() if look is not None})})

    def _install(self, comm: Any, data: Dict[str, Any]) -> None:
        from .install import start

        start(
            str(data.get("requirement") or ""),
            line=lambda text: comm.send({"line": text}),
            end=lambda outcome: comm.send({"reply": outcome}),
        )

    def _trial(self, comm: Any, data: Dict[str, Any]) -> None:
        from .trial.child import Job

        candidate = data.get("candidate") or {}
        steps = [Step(str(step.get("source") or ""), step.get("cell_id")) for step in candidate.get("steps") or ()]
        deadline = float(data.get("deadline") or time.time() + 5)
        modules = [str(name) for name in candidate.get("modules") or ()]
        job = Job(steps, self.watch.seconds, basic=data.get("trials") == "basic", modules=modules)
        comm.on_close(lambda _: self.watch.trials.give_up(job))

        def done(result: Dict[str, Any]) -> None:
            comm.send({"reply": result})

        if candidate.get("requirement"):
            requirement = str(candidate["requirement"])
            self.watch.trials.request_install(requirement, job, lambda text: comm.send({"line": text}), done)
        else:
            self.watch.trials.request(job, deadline, done)
