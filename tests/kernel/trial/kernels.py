"""A real kernel with nbdoctor in a process of its own, as a front end and our server talk to it, and the world around it."""

from __future__ import annotations

import ast
import asyncio
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

from nbdoctor.protocol import TrialResult, Verdict
from nbdoctor.server.kernel_client import KernelClient

ROOT = Path(__file__).parents[3]
NOBODY = 65534
_SNAPSHOT = "__import__('tests.kernel.trial.inside', fromlist=['inside']).snapshot()"
# Where another user may not go although Python is there: a mount of its own shows it (`_become`).
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18


@dataclass
class Ran:
    """What came of a cell: the reply's status, what it printed, and every message on iopub since the cell before."""

    status: str
    printed: str
    error: str
    heard: list = field(default_factory=list)
    expressions: dict = field(default_factory=dict)


class RealKernel:
    """One kernel. ``user``: the user id that it runs as, ours by default."""

    def __init__(self, folder: Path, *, basic: bool = False, user: int | None = None, environment: dict | None = None):
        self.mark = f"nbdoctor-test-{uuid4().hex}"
        self.folder, self.basic, self.user = folder, basic, user
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._heard: list = []
        (folder / "home").mkdir(parents=True)
        self.connection = str(folder / "kernel.json")
        key = uuid4().hex.encode()
        write_connection_file(self.connection, key=key)
        self.session = Session(key=key)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "NBDOCTOR_", "PYTEST_"))},
            "HOME": str(folder / "home"), "IPYTHONDIR": str(folder / "home"), "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1", "NBDOCTOR_TEST_MARK": self.mark, **(environment or {}),
        }  # fmt: skip
        how: dict = {}
        if user is not None:
            give_to(folder, user)
            how = {"preexec_fn": _become(user, folder)}
        self.log = (folder / "kernel.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment, cwd=folder / "home", **how,
        )  # fmt: skip
        self.pid = self.process.pid
        self.loop.run_until_complete(self._connect())
        self.run("%load_ext nbdoctor\n%config NBDoctor.trials = " + repr("basic" if basic else "auto"))
        self.confinement = self.loop.run_until_complete(self.bridge.ask("hello"))["confinement"]
        self.trial("1")  # the modules of a trial are loaded by the first

    def client(self, session=None):
        client = AsyncKernelClient(session=session or Session(key=self.session.key))
        client.load_connection_file(self.connection)
        return client

    async def _connect(self):
        self.front_end = self.client()
        self.front_end.start_channels(hb=False)
        await self.front_end.wait_for_ready(timeout=60)
        self.bridge = await self._stack.enter_async_context(KernelClient.connect(self))

    def close(self):
        self.loop.run_until_complete(self._stack.aclose())
        self.front_end.stop_channels()
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    # ------------------------------------------------------------------ cells

    def run(self, code, **options) -> Ran:
        """Run a cell as a front end does, to its end; asserts that it worked unless ``fails``."""
        return self.loop.run_until_complete(self.running(code, **options))

    async def running(self, code, *, fails=False, silent=False, expressions=None, seconds=30) -> Ran:
        identity = self.front_end.execute(
            code, silent=silent, store_history=not silent, user_expressions=expressions or {}, allow_stdin=False
        )
        end = time.monotonic() + seconds
        idle = False
        while not idle:
            message = await self.front_end.get_iopub_msg(timeout=max(0.0, end - time.monotonic()))
            self._heard.append(message)
            ours = message["parent_header"].get("msg_id") == identity
            idle = ours and message["content"].get("execution_state") == "idle"
        reply = {}
        while reply.get("parent_header", {}).get("msg_id") != identity:
            reply = await self.front_end.get_shell_msg(timeout=10)
        heard, self._heard = self._heard, []
        mine = [m for m in heard if m["parent_header"].get("msg_id") == identity]
        printed = "".join(m["content"]["text"] for m in mine if m["msg_type"] == "stream")
        content = reply["content"]
        error = f"{content.get('ename')}: {content.get('evalue')}" if content["status"] == "error" else ""
        assert fails or not error, error
        others = [
            m for m in heard if m not in mine and m["msg_type"] not in ("status", "comm_open", "comm_msg", "comm_close")
        ]
        return Ran(content["status"], printed, error, others, content.get("user_expressions") or {})

    def snapshot(self) -> dict:
        """The kernel's state, which no look at it changes."""
        found = self.run("", silent=True, expressions={"state": _SNAPSHOT}).expressions["state"]
        assert found["status"] == "ok", found
        return json.loads(ast.literal_eval(found["data"]["text/plain"]))

    # ------------------------------------------------------------------ trials

    def trial(self, *sources, **options) -> TrialResult:
        """Ask the bridge to try cells, as our server does."""
        return self.loop.run_until_complete(self.trying(*sources, **options))

    async def trying(self, *sources, patience=20.0, bridge=None, **candidate) -> TrialResult:
        plan = {"steps": [{"source": source} for source in sources], **candidate}
        deadline = time.time() + patience
        async for name, payload in (bridge or self.bridge).converse(
            "trial", timeout=80, candidate=plan, deadline=deadline
        ):
            if name == "reply":
                return TrialResult(Verdict(**payload["verdict"]), payload["report"])
        raise AssertionError("no answer")

    # ------------------------------------------------------------------ processes

    def processes(self) -> list:
        """All processes that come from the kernel, itself among them: they have its environment, or are its children and
        dead; and whether they are."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/environ", "rb") as file:
                        ours = self.mark.encode() in file.read()
                    with open(f"/proc/{name}/stat", "rb") as file:
                        state, parent = file.read().rpartition(b")")[2].split()[:2]
                except OSError:
                    continue
                if ours or int(parent) == self.pid:
                    found.append((int(name), state == b"Z"))
        return sorted(found)

    def log_text(self) -> str:
        return (self.folder / "kernel.log").read_text(errors="replace")


def give_to(folder: Path, user: int) -> None:
    """Make a tree another user's."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user, user, follow_symlinks=False)


