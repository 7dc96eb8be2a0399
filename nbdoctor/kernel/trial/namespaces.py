"""Namespaces with an overlay: a view of the file system of one's own, whose changes are gone with it (user_namespaces(7)).

The process keeps its user and group, sees no network but a loopback that is down, no process but its own, and a root made of
overlays: each real file system below, a small tmpfs above. Where the system does not allow it, OSError.
"""

from __future__ import annotations

import os
import re
from typing import List

from . import libc

#: Bytes that a trial may write; they are memory.
WRITABLE = 256 * 1024 * 1024

# Where the new root is built: whatever is there is replaced in it by an empty tmpfs anyway.
_STAGE = "/dev/shm"
# Bound as they are: Landlock lets nothing be written there.
_VIRTUAL = ("/dev", "/sys", "/proc")
# More entries than this beside mount points are not worth the time.
_MAX_ENTRIES = 2000


def leave() -> None:
    """Enter new user, mount, network, IPC and PID namespaces; the next child is process 1 of the last."""
    libc.unshare(libc.CLONE_NEWUSER | libc.CLONE_NEWNS | libc.CLONE_NEWNET | libc.CLONE_NEWIPC | libc.CLONE_NEWPID)


def keep_user(user: int, group: int) -> None:
    """Be the same user and group in the new namespaces as outside."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def change_root() -> List[str]:
    """Make a copy of the file system the root and return the folders of it in which files may be changed.

    To be called by process 1 of the new namespaces. The working directory stays what it was called.
    """
    here = os.getcwd()
    points = mount_points(_read("/proc/self/mountinfo"))
    libc.mount(None, "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    shared = os.open(_STAGE, os.O_PATH | os.O_CLOEXEC)
    libc.mount("tmpfs", _STAGE, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, f"size={WRITABLE},mode=755")
    root = f"{_STAGE}/root"
    os.mkdir(root)
    libc.mount("tmpfs", root, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=1m,mode=755")
    for top in _VIRTUAL:
        _bind_virtual(top, f"{root}{top}")
    writable = [_STAGE]
    if not _overlay(f"/proc/self/fd/{shared}", f"{root}{_STAGE}", 0):
        libc.mount("tmpfs", f"{root}{_STAGE}", "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, f"size={WRITABLE},mode=1777")
    os.close(shared)
    libc.mount(
        "devpts", f"{root}/dev/pts", "devpts", libc.MS_NOSUID | libc.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"
    )
    _build("/", root, [point for point in points if not point.startswith(_VIRTUAL)], writable)
    os.chdir(root)
    libc.pivot_root(".", ".")
    libc.umount(".")
    os.chdir(here)
    return writable


def mount_points(mountinfo: str) -> List[str]:
    """The folders and files that something is mounted on (proc_pid_mountinfo(5)), without the root."""
    fields = (line.split(" ") for line in mountinfo.splitlines())
    targets = (re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), line[4]) for line in fields)
    return sorted(set(targets) - {"/"})


def _bind_virtual(top: str, target: str) -> None:
    os.mkdir(target)
    if top == "/proc":
        try:
            libc.mount("proc", target, "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)
        except OSError:
            # A container that hides parts of /proc allows no other. Modes and times mean nothing there.
            libc.mount(top, target, flags=libc.MS_BIND | libc.MS_REC)
    else:
        _bind(top, target)


def _bind(source: str, target: str) -> None:
    """Show what is at ``source``, read-only: Landlock keeps files from being written, but not modes and times from being set."""
    libc.mount(source, target, flags=libc.MS_BIND | libc.MS_REC)
    libc.make_readonly(target)


def _build(folder: str, root: str, points: List[str], writable: List[str]) -> None:
    """Fill ``root + folder``: an overlay for each folder without mounts of others in it, which is the condition that the
    kernel sets; a folder with such mounts is made anew, entry by entry."""
    entries = list(os.scandir(folder))
    if len(entries) > _MAX_ENTRIES:
        raise OSError(0, f"{folder} holds mounts and too many files")
    for entry in entries:
        target = f"{root}{entry.path}"
        if entry.path in _VIRTUAL:
            continue
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif not entry.is_dir(follow_symlinks=False):
            with open(target, "wb"):
                pass
            _bind(entry.path, target)
        else:
            os.mkdir(target)
            inside = [point for point in points if point.startswith(f"{entry.path}/")]
            if inside:
                os.chmod(target, entry.stat().st_mode & 0o7777)
                _build(entry.path, root, inside, writable)
            elif _overlay(entry.path, target, len(writable)):
                writable.append(entry.path)
            else:
                _bind(entry.path, target)


def _overlay(lower: str, target: str, number: int) -> bool:
    upper, work = f"{_STAGE}/upper{number}", f"{_STAGE}/work{number}"
    escaped = lower.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
    try:
        for folder in (upper, work):
            os.mkdir(folder)
        # The copy belongs to this user, whoever the folder belongs to; what he may not do there, he may not do here.
        mode = os.stat(lower).st_mode & 0o7777
        for right, bits in ((os.R_OK, 0o444), (os.W_OK, 0o222), (os.X_OK, 0o111)):
            mode &= 0o7777 if os.access(lower, right) else ~bits
        os.chmod(upper, mode)
        libc.mount("overlay", target, "overlay", 0, f"lowerdir={escaped},upperdir={upper},workdir={work},userxattr")
    except OSError:
        return False  # a file system that cannot be below an overlay
    return True


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
