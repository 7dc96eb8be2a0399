"""Libraries that ask for another one: an optional dependency, an extra, a newer version, in the library's own words.

Each library has its own sentence for that; the patterns stand in ``data/optional.json``. What is named there is installed
only where a table or the library's metadata knows it.
"""

from __future__ import annotations

import re
from typing import Any, Iterator, List, Optional, Tuple

from ...protocol import Finding
from .. import tables
from ..base import Context, code, finding
from . import environment
from .distributions import install_fixes, installed_as, library_of, named
from .versions import normal, satisfies, violated

_NO_MODULE = re.compile(r"^No module named '([\w.]+)'")
#: Errors that are about imports and versions, whatever they say.
_IMPORTS = (
    *("ImportError", "ModuleNotFoundError", "MissingDependencyError", "OptionalImportError", "PackageNotFoundError"),
    *("NoSuchModuleError", "FeatureNotFound", "VersionConflict", "ContextualVersionConflict", "DistributionNotFound"),
)
#: Errors that may be about anything: of their messages only patterns count that can mean nothing else ("anywhere").
_OTHERS = ("AttributeError", "ValueError", "RuntimeError", "OSError", "ImproperlyConfigured")


def wrong_version(context: Context) -> Optional[Finding]:
    """A library that says which version of another it needs, and which it found."""
    if not context.is_(*_IMPORTS) or len(context.message) > 4000:
        return None
    for row in tables.load("optional")["bounds"]:
        match = re.search(row["pattern"], context.message)
        if match is None:
            continue
        parts = match.groupdict()
        specifier = _specifier(parts)
        if not specifier or satisfies(parts["have"], specifier):
            continue
        by = library_of(context)
        name = named(parts["name"], installed_as(by, context))
        if not name:
            continue
        wanted = f"{name}{specifier}"
        headline = f"{code(by) if by else 'This'} needs {code(wanted)}; {parts['have'].rstrip('.')} is installed."
        # An installer takes the newest version that one clause allows, which the others allow as a rule, too.
        fixes = install_fixes(name + violated(parts["have"], specifier), restart=True)
        return finding("version_conflict", headline, 0.92, fixes=fixes)
    return None


def _specifier(parts: Any) -> str:
    if parts.get("atleast"):
        return f">={parts['atleast'].rstrip('.')}"
    if parts.get("atmost"):
        release = [int(number) for number in parts["atmost"].rstrip(".").split(".")]
        return f"<{'.'.join(map(str, [*release[:-1], release[-1] + 1]))}"
    return re.sub(r"\s", "", parts.get("specifier") or "").strip(",.")


def optional_dependency(context: Context) -> Optional[Finding]:
    """A library that cannot go on without another one that is not installed."""
    if not context.is_(*_IMPORTS, *_OTHERS) or _NO_MODULE.match(context.message):
        return None
    by = library_of(context)
    if not by and not context.is_(*_IMPORTS):
        return None
    library = installed_as(by, context) if by else ""
    for token in _tokens(context):
        base, _, extra = token.partition("[")
        distribution = named(base, library)
        if distribution and (extra or not _is_there(context, base, distribution)):
            return _needed(context, by, _bounded(f"{distribution}[{extra}" if extra else distribution, library))
    for token in _tokens(context) if context.is_(*_IMPORTS) else ():
        if by and not named(token.partition("[")[0], library) and not context.namespace.module_exists(token):
            headline = f"{code(by)} asks for {code(token)}, which nbdoctor does not know."
            told = (
                "Look at the library's own documentation before you install it: a name in a message may be anybody's."
            )
            return finding("optional_dependency", headline, 0.55, explanation=told)
    return None


def _tokens(context: Context) -> Iterator[str]:
    """What is asked for: the module whose import failed before, then what the message names, in the order of the table."""
    for error in context.report.errors[1:3]:
        match = _NO_MODULE.match(error.message) if error.name == "ModuleNotFoundError" else None
        # What was raised while an import failed is about it; another error only where it says so by ``raise … from``.
        if match and error.relation in (("cause", "context") if context.is_(*_IMPORTS) else ("cause",)):
            yield match[1].partition(".")[0]
    for row in tables.load("optional")["names"]:
        told = row.get("anywhere") or context.is_(*_IMPORTS)
        match = re.search(row["pattern"], context.message[:4000]) if told else None
        if match:
            yield row.get("requirement") or match[1].rstrip(".-")


def _is_there(context: Context, token: str, distribution: str) -> bool:
    return context.namespace.version(distribution) is not None or context.namespace.module_exists(token)


def _bounded(requirement: str, library: str) -> str:
    """``requirement`` with the least version that the library's metadata asks for, where it names one."""
    if not library or "[" in requirement:
        return requirement
    wanted = environment.asked(library, requirement)
    least = re.search(r">=([\d.]+)", wanted.specifier) if wanted is not None else None
    return f"{requirement}>={least[1]}" if least else requirement


def _needed(context: Context, by: str, requirement: str) -> Finding:
    bare = re.split(r"[\[<>=!~]", requirement)[0]
    what = f"{code(requirement)}, with its extra" if "[" in requirement else code(bare)
    same = by and normal(by) == normal(bare)
    headline = f"{code(by) if by and not same else 'This'} needs {what}, which is not installed."
    facts: List[str] = [f"The import of {code(bare)} failed."] if len(context.report.errors) > 1 else []
    return finding("optional_dependency", headline, 0.92, facts=facts, fixes=install_fixes(requirement))


RULES: Tuple[Any, ...] = (wrong_version, optional_dependency)
