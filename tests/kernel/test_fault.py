"""The file that a crash is written to: where it is, who may read it, and when there is none."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from nbdoctor.protocol import FAULT_SUFFIX

from ..environments import Kernel

HERE = str(Path(__file__).parents[2])
LOAD = "%load_ext nbdoctor"
FORK = """
import os
from nbdoctor.kernel import extension
child = os.fork()
if not child:
    extension.loaded(get_ipython()).fault.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
SESSION = {"PYTHONPATH": HERE, "JPY_SESSION_NAME": "story.ipynb"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="who may read a file is told otherwise there")


def files(kernel):
    connection = Path(kernel.manager.connection_file)
    return list(connection.parent.glob(f"{connection.name}{FAULT_SUFFIX}*"))


async def test_it_is_there_while_nbdoctor_is_loaded_and_readable_by_its_owner_alone(tmp_path):
    async with Kernel.start(tmp_path, sys.executable, **SESSION) as kernel:
        assert files(kernel) == []
        await kernel.run(LOAD)
        [path] = files(kernel)
        assert path.name.endswith(f"-{kernel.manager.provisioner.process.pid}")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await kernel.value("__import__('faulthandler').is_enabled()") is True
        assert await kernel.run(FORK) is None
        assert files(kernel) == [path]
        await kernel.run("%unload_ext nbdoctor")
        assert files(kernel) == []
        assert await kernel.value("__import__('faulthandler').is_enabled()") is False
        await kernel.run(LOAD)
        assert len(files(kernel)) == 1
        left = files(kernel)[0]
    assert not left.exists()  # a kernel that ends by itself takes it along


async def test_there_is_none_where_nobody_would_read_it(tmp_path):
    async with Kernel.start(tmp_path, sys.executable, PYTHONPATH=HERE) as kernel:
        await kernel.run(LOAD)
        assert files(kernel) == []
        assert await kernel.value("__import__('faulthandler').is_enabled()") is False


async def test_whoever_has_crashes_written_elsewhere_goes_on_to(tmp_path):
    async with Kernel.start(tmp_path, sys.executable, **SESSION, PYTHONFAULTHANDLER="1") as kernel:
        await kernel.run(LOAD)
        [path] = files(kernel)
        await kernel.run("import faulthandler, ctypes\n%unload_ext nbdoctor")
        assert not path.exists()
        assert await kernel.value("faulthandler.is_enabled()") is True
