"""Compiled parts that do not fit: built for another NumPy, processor or system, or in need of a library or program of the system.

What the system lacks is told by name (``data/system_libraries.csv``, ``data/programs.csv``); nothing is run as root.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ...protocol import Finding, Fix
from .. import tables
from ..base import Context, code, finding
from ..reading.words import remark
from . import environment
from .distributions import distribution_of, install_fixes, installed_as, library_of
from .versions import release, violated

_SHARED = re.compile(
    r"(?P<name>lib[\w.+-]+\.so[\d.]*): cannot open shared object file|"
    r"[Ll]ibrary not loaded: \S*?(?P<dylib>lib[\w.+-]+\.dylib)|"
    r"cannot load library '(?:\S*/)?(?P<cffi>[\w.+-]+)'|"
    r'no library called "(?P<called>[\w.+-]+)" was found|'
    r"(?:Unable to find|failed to find|[Cc]ould not find) (?:the )?(?P<plain>lib(?!rar)\w+|zbar|magic|PortAudio|sndfile)\b|"
    r"^(?P<title>PortAudio|sndfile) library not found"
)
_NUMPY = re.compile(
    r"numpy\.(?:dtype|ufunc|ndarray|core\.multiarray)? ?(?:size changed|has the wrong size)|_ARRAY_API not found|"
    r"compiled (?:using|against) (?:NumPy|API version|ABI version)|numpy\.core\.multiarray failed to import|"
    r"module compiled against (?:API|ABI)"
)
_SIZES = re.compile(r"Expected (\d+) from C header, got (\d+) from PyObject")
_SYMBOL = re.compile(r"(?:(\S+?): )?(?:undefined symbol|dlopen.*[Ss]ymbol not found)[: (in]*'?(\w+)?")
_GLIBC = re.compile(r"version [`']((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found(?: \(required by (\S+?)\))?")
_PROCESSOR = re.compile(
    r"incompatible architecture \(have '([\w,]+)', need '([\w,]+)'|wrong ELF class|invalid ELF header"
)
_DLL = re.compile(r"DLL load failed(?: while importing (\w+))?: (.*)", re.DOTALL)
_ERRORS = (
    "ImportError",
    "OSError",
    "AttributeError",
    "ValueError",
    "RuntimeError",
    "LibraryNotFoundError",
    "ModuleNotFoundError",
)


def shared_library(context: Context) -> Optional[Finding]:
    """A library of the system that is not there."""
    match = _SHARED.search(context.message) if context.is_(*_ERRORS) else None
    if not match:
        return None
    name = next(found for found in match.groupdict().values() if found)
    row = _library_row(name)
    by = library_of(context)
    whose = f"{code(by)} needs" if by else "This needs"
    headline = f"{whose} {code(name)}, a library of the system that is not there."
    parts = [
        remark(row["note"]),
        f"On Debian and Ubuntu the system package {code(row['debian'])} has it." if row["debian"] else "",
    ]
    parts += [
        ""
        if row["library"]
        else "Ask your system's packages which one has it, or install the library with conda, which brings such files along."
    ]
    if row["debian"]:
        parts.append(
            f"Whoever administers this machine can run `apt-get install {row['debian']}`; conda needs no such right."
        )
    fixes: List[Fix] = []
    if row["instead"]:
        fixes = install_fixes(row["instead"], confidence=0.75)
        parts.append(
            f"{code(row['instead'])} does without it; the distribution that needed it is best uninstalled then."
        )
    told = " ".join(part for part in parts if part)
    return finding("missing_system_library", headline, 0.93, explanation=told, fixes=fixes)


_NAMES = {
    "zbar": "libzbar.so.0",
    "magic": "libmagic.so.1",
    "PortAudio": "libportaudio.so.2",
    "sndfile": "libsndfile.so.1",
}


def _library_row(name: str) -> Dict[str, str]:
    """What is known of a library: by its whole name, without its version, or by its stem."""
    rows = {row["library"]: row for row in tables.rows("system_libraries")}
    name = _NAMES.get(name, name)
    stem = re.split(r"[.\d]", name)[0]
    for candidate in (name, re.sub(r"(\.so)[\d.]+$", r"\1", name), stem):
        if candidate in rows:
            return rows[candidate]
    if stem:
        alike = [row for known, row in rows.items() if re.split(r"[.]", known)[0] == name.partition(".")[0]]
        if alike:
            return alike[0]
    return {"library": "", "debian": "", "instead": "", "note": ""}


def program(context: Context) -> Optional[Finding]:
    """A program that a library calls and that is not on this machine."""
    name = _program_name(context)
    if not name:
        return None
    row = {row["program"]: row for row in tables.rows("programs")}.get(name, {"debian": "", "note": ""})
    by = _called(context)
    who = f"{code(by)} runs" if by else "This runs"
    headline = f"{who} the program {code(name)}, which is not on this machine, or not on the kernel's search path."
    package = f"On Debian and Ubuntu the system package {code(row['debian'])} has it." if row["debian"] else ""
    after = "Restart the kernel where it was installed after the kernel was started."
    told = " ".join(part for part in (remark(row["note"]), package, after) if part)
    return finding("missing_program", headline, 0.93, explanation=told)


def _called(context: Context) -> str:
    """The library that the user's own code called: what it runs, another one may have asked for."""
    frames = context.error.frames
    own = max((i for i, frame in enumerate(frames) if frame.where != "library"), default=-1)
    top = re.split(r"[/\\]", frames[own + 1].file)[0] if own + 1 < len(frames) else ""
    return top if top.isidentifier() and library_of(context) else ""


