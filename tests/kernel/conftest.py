"""An IPython shell in this process, with nbdoctor loaded."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbdoctor.kernel import extension


def _made():
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell(config=config)


@pytest.fixture()
def bare_shell():
    shell = _made()
    yield shell
    shell.reset(new_session=False)


@pytest.fixture(scope="module")
def lasting_shell():
    """One shell for all tests of a module, with nbdoctor loaded: to clear one away takes longer than most of them."""
    shell = _made()
    extension.load(shell)
    yield shell
    extension.unload(shell)


@pytest.fixture()
def shell(bare_shell):
    extension.load(bare_shell)
    yield bare_shell
    extension.unload(bare_shell)


@pytest.fixture()
def fail(shell, capsys):
    """Run cells, the last of which fails; returns its Report."""

    def run(*cells, **kwargs):
        for source in cells:
            result = shell.run_cell(source, store_history=True, **kwargs)
        capsys.readouterr()
        assert not result.success
        return extension.loaded(shell).watch.latest()

    return run