def _become(user: int, folder: Path):
    """For a child before it starts its program: become another user. Where Python, nbdoctor or the folder lie below a folder that only we may
    enter, a mount namespace of its own shows the parts that it needs there."""
    needed = {str(Path(p).resolve()) for p in (sys.base_prefix, sys.prefix, ROOT, folder)}
    closed = set()
    for path in needed:
        parents = [p for p in [*reversed(Path(path).parents), Path(path)] if not p.stat().st_mode & stat.S_IXOTH]
        if parents:
            closed.add(str(parents[0]))
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source, target, kind, flags, options=None):
        if libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags), options):
            raise OSError(ctypes.get_errno(), f"mount {target}")

    def open_up():
        if libc.unshare(_CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), "unshare")
        mount(None, "/", None, _MS_REC | _MS_PRIVATE)
        kept = {path: os.open(path, os.O_PATH) for path in needed if any(path.startswith(top) for top in closed)}
        for top in closed:
            mount(b"tmpfs", top, b"tmpfs", 0, b"mode=755")
        for path, descriptor in sorted(kept.items()):
            if not os.path.isdir(path):
                os.makedirs(path, mode=0o755)
            mount(f"/proc/self/fd/{descriptor}".encode(), path, None, _MS_BIND)

    def before_exec():
        if closed:
            open_up()
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)

    return before_exec


# ---------------------------------------------------------------------- the world around it