def _program_name(context: Context) -> str:
    """The program that could not be started; empty where the error is another one."""
    for row in tables.load("program_messages"):
        if context.error.name in row["errors"] and re.search(row["pattern"], context.message):
            found = re.search(row["pattern"], context.message)
            return row.get("program") or (found[1] if found else "")
    if context.is_("FileNotFoundError"):
        name = context.detail("filename") or (re.search(r"directory: '([^']+)'", context.message) or ["", ""])[1]
        started = any(re.search(r"(?:^|[/\\])(?:subprocess|asyncio)\b", frame.file) for frame in context.error.frames)
        called = re.search(r"\b(?:subprocess|Popen|check_output|check_call|create_subprocess)\b", context.expression())
        if name and not re.search(r"[/\\.]", name) and (started or called):
            return name
    return ""


def numpy_mismatch(context: Context) -> Optional[Finding]:
    """A compiled module that was built for another NumPy than the one that is installed."""
    if not context.is_(*_ERRORS) or not _NUMPY.search(context.message):
        return None
    have = context.namespace.version("numpy") or ""
    by = _not_numpy(context)
    distribution = installed_as(by, context) if by else ""
    sizes = _SIZES.search(context.message)
    newer = release(have)[:1] >= (2,) if have else not sizes or int(sizes[1]) < int(sizes[2])
    what = f"The compiled part of {code(by)}" if by else "A compiled module"
    headline = (
        f"{what} was built for {'an older' if newer else 'a newer'} NumPy than {have or 'the one that is installed'}."
    )
    fixes = install_fixes("numpy<2" if newer else "numpy>=2", restart=True, confidence=0.8)
    version = context.namespace.version(distribution) if distribution else None
    if newer and version and release(version):
        fixes.insert(0, *install_fixes(f"{distribution}>{version}", restart=True, confidence=0.82))
    told = "A newer version of the library fits a newer NumPy; where there is none yet, an older NumPy does."
    facts = [f"{distribution} {version} is installed." if version else ""]
    return finding("binary_mismatch", headline, 0.9, explanation=told, facts=facts, fixes=fixes)


def _not_numpy(context: Context) -> str:
    for frame in reversed(context.error.frames):
        top = re.split(r"[/\\]", frame.file)[0]
        if frame.where == "library" and distribution_of(top) and top != "numpy":
            return top
    return ""


def compiled_part(context: Context) -> Optional[Finding]:
    """A compiled module that this system, processor or set of versions cannot load."""
    if not context.is_("ImportError", "OSError", "RuntimeError"):
        return None
    message = context.message
    old = _GLIBC.search(message)
    if old:
        headline = f"A compiled module needs {code(old[1])}, which is newer than what this system has."
        told = "It was built on a newer system. An older version of the library helps, or conda, which brings a C++ library."
        facts = [f"It is needed by {old[2]}." if old[2] else ""]
        return finding("old_system", headline, 0.93, explanation=told, facts=facts)
    processor = _PROCESSOR.search(message)
    if processor:
        which = f": it is for {processor[1]}, this Python is for {processor[2]}" if processor[1] else ""
        headline = f"A compiled module was built for another processor{which}."
        return finding("wrong_architecture", headline, 0.92)
    symbol = _SYMBOL.search(message)
    if symbol:
        return _undefined(context, symbol[1] or "", symbol[2] or "")
    dll = _DLL.search(message)
    if dll:
        what = code(dll[1] or library_of(context) or "the module")
        headline = f"Windows could not load the compiled part of {what}, or a library that it needs."
        return finding("dll_load_failed", headline, 0.88)
    return None


def _undefined(context: Context, path: str, symbol: str) -> Finding:
    """A symbol that the libraries loaded do not have: two distributions do not fit each other."""
    inside = re.search(r"(?:site|dist)-packages[/\\](\w+)", path)
    by = inside[1] if inside else library_of(context)
    distribution = installed_as(by, context) if by else ""
    wrong = environment.unmet(distribution) if distribution and context.namespace.live else []
    what = f"The compiled part of {code(by)}" if by else "A compiled module"
    headline = f"{what} was built for another version of a library than the one that is installed."
    fixes: List[Fix] = []
    if wrong:
        name, specifier = wrong[0].name, wrong[0].specifier
        have = context.namespace.version(name) or ""
        headline = f"{what} was built for {code(name + specifier)}; {have} is installed."
        fixes = install_fixes(name + violated(have, specifier), restart=True)
    facts = [f"The missing symbol is {code(symbol)}." if symbol else ""]
    return finding("binary_mismatch", headline, 0.9, facts=facts, fixes=fixes)


RULES: Tuple[Any, ...] = (shared_library, program, numpy_mismatch, compiled_part)
