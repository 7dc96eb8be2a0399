"""The Jupyter Server extension: settings in, handlers and service wired."""

from __future__ import annotations

from typing import Any, List

from jupyter_server.extension.application import ExtensionApp

from .. import __version__
from ..config import NBDoctor
from ..memory.store import CorrectionStore
from . import corrections, metrics
from .handlers import HANDLERS
from .service import Service


class NBDoctorApp(ExtensionApp):
    """Serves ``nbdoctor/api``. Its settings are those of `config.NBDoctor` (``c.NBDoctor.…``)."""

    name = "nbdoctor"
    version = __version__
    description = "Says why a notebook cell failed, and fixes it."
    classes: List[Any] = [NBDoctor]

    def initialize_settings(self) -> None:
        """Read the settings; nothing is opened here."""
        self.settings["nbdoctor_service"] = Service(NBDoctor(parent=self), on_stage=metrics.shared().observe)
        self.settings["nbdoctor_corrections"] = CorrectionStore()

    def initialize_handlers(self) -> None:
        """Register the handlers below the server's base URL."""
        self.handlers.extend([*HANDLERS, *corrections.HANDLERS])

    async def stop_extension(self) -> None:
        """Close the connection to the model server."""
        await self.settings["nbdoctor_service"].close()
