"""A whole run: which cases are still to be asked, what is known of the run itself, and results that are never lost."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .. import __version__
from ..llm.client import ModelClient
from . import baseline, pool
from .cases import Case, CaseError, fingerprint
from .options import Options
from .progress import Progress
from .results import AGAIN, VERSION, Document, Result, save

#: Seconds between two writings of the results.
_SAVE_SECONDS = 5.0
#: What has to be the same for a run to go on with another's results.
_ALIKE = ("version", "options", "model", "cases_digest")


async def run(
    cases: Sequence[Case],
    options: Options,
    *,
    jobs: int = 1,
    kept: Document | None = None,
    path: Path | None = None,
    command: str = "",
) -> Document:
    """Ask cases, and return the results in the order of the cases.

    Args:
        cases: what to ask; the report names every one of them.
        options: how.
        jobs: cases at a time.
        kept: an earlier, interrupted run of the same: its results stay, but for those that may be others the next time.
        path: where the results are kept while the run goes on.
        command: the command line, for the report.

    Raises:
        CaseError: where ``kept`` is of another run.
        ModelError, ConfigurationError: where a model is to be asked and its server is not there.
    """
    began = time.monotonic()
    meta = {**await _meta(cases, options), "command": command, "jobs": jobs}
    results = {result.key: result for result in _kept(kept, meta)}
    earlier = float(kept.meta.get("minutes", 0.0)) if kept else 0.0
    systems = [options.system, *([baseline.SYSTEM] if options.baseline else [])]
    todo = [case for case in cases if any((case.file, case.id, system) not in results for system in systems)]
    progress = Progress(len(todo), options.system)
    saved = time.monotonic()

    def document() -> Document:
        minutes = earlier + (time.monotonic() - began) / 60
        ordered = [results.get((case.file, case.id, system)) for system in systems for case in cases]
        return Document({**meta, "minutes": round(minutes, 2)}, [result for result in ordered if result is not None])

    def add(case: Case, found: list[Result]) -> None:
        nonlocal saved
        results.update({result.key: result for result in found})
        progress.add(case, found)
        if path is not None and time.monotonic() - saved > _SAVE_SECONDS:
            save(document(), path)
            saved = time.monotonic()

    try:
        await pool.examine_all(todo, options, jobs, add)
    finally:
        progress.end()
        if path is not None:
            save(document(), path)
    return document()


async def _meta(cases: Sequence[Case], options: Options) -> dict[str, Any]:
    settings = options.settings()
    model = ""
    if options.llm_url:
        client = ModelClient(settings)
        try:
            model = await client.resolve_model()
        finally:
            await client.aclose()
    shown = {key: value for key, value in asdict(options).items() if key not in ("envs", "llm_url")}
    return {
        "format": VERSION,
        "version": __version__,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "system": options.system,
        "options": shown,
        "model": model,
        "candidates": settings.candidates,
        "count": len(cases),
        "files": list(dict.fromkeys(case.file for case in cases)),
        "cases_digest": fingerprint(cases),
    }


def _kept(document: Document | None, meta: dict[str, Any]) -> list[Result]:
    if document is None:
        return []
    differ = [key for key in _ALIKE if document.meta.get(key) != meta.get(key)]
    if differ:
        raise CaseError(
            f"That run was another one: its {', '.join(differ)} differ.",
            hint="Resume with the same cases and options, or start anew.",
        )
    return [result for result in document.cases if result.outcome not in AGAIN]