class World:
    """What a trial might reach and must not change: files, servers, a process; and how to tell whether it did."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self.folder = folder
        self.mark = f"nbdoctor-test-{uuid4().hex}-"
        self.tree = folder / "tree"
        (self.tree / "sub" / "empty").mkdir(parents=True)
        (self.tree / "a.txt").write_text("first\n")
        (self.tree / "sub" / "b.txt").write_text("second\n")
        (self.tree / "run.sh").write_text("#!/bin/sh\necho ran\n")
        (self.tree / "run.sh").chmod(0o755)
        (self.tree / "data.bin").write_bytes(bytes(range(256)) * 64)
        (self.tree / "link").symlink_to("a.txt")
        (self.tree / "way").symlink_to("/dev")
        os.link(self.tree / "a.txt", self.tree / "same.txt")
        self.shared = Path(tempfile.mkstemp(prefix=self.mark, dir="/dev/shm")[1])
        self.shared.write_text("shared\n")
        self.loose = Path(tempfile.mkstemp(prefix=self.mark, dir=tempfile.gettempdir())[1])
        self.loose.write_text("loose\n")
        # Another user's: a file, and a folder with a file of the kernel's own user.
        self.others, self.alien = folder / "others.txt", folder / "alien"
        self.alien.mkdir()
        self.others.write_text("private\n")
        self.others.chmod(0o600)
        (self.alien / "own.txt").write_text("own\n")
        if user is not None:
            for path in (folder, self.shared, self.loose):
                give_to(path, user)
        if os.geteuid() == 0:
            other = NOBODY if user is None else 0
            for path in (self.others, self.alien):
                os.chown(path, other, other)
        how = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.victim = subprocess.Popen(["sleep", "1000"], **how)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.sockets = Path(tempfile.mkdtemp(prefix="nbdoctor-"))  # a short path: sun_path has 108 bytes
        self.sockets.chmod(0o777)
        self.stream = socket.socket(socket.AF_UNIX)
        self.stream.bind(str(self.sockets / "stream"))
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(str(self.sockets / "datagrams"))
        for name in ("stream", "datagrams"):
            (self.sockets / name).chmod(0o777)
        abstract = f"\0nbdoctor-{uuid4().hex}"
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(abstract)
        self.abstract_datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.abstract_datagrams.bind(abstract + "-datagrams")
        for listening in (self.stream, self.abstract):
            listening.listen()
        for listening in (self.tcp, self.udp, self.stream, self.datagrams, self.abstract, self.abstract_datagrams):
            listening.setblocking(False)
        self.peer: socket.socket | None = None  # our end of the connection that the kernel has
        self.names = {
            "tree": str(self.tree), "shared": str(self.shared), "loose": str(self.loose), "others": str(self.others), "alien": str(self.alien),
            "tcp": self.tcp.getsockname()[1], "udp": self.udp.getsockname()[1], "stream": str(self.sockets / "stream"),
            "datagrams": str(self.sockets / "datagrams"), "abstract": abstract, "victim": self.victim.pid,
        }  # fmt: skip

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for path in (self.shared, self.loose):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.sockets)
        for held in (
            self.tcp,
            self.udp,
            self.stream,
            self.datagrams,
            self.abstract,
            self.abstract_datagrams,
            self.peer,
        ):
            if held is not None:
                held.close()

    def accept(self) -> None:
        """Take the connection that the kernel makes before the trials."""
        self.tcp.settimeout(10)
        self.peer, _ = self.tcp.accept()
        self.tcp.setblocking(False)
        self.peer.setblocking(False)

    def state(self) -> dict:
        """All that must stay as it is."""
        victim = f"/proc/{self.victim.pid}"
        fields = Path(f"{victim}/stat").read_text().rpartition(")")[2].split()
        return {
            "tree": {str(p.relative_to(self.folder)): _fingerprint(p) for p in [self.tree, *self.tree.rglob("*")]},
            "files": [
                _fingerprint(p) for p in (self.others, self.alien, self.alien / "own.txt", self.shared, self.loose)
            ],
            "shm": sorted(name for name in os.listdir("/dev/shm") if name.startswith((self.mark, "trial"))),
            "tmp": sorted(name for name in os.listdir(tempfile.gettempdir()) if name.startswith("trial-")),
            "devices": [
                _attributes(path) for path in ("/dev", "/dev/null", "/dev/zero", "/dev/shm", "/sys", "/proc", "/")
            ],
            "ipc": [Path(f"/proc/sysvipc/{kind}").read_text() for kind in ("shm", "sem", "msg") if _has_ipc(kind)],
            "host": [socket.gethostname(), Path("/proc/sys/kernel/domainname").read_text()],
            "victim": [fields[0], fields[15], fields[16], Path(f"{victim}/oom_score_adj").read_text(), _limits(victim)],
            "processors": sorted(os.sched_getaffinity(self.victim.pid)),
            "seen": self._seen(),
        }

    def _seen(self) -> list:
        seen = []
        for name in ("tcp", "stream", "abstract"):
            try:
                getattr(self, name).accept()[0].close()
                seen.append(name)
            except BlockingIOError:
                pass
        for name in ("udp", "datagrams", "abstract_datagrams", "peer"):
            held = getattr(self, name)
            try:
                data = held.recv(1000) if held is not None else None
                seen += [] if data is None else [f"{name}: {data!r}"]
            except BlockingIOError:
                pass
        return seen


def _attributes(path) -> list:
    found = os.lstat(path)
    return [str(path), oct(found.st_mode), found.st_uid, found.st_gid]


def _fingerprint(path: Path) -> list:
    found = path.lstat()
    content = ""
    if stat.S_ISREG(found.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest() + _flags(path)
    elif stat.S_ISLNK(found.st_mode):
        content = str(path.readlink())
    extended = os.listxattr(path, follow_symlinks=False)
    return [*_attributes(path), found.st_mtime_ns, found.st_size, found.st_nlink, content, extended]


def _flags(path: Path) -> str:
    """The file's attributes as chattr(1) sets them; empty where its file system has none."""
    with path.open("rb") as file:
        try:
            return fcntl.ioctl(file, 0x80086601, bytes(8)).hex()  # FS_IOC_GETFLAGS
        except OSError:
            return ""


def _has_ipc(kind: str) -> bool:
    return Path(f"/proc/sysvipc/{kind}").exists()


def _limits(process: str) -> str:
    return Path(f"{process}/limits").read_text()


def changes(before: dict, after: dict) -> dict:
    """What differs, as {key: (before, after)}."""
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}
