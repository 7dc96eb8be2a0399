"""What this machine has: GPUs, free memory, cores, and the instructions of its processor."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..errors import ServingError

_QUERY = ("--query-gpu=name,memory.total,driver_version,memory.free", "--format=csv,noheader,nounits")
_NO_DEVICE = "No devices were found"
_ASK_SECONDS = 30.0
_GIB = 2**30
_LISTENS = "0A"  # in /proc/net/tcp
#: A processor with one of these is faster with bfloat16 than with float32.
_SHORT_FLOATS = {"avx512_bf16", "amx_bf16", "avx512f"}
#: Up to so many cores the engine gets all: by itself it would leave one idle.
_FEW_CORES = 4


@dataclass(frozen=True)
class Gpu:
    """A graphics card. ``total_mib`` and ``free_mib``: its memory; 0 where the driver does not say."""

    name: str
    total_mib: int
    driver: str
    free_mib: int


def gpus() -> list[Gpu]:
    """The cards that ``nvidia-smi`` lists and ``CUDA_VISIBLE_DEVICES`` leaves, in that order; none where there is no driver.

    Raises:
        ServingError: where ``nvidia-smi`` is there and does not reach the driver.
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        said = subprocess.run([program, *_QUERY], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_driver(str(error)) from error
    text = said.stdout.strip() or said.stderr.strip()
    if _NO_DEVICE in text:
        return []
    if said.returncode != 0:
        raise _no_driver(text.splitlines()[0] if text else f"exit code {said.returncode}")
    return _visible([_parse(line) for line in text.splitlines() if line.count(",") >= 3])


def _no_driver(why: str) -> ServingError:
    return ServingError(
        f"nvidia-smi does not reach the NVIDIA driver: {why.rstrip('.')}.",
        hint="Install or reload the driver; or serve without the GPU, with --profile cpu.",
    )


def _parse(line: str) -> Gpu:
    name, total, driver, free = (part.strip() for part in line.rsplit(",", 3))
    return Gpu(name, _number(total), driver, _number(free))


def _number(text: str) -> int:
    return int(float(text)) if text.replace(".", "", 1).isdigit() else 0  # [N/A] on a card in slices


def _visible(cards: list[Gpu]) -> list[Gpu]:
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return cards
    indices = [part.strip() for part in chosen.split(",") if part.strip()]
    if any(not index.lstrip("-").isdigit() for index in indices):  # names of cards or of slices
        return cards
    return [cards[int(index)] for index in indices if 0 <= int(index) < len(cards)]


def free_memory() -> int:
    """Bytes of main memory that a new process can have: what the system has, within the limit of this container."""
    free = [_available(), *_left_in_group()]
    return min((bytes_ for bytes_ in free if bytes_ is not None), default=0)


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        pages = [os.sysconf(name) for name in ("SC_PHYS_PAGES", "SC_PAGE_SIZE")]
        return pages[0] * pages[1] if min(pages) > 0 else None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


def _left_in_group(root: Path = Path("/sys/fs/cgroup")) -> list[int]:
    left = []
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most, now = (root / limit).read_text().strip(), (root / used).read_text().strip()
        except OSError:
            continue
        if most.isdigit() and now.isdigit():
            left.append(max(0, int(most) - int(now)))
    return left


def taken_by_another_user(port: int) -> bool:
    """Whether another user's program listens on that port of 127.0.0.1; False where the system does not say."""
    try:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return False
    owners = [int(row[7]) for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == _LISTENS]
    return bool(owners) and os.geteuid() not in owners


def wants_float32() -> bool:
    """Whether the processor computes 16 bit numbers more slowly than those of 32 bits."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = [line.partition(":")[2].split() for line in text.splitlines() if line.startswith("flags")]
    return bool(flags) and not _SHORT_FLOATS & set(flags[0])


def threads() -> str:
    """The cores that vLLM shall use, as ``VLLM_CPU_OMP_THREADS_BIND`` takes them; empty where it chooses well by itself."""
    if not hasattr(os, "sched_getaffinity"):
        return ""
    cores = sorted(os.sched_getaffinity(0))
    return ",".join(map(str, cores)) if len(cores) <= _FEW_CORES else ""


def gib(size: float) -> str:
    """Bytes, as a person reads them."""
    return f"{size / _GIB:.1f} GiB"
