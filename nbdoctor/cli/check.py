"""``nbdoctor check``: whether nbdoctor loads in a kernel, how fixes are confined there, and whether the model answers."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Union

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from .. import __version__
from ..config import NBDoctor
from ..errors import KernelError
from ..protocol import KernelStatus, ServerStatus, Trouble
from ..server.kernel_client import KernelClient, Loaded
from ..server.service import Service
from .execution import transport
from .run import FAILED, OK, USAGE, configuration

_START_SECONDS = 60.0
_SENT = "nbdoctor loads in it. Its environment has none of this version, so the kernel half was sent."


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="say whether nbdoctor works here",
        description="Starts a kernel and says whether nbdoctor loads in it, how fixes are confined when they are tried, and "
        "whether the model server answers. Exit code 0: nbdoctor loads; 1: it does not; 2: the command line is wrong.",
    )
    parser.add_argument("--kernel", metavar="NAME", default="python3", help="kernel to start (default: python3)")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a Jupyter configuration file with c.NBDoctor settings"
    )
    parser.set_defaults(main=main, parser=parser)


@dataclass
class Findings:
    """What was found. ``loads`` says whether nbdoctor loads in the kernel; ``status.trouble`` why it does not. ``sent``: the
    kernel's environment has none, and the kernel half was sent."""

    kernel: str
    language: str
    loads: bool
    status: KernelStatus
    server: ServerStatus
    sent: bool = False


def main(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if arguments.config and not arguments.config.is_file():
        print(f"nbdoctor check: there is no configuration file {arguments.config}", file=sys.stderr)
        return USAGE
    try:
        found = asyncio.run(_look(arguments.kernel, NBDoctor(config=configuration(arguments.config))))
    except NoSuchKernel as error:
        print(
            f"nbdoctor check: there is no kernel named {error.name!r}; `jupyter kernelspec list` shows them.",
            file=sys.stderr,
        )
        return USAGE
    print(json.dumps(asdict(found), indent=2) if arguments.json else "\n".join(sentences(found)))
    return OK if found.loads else FAILED


async def _look(name: str, settings: NBDoctor) -> Findings:
    service = Service(settings)
    try:
        server = await service.status(__version__)
        with TemporaryDirectory(prefix="nbdoctor-") as folder:
            manager = AsyncKernelManager(kernel_name=name, config=Config(KernelManager=transport(folder)))
            language, status, sent = await _in_kernel(manager, service)
    finally:
        await service.close()
    return Findings(name, language, status.trouble is None, status, server, sent)


async def _in_kernel(manager: AsyncKernelManager, service: Service) -> tuple[str, KernelStatus, bool]:
    """Start the kernel, load nbdoctor there, ask it who it is, and shut it down. The last says whether it was sent."""
    try:
        await manager.start_kernel()
    except OSError as error:  # its program is not there
        return "", KernelStatus(trouble=KernelError("The kernel does not start.", hint=f"{error}.").trouble()), False
    try:
        language, loaded = await _loaded(manager)
        if isinstance(loaded, Trouble):
            return language, KernelStatus(trouble=loaded), False
        return language, await service.kernel_status(manager), loaded.sent
    finally:
        await manager.shutdown_kernel()


async def _loaded(manager: AsyncKernelManager) -> tuple[str, Union[Loaded, Trouble]]:
    """The kernel's language with its version; and how nbdoctor was loaded in it, or why it was not."""
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    try:
        await client.wait_for_ready(timeout=_START_SECONDS)
        info = (await client.kernel_info(reply=True, timeout=_START_SECONDS))["content"].get("language_info", {})
    except (RuntimeError, TimeoutError, OSError) as error:
        return "", KernelError("The kernel does not start.", hint=f"{error}.").trouble()
    finally:
        client.stop_channels()
    language = f"{info.get('name', '')} {info.get('version', '')}".strip()
    try:
        async with KernelClient.connect(manager) as kernel:
            return language, await kernel.load()
    except KernelError as error:
        return language, error.trouble()


def sentences(found: Findings) -> list[str]:
    """What was found, in words, a line each."""
    language = f" ({found.language[:1].upper()}{found.language[1:]})" if found.language else ""
    lines = [f"nbdoctor {found.server.version}", f"Kernel {found.kernel}{language}"]
    if found.status.trouble is not None:
        lines.append(f"nbdoctor does not load in it: {_words(found.status.trouble)}")
    else:
        lines.append("nbdoctor loads in it." if not found.sent else _SENT)
        confinement = found.status.confinement
        lines.append(confinement.sentence if confinement else "The nbdoctor in this kernel does not try fixes.")
    server = found.server
    if not server.model_configured:
        lines.append("No model server is set: nbdoctor's rules work alone.")
    elif server.model_trouble is not None:
        lines.append(f"The model server does not answer: {_words(server.model_trouble)}")
    else:
        lines.append(f"The model server answers with the model {server.model}.")
    return lines


def _words(trouble: Trouble) -> str:
    return f"{trouble.message} {trouble.hint}".strip()
