"""``nbdoctor run NOTEBOOK``: run a notebook, say why it fails, and with ``--fix`` repair it and go on."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from traitlets.config import Config, JSONFileConfigLoader, PyFileConfigLoader

from ..config import NBDoctor
from ..errors import NBDoctorError
from ..protocol import Diagnosis, Fix, PostedError
from ..server.service import Service
from .execution import Execution
from .report import Reporter

MAX_FIXES = 10
OK, FAILED, USAGE = 0, 1, 2


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="run a notebook, explain its first error, and repair it",
        description="Runs a notebook in a kernel of its own and explains the first error. Exit code 0: it ran to its end; "
        "1: an error stands; 2: the command line is wrong.",
    )
    parser.add_argument("notebook", type=Path)
    parser.add_argument(
        "--fix", action="store_true", help=f"apply the best fix, rerun, go on (at most {MAX_FIXES} fixes)"
    )
    parser.add_argument("--in-place", action="store_true", help="write the repaired notebook over the original")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found and done as JSON")
    parser.add_argument("--kernel", metavar="NAME", help="kernel to use instead of the notebook's own")
    parser.add_argument("--no-rules", action="store_true", help="leave the rules out: the model alone")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a Jupyter configuration file with c.NBDoctor settings"
    )
    parser.set_defaults(main=main, parser=parser)


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    problem = _usage(arguments)
    if problem:
        print(f"nbdoctor run: {problem}", file=sys.stderr)
        return USAGE
    try:
        settings = NBDoctor(config=configuration(arguments.config))
        if arguments.no_rules:
            settings.auto = "model"
        runner = Runner(arguments, settings)
        return asyncio.run(runner.run())
    except NoSuchKernel as error:
        print(
            f"nbdoctor run: there is no kernel named {error.name!r}; `jupyter kernelspec list` shows them.",
            file=sys.stderr,
        )
    except nbformat.reader.NotJSONError:
        print(f"nbdoctor run: {arguments.notebook} is not a notebook.", file=sys.stderr)
    except nbformat.ValidationError as error:
        print(
            f"nbdoctor run: {arguments.notebook} is not a valid notebook: {str(error).splitlines()[0]}", file=sys.stderr
        )
    return USAGE


class Runner:
    """One run of the command."""

    def __init__(self, arguments: argparse.Namespace, settings: NBDoctor) -> None:
        self.path: Path = arguments.notebook
        self.arguments = arguments
        self.service = Service(settings, use_rules=not arguments.no_rules)
        self.report = Reporter(self.path)
        self.failures: List[Dict[str, Any]] = []
        self.fixes = 0  # applied
        self.repaired = 0  # cells that pass since

    async def run(self) -> int:
        """Run the notebook to its end or to an error that stands."""
        ok = False
        try:
            async with Execution.start(self.path, self.service, self.arguments.kernel) as execution:
                self.report.started(execution.load_trouble)
                try:
                    ok = await self._cells(execution)
                except DeadKernelError:
                    self.report.sentence(
                        "The kernel died while the notebook ran; there is no traceback to explain.", "red"
                    )
                if self.arguments.fix and self.repaired:
                    self._write(execution.notebook)
        finally:
            await self.service.close()
            self.report.stop()
        self.report.ended(ok, self.repaired)
        if self.arguments.json:
            text = json.dumps({"notebook": str(self.path), "ok": ok, "failures": self.failures}, indent=2)
            self.arguments.json.write_text(text + "\n", encoding="utf-8")
        return OK if ok else FAILED

    async def _cells(self, execution: Execution) -> bool:
        """Run every cell, repairing those that fail. False where an error stands."""
        cells = execution.code_cells()
        for number, cell_id in enumerate(cells, 1):
            self.report.cell(number, len(cells))
            error = await execution.run(execution.index(cell_id))
            tried: Set[str] = set()
            before = execution.sources()
            while error is not None:
                applied, error = await self._repair(execution, execution.index(cell_id), error, tried)
                if not applied:
                    if tried:  # what did not help does not stay
                        execution.put_back(before)
                        self.report.sentence("No fix made the cell pass: its text is as it was.", "yellow")
                    return False
            self.repaired += bool(tried)
        return True

    async def _repair(
        self, execution: Execution, index: int, error: PostedError, tried: Set[str]
    ) -> Tuple[bool, Optional[PostedError]]:
        """Diagnose, and with ``--fix`` apply the best fix not tried yet. Returns whether one was applied, and the error
        that stands then."""
        source = execution.notebook.cells[index].source
        diagnosis = await execution.diagnose(index, error, self.report.event)
        self.report.diagnosis(index, error, diagnosis)
        fix = None
        if self.arguments.fix and self.fixes < MAX_FIXES:
            fix = await self._best(execution, index, diagnosis, tried)
        record: Dict[str, Any] = {
            "cell": execution.notebook.cells[index].get("id"),
            "index": index,
            "error": asdict(error),
            "diagnosis": asdict(diagnosis),
            "applied": None,
            "verdict": None,
            "rerun": None,
        }
        self.failures.append(record)
        if fix is None:
            if self.arguments.fix:
                self.report.refused(diagnosis.fixes)
            return False, error
        tried.add(fix.id)
        self.fixes += 1
        others = {cell.id: cell.source for cell in execution.notebook.cells}
        self.report.applying(fix, source, others)
        try:
            still = await execution.apply(fix, index, self.report.line)
        except NBDoctorError as trouble:
            self.report.sentence(f"{trouble.message} {trouble.hint}", "red")
            return False, error
        record.update(applied=fix.id, verdict=asdict(fix.verdict), rerun="passed" if still is None else "failed")
        self.report.rerun(still)
        return True, still

    async def _best(self, execution: Execution, index: int, diagnosis: Diagnosis, tried: Set[str]) -> Optional[Fix]:
        """The fix to apply. What is only checked after a click is checked here; its verdict goes into ``diagnosis``."""
        checked: Set[str] = set()
        while (fix := best(diagnosis, tried)) is not None and fix.verdict.can_check and fix.id not in checked:
            checked.add(fix.id)
            fresh = await execution.check(fix, index)
            diagnosis.fixes[:] = [fresh if known.id == fix.id else known for known in diagnosis.fixes]
        return fix

    def _write(self, notebook: Any) -> None:
        target = self.path if self.arguments.in_place else self.path.with_suffix(".fixed.ipynb")
        nbformat.write(notebook, target)
        self.report.written(target)


def best(diagnosis: Diagnosis, tried: Set[str]) -> Optional[Fix]:
    """The first fix that ends with a rerun and passed its trial, else the first that was not tried there; never one that
    failed its trial or is among ``tried``."""
    possible = [fix for fix in diagnosis.fixes if _reruns(fix) and fix.id not in tried]
    for status in ("passed", "not_tried"):
        for fix in possible:
            if fix.verdict.status == status:
                return fix
    return None


def _reruns(fix: Fix) -> bool:
    return bool(fix.actions) and fix.actions[-1].kind in ("run_cells", "run_from")


def _usage(arguments: argparse.Namespace) -> str:
    if not arguments.notebook.is_file():
        return f"there is no notebook {arguments.notebook}"
    if arguments.in_place and not arguments.fix:
        return "--in-place needs --fix: without it nothing is written"
    if arguments.config and not arguments.config.is_file():
        return f"there is no configuration file {arguments.config}"
    return ""


def configuration(path: Optional[Path]) -> Config:
    """What a Jupyter configuration file says; nothing where there is none."""
    if path is None:
        return Config()
    loader = JSONFileConfigLoader if path.suffix == ".json" else PyFileConfigLoader
    return loader(path.name, str(path.parent.resolve())).load_config()
