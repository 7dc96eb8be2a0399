"""A notebook in a kernel of its own: run cells, diagnose in that kernel, carry out fixes."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, AsyncIterator, Callable, Dict, List, Optional, Tuple

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from ..errors import FixConflict, InstallError, KernelError, NBDoctorError
from ..protocol import Action, Cell, Diagnosis, DiagnosisRequest, Fix, PostedError, TrialRequest
from ..rules.steps import from_line
from ..server.kernel_client import KernelClient
from ..server.service import Service

#: Cells with this tag are passed over until a fix runs them: how a demo tells of a cell that was not run.
SKIP_TAG = "nbdoctor-skip"


class Execution:
    """One notebook, one kernel. Use `start`. ``load_trouble``: why nbdoctor could not be loaded into the kernel."""

    def __init__(self, notebook: Any, client: NotebookClient, service: Service) -> None:
        self.notebook = notebook
        self.client = client
        self.service = service
        self.load_trouble: Optional[NBDoctorError] = None

    @classmethod
    @asynccontextmanager
    async def start(cls, path: Path, service: Service, kernel_name: Optional[str] = None) -> AsyncIterator[Execution]:
        """Read the notebook, start its kernel in the notebook's folder, load nbdoctor there.

        Raises what nbformat and jupyter_client raise where the notebook or the kernel cannot be had.
        """
        notebook = nbformat.v4.upgrade(nbformat.read(path, as_version=4))  # older minor versions have no cell ids
        name = kernel_name or notebook.metadata.get("kernelspec", {}).get("name", "python3")
        with TemporaryDirectory(prefix="nbdoctor-") as folder:
            client = NotebookClient(
                notebook,
                kernel_name=name,
                timeout=None,
                allow_errors=True,
                resources={"metadata": {"path": str(path.parent.resolve())}},
                config=Config(KernelManager=transport(folder)),
            )
            async with client.async_setup_kernel():
                self = cls(notebook, client, service)
                await self._load()
                yield self

    async def _load(self) -> None:
        """Load nbdoctor into the kernel, or note why it cannot be."""
        try:
            async with KernelClient.connect(self.client.km) as kernel:
                await kernel.load()
        except KernelError as error:
            self.load_trouble = error

    def code_cells(self) -> List[str]:
        """Ids of the cells to run, in order."""
        return [
            cell.id
            for cell in self.notebook.cells
            if cell.cell_type == "code" and cell.source.strip() and SKIP_TAG not in cell.metadata.get("tags", ())
        ]

    def index(self, cell_id: str) -> int:
        """Where a cell is now.

        Raises
        ------
        FixConflict
            Where the notebook has no such cell.
        """
        for i, cell in enumerate(self.notebook.cells):
            if cell.id == cell_id:
                return i
        raise FixConflict("A cell that the fix needs is not in the notebook.")

    def sources(self) -> List[Tuple[Any, str]]:
        """The cells as they are now, for `put_back`."""
        return [(cell, cell.source) for cell in self.notebook.cells]

    def put_back(self, sources: List[Tuple[Any, str]]) -> None:
        """Make the cells' texts what they were when `sources` was taken."""
        for cell, source in sources:
            cell.source = source
        self.notebook.cells = [cell for cell, _ in sources]

    async def run(self, index: int) -> Optional[PostedError]:
        """Run a cell; returns its error, if it failed and is not tagged ``raises-exception``."""
        cell = self.notebook.cells[index]
        # The kernel maps tracebacks to cells by this, as it does for JupyterLab.
        self.client.kc.session.metadata = {"cellId": cell.id}
        await self.client.async_execute_cell(cell, index)
        if "raises-exception" in cell.metadata.get("tags", ()):
            return None
        for output in cell.outputs:
            if output.output_type == "error":
                return PostedError(output.ename, output.evalue, list(output.traceback))
        return None

    def request(self, index: int, error: PostedError) -> DiagnosisRequest:
        """What a front end would post about the error of a cell."""
        cells = [_cell(cell) for cell in self.notebook.cells]
        return DiagnosisRequest("", cells[index], error, cells)

    async def diagnose(self, index: int, error: PostedError, on_event: Callable[[str, Any], None]) -> Diagnosis:
        """Diagnose the error that the cell has just raised, in its kernel. ``on_event`` sees every event."""
        request = self.request(index, error)
        diagnosis: Optional[Diagnosis] = None
        async for name, payload in self.service.diagnose(request, self.client.km):
            on_event(name, payload)
            if name == "diagnosis":
                diagnosis = payload
        if diagnosis is None:
            raise NBDoctorError("nbdoctor itself failed: the diagnosis ended without a result.")
        return diagnosis

    async def check(self, fix: Fix, index: int) -> Fix:
        """``fix`` with the verdict of a trial, an install included: applying a fix by command counts as the click."""
        cells = [_cell(cell) for cell in self.notebook.cells]
        async for name, payload in self.service.check(TrialRequest(fix, cells[index], cells), self.client.km):
            if name == "fix":
                fix = payload
        return fix

    async def apply(self, fix: Fix, index: int, on_line: Callable[[str], None]) -> Optional[PostedError]:
        """Carry out a fix, the rerun included. Returns the error that still stands.

        Raises
        ------
        FixConflict
            Where the fix names a cell that is not there.
        InstallError
            Where an install failed.
        """
        failing = self.notebook.cells[index].id
        for action in fix.actions:
            error = await self._act(action, failing, on_line)
            if error is not None:
                return error
        return None

    async def _act(self, action: Action, failing: str, on_line: Callable[[str], None]) -> Optional[PostedError]:
        target = self.index(action.cell_id or failing)
        if action.kind == "replace_cell":
            self.notebook.cells[target].source = action.new_source
        elif action.kind == "insert_cell":
            self.notebook.cells.insert(target, nbformat.v4.new_code_cell(action.new_source))
        elif action.kind == "run_cells":
            for cell_id in action.cell_ids or [failing]:
                error = await self.run(self.index(cell_id))
                if error is not None:
                    return error
        elif action.kind == "run_from":
            return await self._run_from(target, action.line or 1)
        elif action.kind == "install":
            await self._install(action.requirement or "", on_line)
        elif action.kind == "restart_kernel":
            await self.client.km.restart_kernel(now=True)
            await self.client.kc.wait_for_ready(timeout=60)
            await self._load()
        return None

    async def _run_from(self, index: int, line: int) -> Optional[PostedError]:
        """Run the rest of a cell, its source in the notebook left whole."""
        cell = self.notebook.cells[index]
        whole = cell.source
        cell.source = from_line(whole, line)
        try:
            return await self.run(index)
        finally:
            cell.source = whole

    async def _install(self, requirement: str, on_line: Callable[[str], None]) -> None:
        async for name, payload in self.service.install(self.client.km, requirement):
            if name == "words":
                on_line(payload.text.rstrip("\n"))
            elif name == "done" and not payload.ok:
                raise InstallError(payload.sentence)


def transport(folder: str) -> Dict[str, str]:
    """Sockets in a folder of the user's own instead of TCP ports, where the path is short enough for them (108 bytes)."""
    address = str(Path(folder) / "kernel")
    return {"transport": "ipc", "ip": address} if sys.platform != "win32" and len(address) < 90 else {}


def _cell(cell: Any) -> Cell:
    return Cell(
        source=cell.source,
        id=cell.id,
        kind=cell.cell_type,
        execution_count=cell.get("execution_count"),
        tags=list(cell.metadata.get("tags", ())),
    )
