"""The kernel half is sent to kernels that lack it, and leaves there what it found."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from nbdoctor import __version__
from nbdoctor.errors import KernelError
from nbdoctor.protocol import Cell, DiagnosisRequest
from nbdoctor.server import send
from nbdoctor.server.kernel_client import Loaded

from .. import environments
from ..environments import SOURCE, Kernel, collect, fail

ROOT = Path(__file__).parents[2]
#: All that a look from inside can tell, but for what is ours.
STATE = """{
    'names': {k: id(v) for k, v in globals().items() if k != '__builtins__'},
    'modules': {k: id(v) for k, v in __import__('sys').modules.items()},
    'path': __import__('sys').path,
    'finders': [repr(x) for x in __import__('sys').meta_path],
    'In': list(In), 'Out': dict(Out), 'last': repr(globals().get('_')),
    'count': get_ipython().execution_count,
    'stored': list(get_ipython().history_manager.input_hist_raw),
    'rows': get_ipython().history_manager.db.execute('select count(*) from history').fetchone(),
    'lines': sorted(__import__('linecache').cache),
    'error': str(getattr(__import__('sys'), 'last_value', None)),
    'working folder': sorted(__import__('os').listdir()),
    'variables': dict(__import__('os').environ),
}"""


@pytest.fixture(params=["bare", *environments.PYTHONS], ids=lambda path: "-".join(path.split("/")[-3:-2]) or path)
def python(request, bare):
    return bare if request.param == "bare" else request.param


# ---------------------------------------------------------------------- what is sent


def test_the_archive_is_the_kernel_half_and_no_more():
    files = json.loads(zlib.decompress(base64.b64decode(send.archive())))
    assert {path.split("/")[0] for path in files} == {
        "__init__.py", "config.py", "errors.py", "kernel", "presenters", "protocol.py", "redact.py", "rules", "text.py",
    }  # fmt: skip
    for path, text in files.items():
        original = (ROOT / "nbdoctor" / path).read_text(encoding="utf-8")
        if path.startswith("rules/data/kinds/"):  # what is read about a kind is asked of the server
            rows = json.loads(original)
            assert json.loads(text) == {k: {x: rows[k][x] for x in ("category", "title", "means")} for k in rows}
        else:
            assert text == original
    there = {
        str(p.relative_to(ROOT / "nbdoctor"))
        for room in ("kernel", "rules", "presenters")
        for p in (ROOT / "nbdoctor" / room).rglob("*")
    }
    assert {p for p in there if p.endswith((".py", ".csv", ".json"))} <= set(files)
    assert len(send.expression(send.archive())) < 650_000


def test_packing_it_imports_nothing_of_it():
    code = "import sys; from nbdoctor.server import send; send.expression(send.archive()); print([m for m in sys.modules if 'nbdoctor.kernel' in m])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout.strip() == "[]"


def test_every_module_of_it_is_imported_without_more_than_ipython(python, tmp_path):
    files = json.loads(zlib.decompress(base64.b64decode(send.archive())))
    for path, text in files.items():
        target = tmp_path / "nbdoctor" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    names = [path[:-3].replace("/", ".").replace(".__init__", "") for path in files if path.endswith(".py")]
    code = (
        f"import sys, importlib; sys.path.append({str(tmp_path)!r})\n"
        f"for name in {names!r}: importlib.import_module('nbdoctor.' + name if name != '__init__' else 'nbdoctor')\n"
        "print([m for m in ('msgspec', 'httpx', 'jupyter_server', 'nbformat', 'rich') if m in sys.modules])"
    )
    env = environments.environment(tmp_path)
    shown = subprocess.run([python, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert (shown.stdout.strip(), shown.stderr) == ("[]", "")


# ---------------------------------------------------------------------- into a kernel without nbdoctor


async def test_it_is_sent_and_all_else_stays_as_it_was(python, tmp_path):
    async with Kernel.start(tmp_path, python) as kernel:
        error = await fail(kernel)
        await kernel.value(STATE)  # the first look imports
        before, heard = await kernel.value(STATE), len(kernel.heard)
        assert await kernel.load(posted=error, cell=Cell(SOURCE, "c")) == Loaded(sent=True, adopted=True)
        after = await kernel.value(STATE)
        (folder,) = kernel.temporary
        assert after.pop("path") == [*before.pop("path"), str(folder)]
        old, new = before.pop("modules"), after.pop("modules")
        assert {name: new.get(name) for name in old} == old
        added = {name.split(".")[0] for name in set(new) - set(old)} - {"nbdoctor"}
        # What our own modules need of the standard library; a table of its names is there from Python 3.10 on.
        assert added - getattr(sys, "stdlib_module_names", added) == set()
        if python not in environments.PYTHONS:
            assert added <= {"_csv", "csv", "difflib"}
        lines, ours = before.pop("lines"), after.pop("lines")
        assert [name for name in ours if name not in lines and "nbdoctor-sent-" not in name] == []
        assert after == before
        assert kernel.heard[heard:] == []
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.name for path in folder.iterdir()} == {"alive", "nbdoctor"}


async def test_the_error_from_before_is_diagnosed_with_live_facts_and_its_fix_is_tried(python, tmp_path, service):
    cells = [Cell("revenue = 3\nitems = [1]", "a", execution_count=1), Cell("revenue", "b", execution_count=2)]
    cells.append(Cell(SOURCE, "c", execution_count=3))
    async with Kernel.start(tmp_path, python) as kernel:
        error = await fail(kernel)
        shown = await collect(service.load(kernel.manager, error, cells[-1]))
        assert shown[-1][1].sentence == "nbdoctor was sent to the kernel and is loaded. It has read this error."
        request = DiagnosisRequest("k", cells[-1], error, cells)
        diagnosis = (await collect(service.diagnose(request, kernel.manager)))[-1][1]
        confinement = (await kernel.ask("hello"))["confinement"]
    assert (diagnosis.live, diagnosis.notes) == (True, [])
    assert "`revenue`" in diagnosis.headline
    # Whether `items` was there before the cell is not known: it may have been.
    assert (diagnosis.rerun.safe, diagnosis.rerun.changed, diagnosis.rerun.resume_line) == (False, ["items"], 2)
    (fix,) = (fix for fix in diagnosis.fixes if "run from line 2" in fix.title)
    assert fix.verdict.status == ("not_tried" if confinement["tier"] == "none" else "passed"), fix.verdict
    await service.close()


async def test_what_is_loaded_diagnoses_the_next_errors(python, tmp_path, service):
    sources = {
        "x = {'a': 1}\nx['b']": "`b` is not a key of `x`.",
        "for i in range(3)\n    print(i)": "Line 1 starts with `for` and lacks the colon at its end.",
        "def f():\n    return totl\ntotal = 1\nf()": "There is no `totl`; the closest is `total`.",
    }
    async with Kernel.start(tmp_path, python) as kernel:
        assert (await kernel.load()).sent
        for source, headline in sources.items():
            error = await kernel.run(source, "x")
            request = DiagnosisRequest("k", Cell(source, "x"), error, [Cell(source, "x")])
            diagnosis = (await collect(service.diagnose(request, kernel.manager)))[-1][1]
            assert (diagnosis.live, diagnosis.headline) == (True, headline)
    await service.close()


async def test_its_folder_goes_when_the_kernel_does(python, tmp_path):
    async with Kernel.start(tmp_path, python) as kernel:
        await kernel.load()
        (folder,) = kernel.temporary
    assert not folder.exists()


async def test_loading_again_sends_nothing_again_and_the_users_commands_work(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        assert await kernel.load() == await kernel.load() == Loaded(sent=True)
        assert len(kernel.temporary) == 1
        for command in (
            "%reload_ext nbdoctor",
            "%unload_ext nbdoctor",
            "%load_ext nbdoctor",
            "%config NBDoctor.display",
        ):
            assert await kernel.run(command) is None
        assert await kernel.run("import nbdoctor; nbdoctor.__version__") is None
        assert (await kernel.ask("hello"))["protocol"] == 1


async def test_a_restarted_kernel_is_sent_it_anew(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        await kernel.load()
        await kernel.manager.restart_kernel()
        await kernel.client.wait_for_ready(timeout=60)
        assert await kernel.load() == Loaded(sent=True)
        assert len(kernel.temporary) == 1


async def test_the_folder_of_a_killed_kernel_is_removed_by_the_next_and_that_of_a_living_one_is_not(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        await kernel.load()
        (killed,) = kernel.temporary
        await kernel.manager.signal_kernel(signal.SIGKILL)
        await asyncio.sleep(0.5)
        await kernel.manager.restart_kernel(now=True)
        await kernel.client.wait_for_ready(timeout=60)
        await kernel.load()
        assert not killed.exists()
        (living,) = kernel.temporary
        other = tmp_path / "other"
        other.mkdir()
        async with Kernel.start(other, bare) as second:
            await second.run(f"import tempfile; tempfile.tempdir = {str(tmp_path / 'tmp')!r}")
            await second.load()
            assert living.exists()
            assert len(kernel.temporary) == 2
        assert kernel.temporary == [living]


FORKS = """
import os, weakref
pid = os.fork()
if pid == 0:
    try:
        weakref.finalize._exitfunc()  # as it would end by itself
    finally:
        os._exit(0)
