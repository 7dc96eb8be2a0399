"""nbdoctor: why a notebook cell failed, and the fix. Discovery functions only; nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def __getattr__(name: str) -> Any:
    # The version lives in labextension/package.json and reaches Python through the distribution's metadata; asking
    # for it costs a look at the disk, so only who asks pays.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("nbdoctor")
        except PackageNotFoundError:  # sent into a kernel whose environment lacks the distribution
            return "0+sent"
    raise AttributeError(name)


def load_ipython_extension(ip: InteractiveShell) -> None:
    """``%load_ext nbdoctor``."""
    from .kernel.extension import load

    load(ip)


def unload_ipython_extension(ip: InteractiveShell) -> None:
    """``%unload_ext nbdoctor``."""
    from .kernel.extension import unload

    unload(ip)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nbdoctor"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .server.app import NBDoctorApp

    return [{"module": "nbdoctor.server.app", "app": NBDoctorApp}]
