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


@pytest.mark.parametrize(
    "more", [{"PYTHONPATH": HERE}, {**SESSION, "PYTHONFAULTHANDLER": "1"}], ids=["no server", "somebody else's"]
)
async def test_there_is_none_where_nobody_would_read_it_or_somebody_else_has_it(tmp_path, more):
    async with Kernel.start(tmp_path, sys.executable, **more) as kernel:
        await kernel.run(LOAD)
        assert files(kernel) == []
        assert await kernel.value("__import__('faulthandler').is_enabled()") is ("PYTHONFAULTHANDLER" in more)