os.waitpid(pid, 0)
"""


async def test_a_process_that_the_users_code_forks_takes_nothing_away(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        await kernel.load()
        assert await kernel.run(FORKS) is None
        assert len(kernel.temporary) == 1


async def test_never_into_the_working_folder(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        # What tempfile does where no usual place can be written to.
        await kernel.run("import os, tempfile; tempfile.tempdir = os.getcwd()")
        with pytest.raises(KernelError, match="no folder for temporary files"):
            await kernel.load()
        assert list((tmp_path / "work").iterdir()) == []


async def test_names_that_the_user_has_bound_anew_are_not_relied_on(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        await kernel.run("exec = eval = open = get_ipython = load = json = space = None")
        assert await kernel.load() == Loaded(sent=True)


async def test_a_request_that_is_dropped_behind_a_failing_cell_is_made_again(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        kernel.client.execute("import time; time.sleep(1); 1 / 0")
        await asyncio.sleep(0.2)
        assert await kernel.load() == Loaded(sent=True)


async def test_without_the_agents_all_that_shows_an_error_works(bare, tmp_path):
    async with Kernel.start(tmp_path, bare, NBDOCTOR_LLM_URL="http://127.0.0.1:9/v1") as kernel:
        await kernel.load()
        await kernel.run("%config NBDoctor.display = 'text'\ntotal = 1")
        await kernel.run("import logging; h = logging.FileHandler('log'); h.setLevel('WARNING')")
        await kernel.run("get_ipython().kernel.log.addHandler(h)")
        kernel.heard.clear()
        await kernel.run("no_such_name")
        await kernel.run("%why --model")
        await kernel.run("%fix")
        shown = json.dumps([message["content"] for message in kernel.heard])
        assert shown.count("no_such_name") > 2
        assert "nbdoctor has no fix" in shown
        assert (tmp_path / "work" / "log").read_text() == ""


# ---------------------------------------------------------------------- where something of the name is there


async def test_what_is_installed_in_the_same_version_is_used(bare, tmp_path):
    async with Kernel.start(tmp_path, bare, PYTHONPATH=str(ROOT)) as kernel:
        assert await kernel.load() == Loaded(sent=False)
        assert kernel.temporary == []
        assert (await kernel.ask("hello"))["protocol"] == 1


def _other_version(folder, version):
    """An installed nbdoctor of another version, which would not load."""
    (folder / "nbdoctor" / "kernel").mkdir(parents=True)
    (folder / "nbdoctor" / "__init__.py").write_text(f"mine = True\n__version__ = {version!r}\n")
    (folder / "nbdoctor" / "kernel" / "__init__.py").write_text("")
    (folder / "nbdoctor" / "kernel" / "extension.py").write_text("raise RuntimeError('too old')\n")
    info = folder / f"nbdoctor-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: nbdoctor\nVersion: {version}\n")


def _users_module(folder, _):
    folder.mkdir(exist_ok=True)
    (folder / "nbdoctor.py").write_text("mine = True\n")


def _users_folder(folder, _):
    (folder / "nbdoctor").mkdir(parents=True)
    (folder / "nbdoctor" / "__init__.py").write_text("mine = True\n")


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("make", [_other_version, _users_module, _users_folder])
async def test_a_module_of_that_name_is_not_shadowed_and_not_touched(bare, tmp_path, service, make, imported):
    make(tmp_path / "theirs", "0.0.1")
    async with Kernel.start(tmp_path, bare, PYTHONPATH=str(tmp_path / "theirs")) as kernel:
        if imported:
            await kernel.run("import nbdoctor")
        error = await fail(kernel)
        assert await kernel.load(posted=error, cell=Cell(SOURCE, "c")) == Loaded(sent=True, adopted=True)
        assert await kernel.run("import nbdoctor; assert nbdoctor.mine") is None
        assert await kernel.load() == Loaded(sent=True)
        request = DiagnosisRequest("k", Cell(SOURCE, "c"), error)
        diagnosis = (await collect(service.diagnose(request, kernel.manager)))[-1][1]
        assert diagnosis.live
        assert all(fix.verdict.status in ("passed", "not_tried") for fix in diagnosis.fixes)
        assert (await kernel.ask("hello"))["confinement"]["tier"] in ("full", "basic", "none")
    await service.close()


async def test_an_installation_that_does_not_work_is_gone_around(bare, tmp_path):
    _other_version(tmp_path / "theirs", __version__)
    async with Kernel.start(tmp_path, bare, PYTHONPATH=str(tmp_path / "theirs")) as kernel:
        assert await kernel.load() == Loaded(sent=True)


async def test_what_may_not_be_sent_is_not(bare, tmp_path):
    async with Kernel.start(tmp_path, bare) as kernel:
        with pytest.raises(KernelError, match="no nbdoctor of this version"):
            await kernel.load(send=False)
        assert kernel.temporary == []
