"""The Jupyter Server extension: settings in, handlers and service wired."""

from __future__ import annotations

from typing import Any, List

from jupyter_server.extension.application import ExtensionApp

from .. import __version__
from ..config import NBDoctor
from ..memory.store import CorrectionStore
from . import corrections, metrics
from .deaths.revive import Reviver
from .deaths.watch import DeathWatch
from .handlers import HANDLERS
from .service import Service


class NBDoctorApp(ExtensionApp):
    """Serves ``nbdoctor/api``. Its settings are those of `config.NBDoctor` (``c.NBDoctor.…``)."""

    name = "nbdoctor"
    version = __version__
    description = "Says why a notebook cell failed, and fixes it."
    classes: List[Any] = [NBDoctor]

    def initialize_settings(self) -> None:
        """Read the settings, and watch the kernels from now on; nothing is opened here."""
        self.settings["nbdoctor_service"] = Service(NBDoctor(parent=self), on_stage=metrics.shared().observe)
        self.settings["nbdoctor_corrections"] = CorrectionStore()

        kernels = self.serverapp.kernel_manager
        self._reviver = Reviver(kernels)
        self.settings["nbdoctor_deaths"] = DeathWatch(kernels, self._reviver)
        self.settings["nbdoctor_deaths"].start()

    def initialize_handlers(self) -> None:
        """Register the handlers below the server's base URL."""
        self.handlers.extend([*HANDLERS, *corrections.HANDLERS])

    async def stop_extension(self) -> None:
        """Look at no kernel any more, and close the connection to the model server."""
        self.settings["nbdoctor_deaths"].stop()
        await self._reviver.close()
        await self.settings["nbdoctor_service"].close()
