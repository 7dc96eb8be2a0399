"""An IPython shell in this process, with nbdoctor loaded."""

from __future__ import annotations

import gc

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbdoctor.kernel import extension


@pytest.fixture()
def bare_shell():
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell(config=config)
    yield shell
    shell.reset(new_session=False)
    gc.collect()


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
