"""``make trials-table``: uses each library in a kernel, then in a trial, then in the kernel again, and writes what came of it
into docs/trials.md.

The first argument is a Python that has ipykernel and the libraries; names of cases after it run those alone, and only
print.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import os
import platform
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

from tests.real_kernel import ROOT, Kernel, Tried
from tests.trial_cases import CASES, Case

PAGE = ROOT / "docs" / "trials.md"
BEGIN, END = "<!-- make trials-table writes from here -->\n", "<!-- to here -->\n"


@contextlib.contextmanager
def _server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"a page")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


async def _row(case: Case, python: str, versions: dict[str, str], server: str) -> str:
    before, trial, after = (text.replace("{server}", server) for text in (case.before, case.trial, case.after))
    goes_on = "yes"
    async with Kernel.start(python, RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0") as kernel:
        await kernel.run(before)
        full = await kernel.trial(trial) if kernel.tier == "full" else None
        await kernel.run('%config NBDoctor.trials = "basic"')
        basic = await kernel.trial(trial)
        try:
            await kernel.run(after)
        except RuntimeError as error:
            goes_on = f"**no**: {str(error).splitlines()[0]}"
    number = versions.get(case.distribution, "")
    return f"| {case.name} | {number} | {_words(full)} | {_words(basic)} | {goes_on} |"


def _words(trial: Tried | None) -> str:
    if trial is None:
        return "not to be had here"
    reason = re.sub(r"(/dev/shm/)\S+", r"\1…", trial.reason).replace("|", "\\|")
    return f"{trial.status.replace('_', ' ')}, {trial.wall:.1f} s" + (f": {reason}" if reason else "")


def _versions(python: str) -> dict[str, str]:
    names = sorted({"ipykernel", *(case.distribution for case in CASES)} - {""})
    code = f"""
import json, platform
from importlib.metadata import version
print(json.dumps({{"python": platform.python_version(), **{{name: version(name) for name in {names}}}}}))
"""
    found: dict[str, str] = json.loads(subprocess.run([python, "-c", code], capture_output=True, check=True).stdout)
    return found


async def _table(cases: list[Case], python: str) -> str:
    versions = _versions(python)
    rows = [
        "| in the kernel and in the trial | version | full | basic | the kernel goes on |",
        "| --- | --- | --- | --- | --- |",
    ]
    with _server() as server:
        for case in cases:
            rows.append(await _row(case, python, versions, server))
            print(rows[-1], flush=True)
    release = ".".join(re.findall(r"[0-9]+", platform.release())[:2])
    head = f"Python {versions['python']}, ipykernel {versions['ipykernel']}, Linux {release}, {platform.machine()}."
    return "\n".join([head, "", *rows]) + "\n"


def main(python: str, *names: str) -> int:
    """Print the table, and write it into the page where it is complete; 1 where a kernel did not go on."""
    cases = [case for case in CASES if not names or any(name in case.name for name in names)]
    table = asyncio.run(_table(cases, os.path.abspath(python)))
    if not names:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, tail = rest.partition(END)
        PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")
    return int("**no**" in table)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
