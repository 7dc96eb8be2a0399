"""``make bench``: timings, each beside its baseline in the same run, and the limit it is held to. Exit 1 over a limit."""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import subprocess
import sys
import time

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbdoctor.kernel import extension
from nbdoctor.server.deaths import proc
from tests import bench_page, bench_trials
from tests.bench_trials import Row, p95

LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("1")
started = time.process_time()
if {load}:
    shell.run_line_magic("load_ext", "nbdoctor")
print(time.process_time() - started)
"""

VARIABLES = "for i in range(500): globals()[f'variable_{i}'] = [i]"
FAILURES = [
    "revenu",
    "table['revenu']",
    "table.applymap(str)",
    "import slugify",
    "x = (1,",
    "def total(rows)\n"
    + "".join(f"    r{n} = [row * {n} for row in rows if row > {n}]\n" for n in range(200))
    + "    return rows",
    "len(1, 2)",
    "open('sale.csv')",
]


def cpu_of_loading(runs: int = 9) -> list[tuple[float, float]]:
    """Pairs of CPU milliseconds, (without, with) loading."""

    def one(load: bool) -> float:
        out = subprocess.run([sys.executable, "-c", LOAD.format(load=load)], capture_output=True, text=True, check=True)
        return float(out.stdout.splitlines()[-1]) * 1000

    return [(one(False), one(True)) for _ in range(runs)]


def _shell() -> InteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


def _time(shell: InteractiveShell, source: str) -> float:
    started = time.perf_counter()
    shell.run_cell(source)
    return (time.perf_counter() - started) * 1000


def cell_that_succeeds(runs: int = 3000) -> tuple[float, float]:
    """Median milliseconds of a cell among 500 variables, (without, with), turn by turn."""
    plain, loaded = _shell(), _shell()
    loaded.run_line_magic("load_ext", "nbdoctor")
    for shell in (plain, loaded):
        shell.run_cell(VARIABLES)
    pairs = [(_time(plain, "pass"), _time(loaded, "pass")) for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*pairs))  # type: ignore[return-value]


def failing_cells(rounds: int = 20) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of failing cells among 500 variables and a table of ten million rows: the whole cell without and with
    nbdoctor, turn by turn, and from the exception to the findings (the first one imports the rules)."""
    plain, loaded = _shell(), _shell()
    loaded.run_line_magic("load_ext", "nbdoctor")
    for shell in (plain, loaded):
        shell.run_cell(
            "import numpy as np, pandas as pd\ntable = pd.DataFrame({'revenue': np.arange(10_000_000), 'day': 1})\n"
            + VARIABLES
            + "\nrevenue = 3"
        )
    without, with_, inside = [], [], []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in FAILURES * rounds:
            without.append(_time(plain, source))
            with_.append(_time(loaded, source))
            inside.append(extension.loaded(loaded).watch.latest().seconds * 1000)
    return without, with_, inside


def look_at_a_kernel(runs: int = 1000) -> float:
    """Median milliseconds of the server's look at one process, once a second for each kernel."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        proc.sample(os.getpid(), proc.machine_now())
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _row(name: str, without: float, with_: float, limit: float | None = None) -> Row:
    return name, without, with_, with_ - without, limit


def main() -> int:
    """Print the table; 1 where a limit is passed."""
    pairs = cpu_of_loading()
    plain_load, load = (statistics.median(column) for column in zip(*pairs))
    plain_cell, cell = cell_that_succeeds()
    plain_failing, failing, inside = failing_cells()
    rows = [
        _row("%load_ext nbdoctor, CPU, median", plain_load, load, 15.0),
        _row("a cell that succeeds, median", plain_cell, cell, 0.2),
        _row("a cell that fails, median", statistics.median(plain_failing), statistics.median(failing)),
        _row("a cell that fails, p95", p95(plain_failing), p95(failing)),
        _row("from the exception to the findings, p95", 0.0, p95(inside), 50.0),
        _row("the same, the session's first error", 0.0, inside[0]),
        _row("the server's look at a kernel, each second, median", 0.0, look_at_a_kernel(), 1.0),
        *bench_trials.rows(),
        *bench_page.rows(),
    ]
    print(f"{'milliseconds':62}{'without':>10}{'with':>10}{'added':>10}{'limit':>10}")
    for name, without, with_, added, limit in rows:
        shown = "-" if limit is None else f"{limit:.1f}"
        print(f"{name:62}{without:10.2f}{with_:10.2f}{added:10.2f}{shown:>10}")
    over = [name for name, _, _, added, limit in rows if limit is not None and added > limit]
    print("over the limit: " + ", ".join(over) if over else "all within their limits")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
