"""Another machine does not answer, refuses, or answers with an error: which one, and what of this machine has to do with it.

Libraries wrap what went wrong several times; every error of the chain is read, and the most exact answer counts.
"""

from __future__ import annotations

import ast
import os
import re
from typing import Any, Iterator, List, Optional, Tuple

from ...protocol import Finding, Fix, RaisedError
from .. import tables
from ..base import CERTAIN, Context, closest, code, edit, finding
from ..reading.source import string_edit
from ..reading.words import sentence
from . import machine

_HOST = re.compile(
    r"host='([^']+)'|Failed to resolve '([^']+)'|https?://(?:[^/\s@'\"]*@)?([\w.-]+(?::\d+)?)|server at \"?([\w.-]+)"
    r"|connect to host ([\w.-]+)|host name \"([\w.-]+)\"|ssl:default \[[^\]]*\] for ([\w.-]+)"
)
_URL = re.compile(r"(?:https?|s3|gs|ftp)://[^\s'\"<>)]+")


def network(context: Context) -> Optional[Finding]:
    """The connection itself failed."""
    if not _is_about_network(context):
        return None
    row = next((row for row in _rows() if any(_tells(row, error) for error in context.report.errors)), None)
    if row is None:
        return None
    host = host_of(context)
    shown = code(host) if host else "the server"
    headline = row["headline"].format(shown)
    fixes = _misspelled(context, host) if row["kind"] == "no_such_host" else []
    if fixes:
        headline = (
            f"There is no address {shown}; the closest that is widely used is {fixes[0].title.partition(' ')[2]}."
        )
    facts = _facts(context, row["kind"], host)
    return finding(row["kind"], sentence(headline), row["confidence"], facts=facts, fixes=fixes)


def _rows() -> List[Any]:
    """What names and texts of errors mean, the most exact first."""
    rows: List[Any] = tables.load("infra")["network"]
    return rows


def _tells(row: Any, error: RaisedError) -> bool:
    return error.name in row["names"] or bool(re.search(row["pattern"], f"{error.name}: {error.message}"))


#: Errors of any trouble, whose text has to tell; and kinds whose text is about a network for sure.
_WRAPPERS = (
    "OSError",
    "RuntimeError",
    "TimeoutError",
    "LocalEntryNotFoundError",
    "OperationalError",
    "BrokenPipeError",
)
_TOLD = ("no_such_host", "tls_certificate", "connection_refused", "no_route", "proxy", "network", "connection_broken")


def _is_about_network(context: Context) -> bool:
    """The message of another program (a worker's, a shell's) may speak of a network that this error is not about."""
    error = context.error
    if error.name.startswith("RayTaskError") or error.qualified_name.startswith("ray.exceptions."):
        return False
    names = {name for row in _rows() for name in row["names"]}
    if any(one.name in names and one.name != "timeout" for one in context.report.errors[:1]):
        return True
    chained = any(one.name in names for one in context.report.errors[1:])
    return (
        chained or error.name in _WRAPPERS or error.name.endswith(("HTTPError", "ConnectionError", "Exception"))
    ) and any(re.search(row["pattern"], error.message) for row in _rows() if row["kind"] in _TOLD or chained)


# ------------------------------------------------------------------ the server's name


def host_of(context: Context) -> str:
    """The server that was asked, as the messages or the cell tell; empty where they do not."""
    for text in _texts(context):
        match = _HOST.search(text)
        if match:
            return next(g for g in match.groups() if g)
    return ""


def url_of(context: Context) -> str:
    """The address that was asked for; empty where neither the messages nor the cell tell."""
    return next((m[0].rstrip(".,;:") for text in _texts(context) for m in [_URL.search(text)] if m), "")


def _texts(context: Context) -> Iterator[str]:
    for error in context.report.errors:
        yield error.message
    yield context.expression()
    yield from (str(node.value) for node in _strings(context))


