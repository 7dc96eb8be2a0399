"""Of what a kernel died: from the exit status and the last looks to an error that rules can read.

The system says for certain that a process was killed for memory: it counts them. Where it does not count, or not for us, what
the last look saw decides, and the answer says *probably*.
"""

from __future__ import annotations

import re
import signal
from typing import Dict, List, Optional, Tuple

from ...protocol import DEAD_KERNEL, RaisedError
from ...rules.infra.machine import Group, size
from . import fault, proc
from .watch import Death

#: Parts of a limit, or of the machine's memory. A group counts files that it has read, too: what the kernel itself holds decides.
NEAR, HELD, SCARCE, MAPPED = 0.9, 0.5, 0.1, 0.8

#: Signals that native code ends with when it is refused memory and does not expect that, and all that faulthandler tells of.
_REFUSED = ("SIGSEGV", "SIGABRT", "SIGBUS")
_CRASHES = (*_REFUSED, "SIGILL", "SIGFPE")
_FATAL = re.compile(r"^Fatal Python error: ([^\n]+)", re.MULTILINE)


def error_of(death: Death, cell_id: Optional[str] = None, *, running: bool = True) -> RaisedError:
    """A death as an error: its message names the cause, ``details`` are what the sentences need, ``notes`` facts in words.

    Parameters
    ----------
    cell_id : the cell that was running, or ran last.
    running : whether a cell was running.
    """
    name = signal_name(death.status)
    cause, details = _memory(death, name)
    details.update(signal=name, folder=death.folder)
    said = f"signal {name}" if name else "unknown" if death.status is None else f"exit code {death.status}"
    notes = [*_history(death), *_written(death, name)]
    if not running:
        notes.append("No cell of this notebook was running.")
    if death.number > 1:
        notes.append(f"It is the {_nth(death.number)} time that this kernel died.")
    message = f"{cause}: {said}" if cause else said
    frames = fault.frames(death.fault, cell_id) if name in _CRASHES else []
    return RaisedError(
        DEAD_KERNEL, message, notes=notes, frames=frames, details={k: v for k, v in details.items() if v}
    )


def signal_name(status: Optional[int]) -> str:
    """``SIGSEGV`` for the exit status -11; empty where no signal ended the process."""
    if status is None or status >= 0:
        return ""
    try:
        return signal.Signals(-status).name
    except ValueError:  # a real-time signal
        return f"signal {-status}"


def _memory(death: Death, name: str) -> Tuple[str, Dict[str, str]]:
    """Whether memory was the cause: in a word, with the amounts."""
    last = death.samples[-1] if death.samples else None
    if last is None:
        return "", {}
    machine, used = last.machine, {"used": size(max(last.resident, last.peak))}
    if name in _REFUSED and last.address_limit and last.mapped >= MAPPED * last.address_limit:
        return "probably out of memory (address space)", {**_limit(last.address_limit), "used": size(last.mapped)}
    if name != "SIGKILL":
        return "", used
    after = dict(death.counted)
    killed = [(group, before) for group, before in last.groups if _more(before.killed, after[group.folder].killed)]
    limited = [group for group, before in killed if _more(before.hit, after[group.folder].hit) or _is_near(group)]
    if limited:
        return "out of memory (limit)", {**used, **_limit(limited[-1].limit)}
    if killed or (_more(machine.killed, death.killed) and machine.available < 2 * SCARCE * machine.total):
        return "out of memory (machine)", {**used, **_limit(machine.total)}
    near = [group for group, before in last.groups if before.killed is None and _is_near(group, last)]
    if near:
        return "probably out of memory (limit)", {**used, **_limit(near[-1].limit)}
    if machine.killed is None and machine.available < SCARCE * machine.total and last.resident > machine.available:
        return "probably out of memory (machine)", {**used, **_limit(machine.total)}
    return "", used


def _limit(number: int) -> Dict[str, str]:
    return {"limit": size(number), "limit_bytes": str(number)}


def _more(before: Optional[int], after: Optional[int]) -> bool:
    return before is not None and after is not None and after > before


def _is_near(group: Group, last: Optional[proc.Sample] = None) -> bool:
    """Whether a group has used up its limit; with a sample, whether it was the kernel that did."""
    return group.used >= NEAR * group.limit and (last is None or last.resident >= HELD * group.limit)


def _history(death: Death) -> List[str]:
    """How the kernel's memory went."""
    if not death.samples:
        return []
    first, last, machine = death.samples[0], death.samples[-1], death.samples[-1].machine
    seconds = last.time - first.time
    facts = [
        f"When nbdoctor last looked, the kernel used {size(last.resident)} of memory, and {size(last.peak)} at most before."
    ]
    if seconds >= 2 and last.resident > 1.2 * first.resident:
        grew = f"In the {seconds:.0f} seconds before, it had grown from {size(first.resident)}."
        facts.append(grew)
    facts += [
        f"Its container allows {size(group.limit)}, of which {size(group.used)} were in use."
        for group, _ in last.groups[-1:]
    ]
    if machine.total:
        facts.append(f"The machine has {size(machine.total)} of memory, of which {size(machine.available)} were free.")
    if last.address_limit:
        facts.append(
            f"It may map at most {size(last.address_limit)} (`ulimit -v`), and had mapped {size(last.mapped)}."
        )
    return facts


def _written(death: Death, name: str) -> List[str]:
    """What faulthandler said, and that it could not where it was not there."""
    said = _FATAL.findall(death.fault)
    if name not in _CRASHES:
        return []
    if said:
        return [f"Python's faulthandler wrote: {said[-1]}. All of it is in the Jupyter server's log."]
    return (
        [] if death.loaded else ["Where in the code it crashed is not known: nbdoctor was not loaded in that kernel."]
    )


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
