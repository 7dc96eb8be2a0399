"""Native thread pools do not survive a fork: their threads are gone, and a library that waits for them waits forever.
With one thread each, they are not asked."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
from typing import Any, List

#: Shared libraries with thread pools, and the functions that set a pool's size.
_LIBRARIES = {
    r"lib(gomp|omp|iomp5)\b": ("omp_set_num_threads",),
    r"openblas": ("openblas_set_num_threads", "openblas_set_num_threads64_", "scipy_openblas_set_num_threads64_"),
    r"libmkl_rt": ("MKL_Set_Num_Threads",),
    r"blis": ("bli_thread_set_num_threads",),
}


def limit_to_one_thread() -> None:
    """Set every native pool of this process to one thread: by threadpoolctl where it is installed, else by ctypes."""
    loaded = _loaded()
    if not loaded:
        return
    if importlib.util.find_spec("threadpoolctl") is not None:
        try:
            from threadpoolctl import threadpool_limits

            threadpool_limits(limits=1)
            return
        except Exception:  # an old or broken one
            pass
    for path in loaded:
        library: Any = ctypes.CDLL(path)
        for pattern, functions in _LIBRARIES.items():
            for function in functions if re.search(pattern, path) else ():
                if hasattr(library, function):
                    getattr(library, function)(1)


def _loaded() -> List[str]:
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        paths = {line.split(None, 5)[-1].rstrip("\n") for line in file if "/" in line}
    return sorted(p for p in paths if any(re.search(pattern, os.path.basename(p)) for pattern in _LIBRARIES))