def _strings(context: Context) -> List[Any]:
    """Texts in the failing statement, and those that the cell gives to a name which the statement uses."""
    tree, line = context.tree(), context.line()
    # Not by `Context.nodes`, which looks up the place of every node: cells may be long.
    around = [n for n in tree.body if n.lineno <= line <= (n.end_lineno or 0)] if tree and line else []
    inside = [node for statement in around for node in ast.walk(statement)]
    used = {node.id for node in inside if isinstance(node, ast.Name)}
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Assign) and used & {getattr(target, "id", "") for target in statement.targets}:
            inside += ast.walk(statement.value)
    found = [node for node in inside if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return list({id(node): node for node in found}.values())


def _misspelled(context: Context, host: str) -> List[Fix]:
    """The correction of an address that is nearly a well-known one."""
    near = closest(host, tables.load("infra")["hosts"]["names"], 0.88) if "." in host else None
    if near is None or near.others or near.confidence < CERTAIN:
        return []
    nodes = [n for n in _strings(context) if f"//{host}" in n.value]
    change = (
        string_edit(context.source, nodes[0], nodes[0].value.replace(host, near.name, 1)) if len(nodes) == 1 else None
    )
    return edit(f"Write {code(near.name)}", [change] if change else [], 0.85)


# ------------------------------------------------------------------ what this machine has to do with it


def _facts(context: Context, kind: str, host: str) -> List[str]:
    if not context.namespace.live:
        return []
    local = host.partition(":")[0] in ("localhost", "127.0.0.1", "::1", "0.0.0.0")
    found = []
    if (
        not local
        and kind in ("no_such_host", "no_route", "network_timeout", "network")
        and machine.has_way_out() is False
    ):
        found.append("This machine has no way to other networks at all: its routing table has no default route.")
    used = machine.proxies(dict(os.environ))
    if used and not local:
        found.append(f"Requests go through a proxy, which the environment names in {code(used[0])}.")
    elif not local and kind in ("network_timeout", "no_route"):
        found.append("The kernel's environment names no proxy.")
    if local and kind == "connection_refused":
        found.append("That is this machine itself: where the kernel runs in a container, the container.")
    return found


# ------------------------------------------------------------------ answers with a status

_STATUS = (
    re.compile(r"^HTTP Error (\d{3})"),
    re.compile(r"\b(\d{3}) (?:Client|Server) Error"),
    re.compile(r"(?:Client|Server) error '(\d{3})"),
    re.compile(r"^Error code: (\d{3})\b"),
    re.compile(r"^<HttpError (\d{3})"),
    re.compile(r"^(\d{3}), message="),
    re.compile(r"An error occurred \((\d{3})\) when calling"),
    re.compile(r"[Ss]tatus(?:[ _]code)?[:= ]+(\d{3})\b"),
    re.compile(r"^(\d{3}) (?:GET|POST|PUT|HEAD|Bad|Forbidden|Not Found|Unauthorized)"),
)


def status(context: Context) -> Optional[Finding]:
    """The server answered, with an error."""
    number = _number(context)
    if not number:
        return None
    rows = tables.load("infra")["status"]
    row = next((row for row in rows if number in row["codes"]), None)
    if row is None and number < 500:
        return None  # what the request should have been is the service's own business
    row = row or rows[-1]
    url = url_of(context)
    host = host_of(context) or url.partition("//")[2].partition("/")[0]
    headline = row["headline"].format(code(host) if host else "the server")
    path = url.partition("?")[0].rpartition("/")[2]
    facts = [f"What was asked for is {code(path)}." if path and row["kind"] == "http_not_found" else ""]
    if "github" in host and "/master/" in url and row["kind"] == "http_not_found":
        facts.append("Many repositories have renamed their branch `master` to `main`.")
    return finding(row["kind"], sentence(headline), 0.93, facts=facts)


def _number(context: Context) -> int:
    names = (
        "HTTPError",
        "HTTPStatusError",
        "HttpError",
        "ClientResponseError",
        "ClientError",
        "HfHubHTTPError",
        "APIStatusError",
    )
    for error in context.report.errors:
        if not (error.name in names or _is_status_error(error)):
            continue
        for pattern in _STATUS:
            match = pattern.search(error.message)
            if match and 400 <= int(match[1]) < 600:
                return int(match[1])
    return 0


_SERVICE = re.compile(
    r"Authentication|PermissionDenied|NotFound|RateLimit|InternalServer|Response|Repo|HTTP|Http|Gated|Entry"
)


def _is_status_error(error: RaisedError) -> bool:
    """Libraries of services name their errors after the status."""
    return bool(_SERVICE.search(error.name)) and error.name.endswith(("Error", "Exception"))


RULES: Tuple[Any, ...] = (network, status)
