"""Memory, disk, permissions and network: nothing is wrong with the code, the machine says no."""

from __future__ import annotations

import re
from typing import Any, Optional, Tuple

from ..protocol import Finding
from .base import Context, code, finding

_CONNECTION = (
    *("ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"),
    *(
        "URLError",
        "ConnectError",
        "MaxRetryError",
        "NewConnectionError",
        "ProxyError",
        "gaierror",
        "ServerNotFoundError",
    ),
)
_TIMEOUT = (
    "TimeoutError",
    "ReadTimeout",
    "ConnectTimeout",
    "Timeout",
    "ReadTimeoutError",
    "timeout",
    "ConnectTimeoutError",
)
_HOST = re.compile(r"host='([^']+)'|https?://([\w.-]+)|Failed to resolve '([^']+)'")
_NO_NAME = re.compile(
    r"Name or service not known|Temporary failure in name resolution|getaddrinfo failed|nodename nor servname|"
    r"Failed to resolve"
)


def memory(context: Context) -> Optional[Finding]:
    """No memory left, in the kernel or on the GPU."""
    gpu = "OutOfMemoryError" in context.error.name or "CUDA out of memory" in context.message
    if gpu:
        return finding("gpu_memory", "The GPU has no memory left for this.", 0.95)
    if not context.is_("MemoryError", "_ArrayMemoryError", "ArrowMemoryError"):
        return None
    asked = re.search(r"Unable to allocate ([\d.]+ \w+) for an array with shape (\([^)]*\))", context.message)
    if asked:
        return finding(
            "memory",
            f"An array of shape {code(asked.group(2))} needs {asked.group(1)}, more memory than the kernel can get.",
            0.95,
        )
    return finding("memory", "The kernel could not get the memory that this needs.", 0.8)


def operating_system(context: Context) -> Optional[Finding]:
    """Disk and permissions."""
    path = context.detail("filename")
    shown = f" {code(path)}" if path else ""
    number = context.detail("errno") or (re.match(r"\[Errno (\d+)\]", context.message) or [None, ""])[1]
    if number in ("28", "122") or "No space left on device" in context.message:
        what = "The disk quota is used up" if number == "122" else "The disk is full"
        return finding("disk_full", f"{what}, so{shown or ' the file'} could not be written.", 0.95)
    if context.is_("PermissionError"):
        return finding("permission", f"The kernel's user may not do this with{shown or ' the file or folder'}.", 0.85)
    if number == "30":
        return finding("permission", f"The file system of{shown or ' the file'} is read-only.", 0.9)
    if number == "24" and context.is_("OSError"):
        return finding("too_many_files", "Too many files are open at once in the kernel.", 0.9)
    if context.is_("IsADirectoryError"):
        return finding("is_a_folder", f"{shown.strip() or 'The path'} is a folder, where a file is needed.", 0.9)
    return None


def network(context: Context) -> Optional[Finding]:
    """Another machine does not answer."""
    name = context.error.name
    if name not in _CONNECTION and name not in _TIMEOUT and not _NO_NAME.search(context.message):
        return None
    match = _HOST.search(context.message) or _HOST.search(context.expression())
    host = next((code(g) for g in match.groups() if g), "") if match else ""
    if _NO_NAME.search(context.message):
        return finding("no_such_host", f"The address of {host or 'the server'} could not be found.", 0.9)
    if name in _TIMEOUT or "timed out" in context.message:
        return finding(
            "network_timeout", f"{host[:1].upper() + host[1:] or 'The other side'} did not answer in time.", 0.8
        )
    if name == "ConnectionRefusedError" or "Connection refused" in context.message:
        return finding(
            "connection_refused", f"Nothing listens at {host or 'that address'}: the connection was refused.", 0.9
        )
    return finding("network", f"The connection to {host or 'the other side'} failed.", 0.7)


RULES: Tuple[Any, ...] = (memory, operating_system, network)
