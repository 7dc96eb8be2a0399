"""Native thread pools do not survive a fork: their threads are gone, and a library that waits for them waits forever.
With one thread each, they are not asked.

OpenBLAS with threads of its own is left alone: it ends them before a fork and starts them anew. The libraries are found and
opened by the names that the loader knows them by: in a copied file system a path leads to another file, which would be
loaded a second time.
"""

from __future__ import annotations

import ctypes
import os
import re
from typing import Any, List

#: Shared libraries with thread pools, and the calls that keep each to one thread. OpenMP's second call holds where a library
#: asks for a number of threads itself; the first is what a library is told that asks how many there are.
_CALLS = {
    r"lib(gomp|omp|iomp5)\b": (("omp_set_num_threads", 1), ("omp_set_max_active_levels", 0)),
    r"openblas": (
        ("openblas_set_num_threads", 1),
        ("openblas_set_num_threads64_", 1),
        ("scipy_openblas_set_num_threads", 1),
        ("scipy_openblas_set_num_threads64_", 1),
    ),
    r"libmkl_rt": (("MKL_Set_Num_Threads", 1),),
    r"blis": (("bli_thread_set_num_threads", 1),),
}
_OWN_THREADS = 1  # openblas_get_parallel: 0 is none, 2 is OpenMP


class _Loaded(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("name", ctypes.c_char_p)]  # the head of dl_phdr_info


_Visitor = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Loaded), ctypes.c_size_t, ctypes.c_void_p)


def limit_to_one_thread() -> None:
    """Set every native pool of this process that would hang to one thread."""
    for name in _loaded():
        for pattern, calls in _CALLS.items():
            if re.search(pattern, os.path.basename(name)):
                _call(name, calls)


def _call(name: str, calls: Any) -> None:
    try:
        library: Any = ctypes.CDLL(name, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    except OSError:
        return
    for function, value in calls:
        parallel = getattr(library, function.replace("set_num_threads", "get_parallel"), None)
        if hasattr(library, function) and not (parallel and "openblas" in function and parallel() == _OWN_THREADS):
            getattr(library, function)(value)


def _loaded() -> List[str]:
    """The names of this process's shared libraries, as its loader knows them (dl_iterate_phdr(3))."""
    names: List[str] = []

    def visit(info: Any, _size: int, _data: Any) -> int:
        names.append(os.fsdecode(info.contents.name or b""))
        return 0

    libc: Any = ctypes.CDLL(None)
    libc.dl_iterate_phdr(_Visitor(visit), None)
    return names
