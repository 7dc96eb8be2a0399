"""What is attempted from inside a trial, and what the verdict may be, for each tier.

The code of an attempt is run in ``try: … except BaseException: pass``, unless ``raises``: what was denied must count although the
cell swallowed the error. ``full`` and ``basic`` are regular expressions for ``status: reason``, where it passed for ``passed:`` and
the last line of output: where one says ``DONE``, the code came to its end in the copy. ``before`` runs in the kernel; ``settings`` are of `nbdoctor.kernel.trial.limits`.
Names: ``w`` says what is outside, the rest is in ``SETUP``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict

DONE = "passed: done$"
ANY = ""
FILE = "not_tried: it writes to "
ATTRIBUTES = "not_tried: it changes attributes of a file"
NETWORK = "not_tried: it uses the network"
PROGRAM = "not_tried: it starts a program"
SIGNAL = "not_tried: it sends a signal to another process"
PROCESS = "not_tried: it reaches into another process"
SHARED = "not_tried: it uses memory that is shared with other processes"
OPEN = "not_tried: it uses a file or a connection that the kernel has open"
SYSTEM = "not_tried: it does what only an administrator may do"
MEMORY = "not_tried: it needs more memory than a check may take"
TIME = "not_tried: it did not end within 1 s"
MANY = "not_tried: it starts more than 64 processes"
DIED = r"not_tried: the copy of the kernel died \(signal {}\)"
ENDED = "not_tried: the cell ended the copy of the kernel"
NOT_TRIED = "not_tried: "
#: There is nothing of that name in the copy, and nothing was denied.
NOTHING = "passed: (done|swallowed)"

SETUP = """
import asyncio, ctypes, fcntl, json, logging, mmap, multiprocessing, os, random, resource, shutil, signal, socket, sqlite3
import struct, subprocess, sys, threading, time, types
from multiprocessing import shared_memory
import numpy as np
from nbdoctor.kernel.trial import limits
from tests.kernel.trial.inside import prctl, raw

f = open(w.tree + "/kept.txt", "w")
f.write("kept\\n")
f.flush()
read = open(w.tree + "/a.txt")
log = logging.getLogger("kept")
log.propagate = False
log.addHandler(logging.FileHandler(w.tree + "/kept.log"))
log.warning("kept")
db = sqlite3.connect(w.tree + "/kept.sqlite")
db.execute("CREATE TABLE kept (x)")
db.execute("INSERT INTO kept VALUES (1)")
db.commit()
sock = socket.create_connection(("127.0.0.1", w.tcp))
near, far = socket.socketpair()
folder = os.open(w.tree, os.O_RDONLY)
mm = np.memmap(w.tree + "/data.bin", dtype="u1", mode="r+")
with open(w.tree + "/sub/b.txt", "r+b") as held:
    mapped = mmap.mmap(held.fileno(), 0)
anonymous = mmap.mmap(-1, 4096)
shm = shared_memory.SharedMemory(create=True, size=4096)
view_mm, view_mapped, view_anonymous, view_shm = memoryview(mm), memoryview(mapped), memoryview(anonymous), shm.buf
class Thing: pass
numbers, word, thing = [1, 2, 3], "word", Thing()
def answer():
    return 42
1 + 1
"""


@dataclass(frozen=True)
class Attempt:
    """One attempt to reach outside."""

    name: str
    code: str
    full: str
    basic: str
    before: str = ""
    after: str = ""
    raises: bool = False
    settings: Dict[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        if self.raises:
            return self.code
        lines = "\n".join("    " + line for line in self.code.strip().splitlines())
        return f"try:\n{lines}\n    print('done')\nexcept BaseException as error:\n    print('swallowed', repr(error))"


_files = [
    Attempt("write", "open(w.tree + '/a.txt', 'w').write('x')", DONE, FILE + ".*a.txt"),
    Attempt("append", "with open(w.loose, 'a') as file: file.write('x')", DONE, FILE),
    Attempt("make", "open(w.tree + '/new.txt', 'x').close()", DONE, FILE),
    Attempt("write in the home", "open(os.path.expanduser('~/trial.txt'), 'w').close()", DONE, FILE),
    Attempt("write at the root", "open('/trial-root.txt', 'w').close()", FILE, FILE),
    Attempt("rename", "os.rename(w.tree + '/a.txt', w.tree + '/c.txt')", DONE, FILE),
    Attempt("replace", "os.replace(w.tree + '/a.txt', w.tree + '/sub/b.txt')", DONE, FILE),
    Attempt("move to another folder", "shutil.move(w.tree + '/a.txt', os.path.expanduser('~/trial.txt'))", DONE, FILE),
    Attempt("exchange", "raw('renameat2', -100, (w.tree + '/a.txt').encode(), -100, (w.tree + '/sub/b.txt').encode(), 2)", DONE, FILE),
    Attempt("delete", "os.unlink(w.tree + '/a.txt')\nassert not os.path.exists(w.tree + '/a.txt')", DONE, FILE),
    Attempt("delete by number", "raw('unlinkat', -100, (w.tree + '/a.txt').encode(), 0)", DONE, FILE),
    Attempt("delete a tree", "shutil.rmtree(w.tree)\nassert not os.path.exists(w.tree)", DONE, FILE),
    Attempt("delete a tree below a descriptor", "fd = os.open(w.tree, os.O_RDONLY)\nos.unlink('a.txt', dir_fd=fd)", DONE, FILE),
    Attempt("folders", "os.mkdir(w.tree + '/d')\nos.rmdir(w.tree + '/sub/empty')", DONE, FILE),
    Attempt("pipe with a name", "os.mkfifo(w.tree + '/fifo')", DONE, FILE),
    Attempt("device", "os.mknod(w.tree + '/device', 0o020666, os.makedev(1, 3))", "passed|not_tried", FILE),
    Attempt("chmod", "os.chmod(w.tree + '/a.txt', 0)", DONE, FILE),
    Attempt("chmod by descriptor", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nos.fchmod(fd, 0)", DONE, FILE),
    Attempt("chown", "os.chown(w.tree + '/a.txt', os.getuid(), os.getgid())", DONE, FILE),
    Attempt("chown by descriptor", "fd = os.open(w.tree, os.O_RDONLY)\nos.fchown(fd, os.getuid(), os.getgid())", DONE, FILE),
    Attempt("times", "os.utime(w.tree + '/a.txt', (1, 1))", DONE, FILE),
    Attempt("times by descriptor", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nos.utime(fd, (1, 1))", DONE, FILE),
    Attempt("truncate", "os.truncate(w.tree + '/a.txt', 0)", DONE, FILE),
    Attempt("truncate while reading", "os.open(w.tree + '/a.txt', os.O_RDONLY | os.O_TRUNC)", DONE, FILE),
    Attempt("make by reading", "os.open(w.tree + '/new.txt', os.O_RDONLY | os.O_CREAT)", DONE, FILE),
    Attempt("file without a name", "os.open(w.tree, os.O_TMPFILE | os.O_RDWR)", "passed|not_tried", FILE),
    Attempt("link", "os.symlink('x', w.tree + '/y')\nos.link(w.tree + '/a.txt', w.tree + '/hard')", DONE, FILE),
    Attempt("write through a link", "open(w.tree + '/link', 'w').write('x')", DONE, FILE),
    Attempt("write through a hard link", "open(w.tree + '/same.txt', 'w').write('x')", DONE, FILE),
    Attempt("attributes through a link to a device's folder", "os.chmod(w.tree + '/way/null', 0o666)", FILE + "/dev/null", FILE),
    Attempt("attributes through a link of its own", "os.symlink('/sys', w.tree + '/mine')\nos.chmod(w.tree + '/mine/kernel', 0o755)", FILE + "/sys/kernel", FILE),
    Attempt("write through a link to settings", "os.symlink('/proc/sys', w.tree + '/mine')\nopen(w.tree + '/mine/kernel/domainname', 'w').write('x')", FILE + "/proc", FILE),
    Attempt("attributes of a device by descriptor", "fd = os.open('/dev/null', os.O_RDONLY)\nos.fchmod(fd, 0o666)", FILE + "/dev/null", FILE),
    Attempt("attributes of a device by its folder", "fd = os.open('/dev', os.O_RDONLY)\nos.chmod('null', 0o666, dir_fd=fd)", FILE + "/dev/null", FILE),
    Attempt("attributes by number", "fd = os.open('/dev', os.O_RDONLY)\nraw('fchmodat2', fd, b'null', 0o666, 0)", FILE + "/dev/null", FILE),
    Attempt("attributes of a folder of devices", "fd = os.open('/dev', os.O_RDONLY)\nraw('fchmodat', fd, b'.', 0o755)", FILE + "/dev", FILE),
    Attempt("times of a device", "os.utime('/dev/null', (1, 1))", FILE, FILE),
    Attempt("extended attributes", "os.setxattr(w.tree + '/a.txt', 'user.x', b'1')", ATTRIBUTES, ATTRIBUTES),
    Attempt("flags", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nfcntl.ioctl(fd, 0x40086602, struct.pack('l', 0x40))", "passed|not_tried", ATTRIBUTES),
    Attempt("flags of a folder of devices", "fd = os.open('/dev', os.O_RDONLY)\nfcntl.ioctl(fd, 0x40086602, struct.pack('l', 0x40))", ATTRIBUTES, ATTRIBUTES),
    Attempt("lock", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nfcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)", DONE, FILE),
    Attempt("lease", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nfcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)", SIGNAL, SIGNAL),
    Attempt("write to shared memory's folder", "open(w.shared, 'w').write('x')", FILE + "/dev/shm/", FILE),
    Attempt("make in shared memory's folder", "open('/dev/shm/trial', 'w').write('x')", DONE, FILE),
    Attempt("delete in shared memory's folder", "os.unlink(w.shared)", FILE + "/dev/shm/", FILE),
    Attempt("write by the number of a descriptor", "fd = os.open(w.tree + '/a.txt', os.O_RDONLY)\nopen(f'/proc/self/fd/{fd}', 'w').write('x')", FILE, FILE),
    Attempt("write by another root", "open('/proc/self/root' + w.tree + '/a.txt', 'w').write('x')", FILE, FILE),
    Attempt("settings of the system", "open('/proc/sys/kernel/domainname', 'w').write('x')", FILE, FILE),
    Attempt("settings of a device", "import glob\nopen((glob.glob('/sys/kernel/*/*') or ['/sys/x'])[0], 'w')", FILE, FILE),
    Attempt("chances to survive", "open('/proc/self/oom_score_adj', 'w').write('-1000')", FILE, FILE),
    Attempt("memory of its own, as a file", "open('/proc/self/mem', 'r+b')", FILE, FILE),
    Attempt("open by handle", "raw('open_by_handle_at', -100, b'\\0' * 64, 0)", SYSTEM, SYSTEM),
    Attempt("name a handle", "raw('name_to_handle_at', -100, w.tree.encode(), b'\\0' * 64, b'\\0' * 8, 0)", SYSTEM, SYSTEM),
    Attempt("open by another call", "raw('openat2', -100, (w.tree + '/a.txt').encode(), struct.pack('QQQ', 1, 0, 0), 24)", NOTHING, NOTHING),
    Attempt("write without calls", "raw('io_uring_setup', 8, b'\\0' * 120)", SYSTEM, SYSTEM),
    Attempt("old way to write without calls", "raw('io_setup', 8, b'\\0' * 8)", SYSTEM, SYSTEM),
    Attempt("disk", "with open(w.tree + '/big', 'wb', buffering=0) as file:\n    while file.write(bytes(1 << 22)) == 1 << 22: pass", "not_tried: it writes more than a check may", FILE),
    Attempt("in other people's folders", "open(w.alien + '/own.txt', 'w').write('x')", FILE, FILE),
    Attempt("other people's files", "print(open(w.others).read())", "not_tried: it ended with PermissionError", "not_tried: it ended with PermissionError", raises=True),
]  # fmt: skip

_open = [
    Attempt("open file", "f.write('x')\nf.flush()", OPEN, OPEN),
    Attempt("open file, left in its buffer", "f.write('x')", OPEN, OPEN),
    Attempt("open file, read", "read.read()", OPEN, OPEN),
    Attempt("open file, closed", "f.write('x')\nf.close()", OPEN, OPEN),
    Attempt("open file, dropped", "del f", DONE, DONE),
    Attempt("descriptor", "os.write(f.fileno(), b'x')", OPEN, OPEN),
    Attempt("descriptor, copied", "os.write(os.dup(f.fileno()), b'x')", OPEN, OPEN),
    Attempt("descriptor, moved", "os.dup2(f.fileno(), 900)\nos.write(900, b'x')", OPEN, OPEN),
    Attempt("descriptor, in a process of its own", "pid = os.fork()\nif not pid:\n    try: os.write(f.fileno(), b'x')\n    finally: os._exit(0)\nos.waitpid(pid, 0)", OPEN, PROGRAM),
    Attempt("descriptor, by its name", "open(f'/proc/self/fd/{f.fileno()}', 'w').write('x')", FILE, FILE),
    Attempt("descriptor, given to a program", "subprocess.run(['true'], stdout=f)", OPEN, OPEN + "|" + PROGRAM),
    Attempt("descriptor, mapped", "mmap.mmap(f.fileno(), 4)", OPEN, OPEN),
    Attempt("descriptor, emptied", "os.ftruncate(f.fileno(), 0)", OPEN, OPEN),
    Attempt("descriptor, sent from", "os.sendfile(1, f.fileno(), 0, 4)", OPEN, OPEN),
    Attempt("folder, open", "os.open('a.txt', os.O_RDONLY, dir_fd=folder)", OPEN, OPEN),
    Attempt("folder, written in", "os.mkdir('d', dir_fd=folder)", OPEN, OPEN),
    Attempt("folder, entered", "os.fchdir(folder)", OPEN, OPEN),
    Attempt("folder, looked at", "os.stat('a.txt', dir_fd=folder)", OPEN, OPEN),
    Attempt("all descriptors closed", "os.closerange(3, 2000)\nopen(w.tree + '/a.txt').read()", NOT_TRIED, NOT_TRIED),
    Attempt("logging", "log.warning('x')", OPEN, OPEN),
    Attempt("database", "db.execute('INSERT INTO kept VALUES (2)')\ndb.commit()", OPEN, OPEN),
    Attempt("database, read", "db.execute('SELECT * FROM kept').fetchall()", OPEN, OPEN),
    Attempt("socket", "sock.sendall(b'x')", OPEN, OPEN),
    Attempt("socket, received from", "sock.settimeout(0.1)\nsock.recv(1)", OPEN, OPEN),
    Attempt("socket, watched", "import selectors\nselectors.EpollSelector().register(sock, selectors.EVENT_READ)", OPEN, OPEN),
    Attempt("socket, shut", "sock.shutdown(socket.SHUT_RDWR)", OPEN, OPEN),
    Attempt("socket, asked for its peer", "sock.getpeername()", OPEN, OPEN),
    Attempt("pair of sockets of the kernel", "near.send(b'x')", OPEN, OPEN),
    Attempt("pair of sockets of its own", "a, b = socket.socketpair()\na.send(b'x')\nassert b.recv(1) == b'x'", DONE, DONE),
    Attempt("kernel's sockets, by the session", "k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'stream', {'name': 'stdout', 'text': 'x'})", DONE, DONE),
    Attempt("kernel's sockets", "get_ipython().kernel.iopub_thread.socket.send_multipart([b'x'])", OPEN, OPEN),
    Attempt("kernel's background sockets", "get_ipython().kernel.iopub_socket.send_multipart([b'x'])", NOT_TRIED, NOT_TRIED),
    Attempt("kernel's loop", "get_ipython().kernel.io_loop.add_callback(print, 'x')", NOT_TRIED, NOT_TRIED),
    Attempt("comm", "from comm import create_comm\ncreate_comm(target_name='x', data={'x': 1}).send({'y': 2})", DONE, DONE),
    Attempt("display", "from IPython.display import display, clear_output\ndisplay('x', {'text/plain': 'x'})\nclear_output()\nget_ipython().set_next_input('x')", DONE, DONE),
    Attempt("way to the kernel, lied to", """
for name in os.listdir('/proc/self/fd'):
    try:
        if os.readlink(f'/proc/self/fd/{name}').startswith('socket:'):
            for lie in ({'pid': w.victim}, {'pid': w.kernel}, {'ready': 'full', 'writable': ['/']}, {'refused': 'x'}):
                os.write(int(name), json.dumps(lie).encode())
    except OSError:
        pass
time.sleep(0.1)
""", NOT_TRIED, NOT_TRIED),
    Attempt("way to the kernel, nonsense", """
for name in os.listdir('/proc/self/fd'):
    try:
        if os.readlink(f'/proc/self/fd/{name}').startswith('socket:'):
            os.write(int(name), b'[[[')
    except OSError:
        pass
""", NOT_TRIED, NOT_TRIED),
]  # fmt: skip

_memory = [
    Attempt("memory map of numpy", "mm[:] = 9\nmm.flush()", DONE, DONE),
    Attempt("memory map", "mapped[0:1] = b'z'\nmapped.flush()", DONE, DONE),
    Attempt("memory map without a file", "anonymous[0:1] = b'z'", DONE, DONE),
    Attempt("memory map of its own", "with open(w.tree + '/data.bin', 'r+b') as file:\n    m = mmap.mmap(file.fileno(), 0)\n    m[0:1] = b'z'\n    m.flush()", DONE, FILE),
    Attempt("memory map to read", "np.memmap(w.tree + '/data.bin', dtype='u1', mode='r').sum()", DONE, DONE),
    Attempt("memory map of a copy", "m = np.memmap(w.tree + '/data.bin', dtype='u1', mode='c')\nm[:] = 1", DONE, DONE),
    Attempt("shared memory", "shm.buf[0] = 9", DONE, DONE),
    Attempt("shared memory, attached", "shared_memory.SharedMemory(name=shm.name).buf[0] = 9", FILE + "/dev/shm/", FILE),
    Attempt("shared memory, made", "shared_memory.SharedMemory(create=True, size=4096, name='trial')", OPEN, FILE),
    Attempt("shared memory, removed", "shm.unlink()", FILE + "|" + OPEN, FILE),
    Attempt("shared memory, read", "assert open(w.shared).read() == 'shared\\n'", DONE, DONE),
    Attempt("shared memory of the old kind", "raw('shmget', 1, 4096, 0o1777)", SHARED, SHARED),
    Attempt("semaphores of the old kind", "raw('semget', 1, 1, 0o1777)", SHARED, SHARED),
    Attempt("queue", "raw('mq_open', b'trial', os.O_RDWR | os.O_CREAT, 0o600, None)", SHARED, SHARED),
    Attempt("queue, received from", "raw('mq_timedreceive', 900, b'\\0' * 8, 8, None, None)", SHARED, SHARED),
    Attempt("memory as a file", "fd = os.memfd_create('x')\nos.write(fd, b'x')", DONE, DONE),
]  # fmt: skip

_network = [
    Attempt("TCP", "socket.create_connection(('127.0.0.1', w.tcp), timeout=1)", NETWORK, NETWORK),
    Attempt("UDP", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', w.udp))", NETWORK, NETWORK),
    Attempt("Unix socket", "socket.socket(socket.AF_UNIX).connect(w.stream)", NETWORK, NETWORK),
    Attempt("Unix socket, by a relative path", "os.chdir(os.path.dirname(w.stream))\nsocket.socket(socket.AF_UNIX).connect(os.path.basename(w.stream))", NETWORK, NETWORK),
    Attempt("Unix socket, swallowed", "try:\n    socket.socket(socket.AF_UNIX).connect(w.stream)\nexcept OSError:\n    pass", NETWORK, NETWORK),
    Attempt("Unix socket that is not there", "try:\n    socket.socket(socket.AF_UNIX).connect(w.stream + '-none')\nexcept FileNotFoundError:\n    print('none')", DONE, DONE),
    Attempt("name of a user, looked up", "import pwd\nprint(pwd.getpwuid(os.getuid()).pw_name)", DONE, DONE),
    Attempt("Unix socket, bound", "socket.socket(socket.AF_UNIX).bind(w.stream + '-new')", NETWORK, NETWORK),
    Attempt("Unix socket, listening", "socket.socket(socket.AF_UNIX).listen()", NETWORK, NETWORK),
    Attempt("Unix socket, sent to without a connection", "try:\n    socket.socket(socket.AF_UNIX).sendto(b'x', w.stream)\nexcept OSError:\n    pass", ANY, ANY),
    Attempt("Unix datagram", "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', w.datagrams)", NETWORK, NETWORK),
    Attempt("abstract socket", "socket.socket(socket.AF_UNIX).connect(w.abstract)", NETWORK, NETWORK),
    Attempt("datagram from a pair", "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendto(b'x', w.datagrams)", NETWORK, NETWORK),
    Attempt("datagram from a raw pair", "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)\na.sendto(b'x', w.datagrams)", NETWORK, NETWORK),
    Attempt("datagram from a pair, abstract", "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendmsg([b'x'], [], 0, w.abstract + '-datagrams')", NETWORK, NETWORK),
    Attempt("datagram from a packet pair", "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\na.sendto(b'x', w.datagrams)\na.sendmsg([b'x'], [], 0, w.datagrams)", ANY, ANY),
    Attempt("pair, connected elsewhere", "a, b = socket.socketpair()\nraw('connect', a.fileno(), struct.pack('H', 1) + w.stream.encode() + b'\\0', 3 + len(w.stream))", NETWORK, NETWORK),
    Attempt("pair, listening", "a, b = socket.socketpair()\na.listen()", NETWORK, NETWORK),
    Attempt("host names", "socket.getaddrinfo('example.invalid', 80)", NETWORK, NETWORK),
    Attempt("raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", NETWORK, NETWORK),
    Attempt("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)", NETWORK, NETWORK),
    Attempt("server", "socket.create_server(('127.0.0.1', 0))", NETWORK, NETWORK),
    Attempt("download", "import urllib.request\nurllib.request.urlopen(f'http://127.0.0.1:{w.tcp}/', timeout=1)", NETWORK, NETWORK),
    Attempt("download without try", "import urllib.request\nurllib.request.urlopen(f'http://127.0.0.1:{w.tcp}/', timeout=1)", NETWORK, NETWORK, raises=True),
    Attempt("download by asyncio", "await asyncio.open_connection('127.0.0.1', w.tcp)", NETWORK, NETWORK),
    Attempt("messages", "import zmq\nzmq.Context().socket(zmq.PUSH).connect(f'tcp://127.0.0.1:{w.tcp}')\ntime.sleep(0.3)", NETWORK, NETWORK),
    Attempt("download in a thread", "t = threading.Thread(target=socket.socket)\nt.start()\nt.join()", NETWORK, NETWORK),
]  # fmt: skip

_signals = [
    Attempt("signal to the kernel", "os.kill(w.kernel, signal.SIGKILL)", SIGNAL, SIGNAL),
    Attempt("signal to the kernel, none", "os.kill(w.kernel, 0)", SIGNAL, SIGNAL),
    Attempt("signal to the parent", "os.kill(os.getppid(), signal.SIGTERM)", SIGNAL, SIGNAL),
    Attempt("signal to another", "os.kill(w.victim, signal.SIGKILL)", SIGNAL, SIGNAL),
    Attempt("signal to a group", "os.killpg(os.getpgid(w.victim), signal.SIGSTOP)", "not_tried|passed", SIGNAL),
    # Where a failure would end the tester's own processes, the signal is none.
    Attempt("signal to all", "os.kill(-1, signal.SIGKILL if os.getpid() == 1 or os.geteuid() else 0)", SIGNAL, SIGNAL),
    Attempt("signal to its own group", "os.kill(0, signal.SIGKILL)", SIGNAL, DIED.format(9)),
    Attempt("signal to a thread", "raw('tkill', w.victim, 9)", SIGNAL, SIGNAL),
    Attempt("signal to a thread of a process", "raw('tgkill', w.victim, w.victim, 9)", SIGNAL, SIGNAL),
    Attempt("queued signal", "raw('rt_sigqueueinfo', w.victim, 10, b'\\0' * 128)", SIGNAL, SIGNAL),
    Attempt("signal by descriptor", "signal.pidfd_send_signal(os.pidfd_open(w.victim), signal.SIGKILL)", PROCESS, PROCESS),
    Attempt("signal by a folder", "signal.pidfd_send_signal(os.open(f'/proc/{w.victim}', os.O_RDONLY), signal.SIGKILL)", NOTHING, SIGNAL),
    Attempt("signal by a file's owner", "a, b = socket.socketpair()\nfcntl.fcntl(a, fcntl.F_SETOWN, w.victim)\nfcntl.fcntl(a, 10, signal.SIGKILL)\nfcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC)\nb.send(b'x')", SIGNAL, SIGNAL),
    Attempt("signal by a socket's owner", "a, b = socket.socketpair()\nfcntl.ioctl(a, 0x8901, struct.pack('i', w.victim))", ATTRIBUTES, ATTRIBUTES),
    Attempt("signal to itself", "got = []\nsignal.signal(signal.SIGUSR1, lambda *_: got.append(1))\nos.kill(os.getpid(), signal.SIGUSR1)\nsignal.raise_signal(signal.SIGUSR1)\nassert got == [1, 1]", DONE, DONE),
    Attempt("alarm", "signal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nsignal.pause()", DONE, DONE),
]  # fmt: skip

_processes = [
    Attempt("trace", "raw('ptrace', 16, w.kernel, 0, 0)", PROCESS, PROCESS),
    Attempt("trace by seizing", "raw('ptrace', 0x4206, w.victim, 0, 0)", PROCESS, PROCESS),
    Attempt("be traced", "raw('ptrace', 0, 0, 0, 0)", PROCESS, PROCESS),
    Attempt("write memory", "raw('process_vm_writev', w.kernel, None, 0, None, 0, 0)", PROCESS, PROCESS),
    Attempt("read memory", "raw('process_vm_readv', w.kernel, None, 0, None, 0, 0)", PROCESS, PROCESS),
    Attempt("memory as a file", "open(f'/proc/{w.kernel}/mem', 'r+b')", FILE, FILE),
    Attempt("kernel's descriptors", "open(f'/proc/{w.kernel}/fd/{f.fileno()}', 'w').write('x')", FILE, FILE),
    Attempt("kernel's descriptors, received from", "os.read(os.open(f'/proc/{w.kernel}/fd/{near.fileno()}', os.O_RDONLY), 1)", NOTHING, NOTHING),
    Attempt("kernel's root", "open(f'/proc/{w.kernel}/root{w.tree}/a.txt', 'w').write('x')", FILE, FILE),
    Attempt("kernel's folder", "os.unlink(f'/proc/{w.kernel}/cwd/../../tree/a.txt')", FILE, FILE),
    Attempt("kernel's environment", "print(open(f'/proc/{w.kernel}/environ').read())", NOTHING, NOTHING),
    Attempt("descriptor of another", "raw('pidfd_getfd', 900, 3, 0)", PROCESS, PROCESS),
    Attempt("nice", "os.setpriority(os.PRIO_PROCESS, w.kernel, 19)", PROCESS, PROCESS),
    Attempt("nice of a user", "os.setpriority(os.PRIO_USER, os.getuid(), 19)", PROCESS, PROCESS),
    Attempt("nice of a user, unnamed", "os.setpriority(os.PRIO_USER, 0, 19)", PROCESS, PROCESS),
    Attempt("nice of its own", "os.setpriority(os.PRIO_PROCESS, 0, 19)", DONE, DONE),
    Attempt("reading and writing of a user", "raw('ioprio_set', 3, 0, (3 << 13))", PROCESS, PROCESS),
    Attempt("limits of the kernel", "resource.prlimit(w.kernel, resource.RLIMIT_NOFILE, (64, 64))", PROCESS, PROCESS),
    Attempt("limits of its own", "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", NOTHING, NOTHING),
    Attempt("processors", "os.sched_setaffinity(w.kernel, {0})", PROCESS, PROCESS),
    Attempt("scheduler", "raw('sched_setscheduler', w.victim, 3, struct.pack('i', 0))", PROCESS, PROCESS),
    Attempt("survive the kernel", "prctl(1, 0)", SYSTEM, SYSTEM),
    Attempt("be dumped", "prctl(4, 1)", SYSTEM, SYSTEM),
    Attempt("filter", "prctl(22, 1)", SYSTEM, SYSTEM),
    Attempt("another filter", "raw('seccomp', 1, 8, b'\\0' * 16)", SYSTEM, SYSTEM),
    Attempt("another ruleset", "raw('landlock_create_ruleset', None, 0, 1)", SYSTEM, SYSTEM),
    Attempt("new namespaces", "raw('unshare', 0x10020000)", SYSTEM, SYSTEM),
    Attempt("new namespaces for a process", "raw('clone', 0x10000011, 0, 0, 0, 0)", PROGRAM, PROGRAM),
    Attempt("namespace", "raw('setns', os.open('/proc/self/ns/net', os.O_RDONLY), 0)", SYSTEM, SYSTEM),
    Attempt("mount", "raw('mount', b'none', w.tree.encode(), b'tmpfs', 0, None)", SYSTEM, SYSTEM),
    Attempt("mount again", "raw('mount', None, b'/dev', None, 32 | 4096, None)", SYSTEM, SYSTEM),
    Attempt("mount the new way", "raw('mount_setattr', -100, b'/dev', 0x8000, struct.pack('QQQQ', 0, 1, 0, 0), 32)", SYSTEM, SYSTEM),
    Attempt("unmount", "raw('umount2', w.tree.encode(), 2)", SYSTEM, SYSTEM),
    Attempt("root", "raw('chroot', w.tree.encode())", SYSTEM, SYSTEM),
    Attempt("root, exchanged", "raw('pivot_root', w.tree.encode(), w.tree.encode())", SYSTEM, SYSTEM),
    Attempt("another user", "os.setuid(1)", SYSTEM, SYSTEM),
    Attempt("capabilities", "raw('capset', struct.pack('II', 0x20080522, 0), b'\\xff' * 24)", SYSTEM, SYSTEM),
    Attempt("kernel's programs", "raw('bpf', 0, b'\\0' * 128, 128)", SYSTEM, SYSTEM),
    Attempt("keys", "raw('keyctl', 0, -3, 1)", SYSTEM, SYSTEM),
    Attempt("name of the machine", "socket.sethostname('trial')", SYSTEM, SYSTEM),
    Attempt("restart of the machine", "raw('reboot', 0, 0, 0, 0)", SYSTEM, SYSTEM),
    Attempt("input of a terminal", "fcntl.ioctl(os.open(os.ttyname(slave), os.O_RDONLY | os.O_NOCTTY), 0x5412, b'x')", NOT_TRIED, NOT_TRIED, before="import pty\nmaster, slave = pty.openpty()", after="os.close(master)\nos.close(slave)\ndel master, slave, pty"),
    Attempt("call of another table", "raw(0x40000000 + 39)", NOTHING, NOTHING),
    Attempt("call that nobody knows", "raw(1000)", NOTHING, NOTHING),
    Attempt("process of the kernel, waited for", "assert child.poll() is None", PROCESS, PROCESS, before="child = subprocess.Popen(['sleep', '1000'])", after="child.kill()\nchild.wait()\ndel child"),
    Attempt("process of the kernel, ended", "child.kill()", PROCESS, PROCESS, before="child = subprocess.Popen(['sleep', '1000'])", after="child.kill()\nchild.wait()\ndel child"),
    Attempt("any child, waited for", "os.waitpid(-1, os.WNOHANG)", ANY, PROCESS),
]  # fmt: skip

_programs = [
    Attempt("program", "subprocess.run(['rm', '-rf', w.tree], check=True)\nassert not os.path.exists(w.tree)", DONE, PROGRAM),
    Attempt("program by magic", "!rm -rf {w.tree}", DONE, PROGRAM),
    Attempt("program by system", "os.system(f'rm -rf {w.tree}')", DONE, PROGRAM),
    Attempt("pipelines", "for _ in range(40):\n    assert subprocess.run('echo hi | cat | cat', shell=True, capture_output=True).stdout == b'hi\\n'", DONE, PROGRAM),
    Attempt("program that uses the network", "subprocess.run(['curl', '-s', '-m', '2', f'http://127.0.0.1:{w.tcp}/'])", NETWORK, PROGRAM),
    Attempt("program in place of the kernel", "os.execv('/bin/echo', ['echo', 'x'])", ENDED, PROGRAM),
    Attempt("program from memory", "fd = os.memfd_create('x')\nos.write(fd, open('/bin/echo', 'rb').read())\npid = os.fork()\nif not pid: os.execve(fd, ['echo', 'x'], {})\nos.waitpid(pid, 0)", DONE, PROGRAM),
    Attempt("program from memory, by number", "fd = os.memfd_create('x')\nraw('execveat', fd, b'', None, None, 0x1000)", ANY, PROGRAM),
    Attempt("program that is left behind", "subprocess.Popen(['sleep', '1000'], start_new_session=True)", "not_tried: a program that it started still runs", PROGRAM),
    Attempt("process that is left behind", "if not os.fork():\n    os.setsid()\n    if not os.fork(): time.sleep(1000)\n    os._exit(0)\ntime.sleep(0.1)", "not_tried: a program that it started still runs", PROGRAM),
    Attempt("process that leaves the cell", "os.fork()", "passed: |not_tried: a program that it started still runs", PROGRAM),
    Attempt("process that leaves the cell by an error", "if not os.fork(): raise SystemExit\nos.wait()", DONE, PROGRAM),
    Attempt("multiprocessing", "with multiprocessing.get_context('fork').Pool(2) as pool: assert pool.map(abs, [-1, -2]) == [1, 2]", DONE, PROGRAM + "|" + FILE),
    Attempt("spawn", "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", DONE, PROGRAM),
    Attempt("asyncio's programs", "p = await asyncio.create_subprocess_exec('true')\nawait p.wait()", ANY, PROGRAM),
    Attempt("session", "os.setsid()", ANY, PROCESS),
    Attempt("group", "os.setpgid(0, 0)", ANY, PROCESS),
]  # fmt: skip

_limits = [
    Attempt("fork bomb", "while True: os.fork()", MANY, PROGRAM),
    Attempt("fork bomb by programs", "for _ in range(100): subprocess.Popen(['sleep', '100'])", MANY, PROGRAM),
    Attempt("thread bomb", "for _ in range(1000): threading.Thread(target=time.sleep, args=(100,), daemon=True).start()", NOT_TRIED, NOT_TRIED),
    Attempt("memory bomb", "a = []\nwhile True: a.append(bytearray(1 << 25))", MEMORY, MEMORY, settings={"SHARE": "(512 << 20) / limits.free_memory()"}),
    Attempt("memory bomb, swallowed", "a = []\ntry:\n    while True: a.append(bytearray(1 << 25))\nexcept MemoryError:\n    del a", MEMORY, MEMORY, settings={"SHARE": "(512 << 20) / limits.free_memory()"}),
    Attempt("memory bomb without memory of its own", "while True:\n    fd = os.memfd_create('x')\n    for _ in range(60): os.write(fd, bytes(1 << 22))", MEMORY, MEMORY, settings={"SHARE": "(512 << 20) / limits.free_memory()"}),
    Attempt("busy loop", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", TIME, TIME, settings={"SECONDS": "1.0"}),
    Attempt("busy loop of programs", "subprocess.run('trap \"\" TERM INT HUP; while :; do :; done', shell=True)", TIME, PROGRAM, settings={"SECONDS": "1.0"}),
    Attempt("stopped", "os.kill(os.getpid(), signal.SIGSTOP)", ANY, TIME, settings={"SECONDS": "1.0"}),
    Attempt("endless output", "while True: print('x' * 1000)", TIME, TIME, settings={"SECONDS": "1.0"}),
    Attempt("endless denials", "for _ in range(200):\n    try: socket.socket()\n    except OSError: pass", NETWORK, NETWORK),
]  # fmt: skip

_ends = [
    Attempt("exit", "os._exit(0)", ENDED, ENDED),
    Attempt("exit with a code", "os._exit(3)", ENDED, ENDED),
    Attempt("sys.exit", "sys.exit(1)", "failed: SystemExit", "failed: SystemExit", raises=True),
    Attempt("exit of IPython", "exit()", "not_tried|passed", "not_tried|passed"),
    Attempt("interrupt", "raise KeyboardInterrupt", "failed: KeyboardInterrupt", "failed: KeyboardInterrupt", raises=True),
    Attempt("interrupt by a signal", "signal.raise_signal(signal.SIGINT)\ntime.sleep(0.1)", "failed: KeyboardInterrupt", "failed: KeyboardInterrupt", raises=True),
    Attempt("segmentation fault", "ctypes.string_at(0)", DIED.format(11), DIED.format(11)),
    Attempt("abort", "os.abort()", DIED.format(6), DIED.format(6)),
    Attempt("error at the end", "import atexit\natexit.register(lambda: open(w.tree + '/x', 'w'))", DONE, DONE),
]  # fmt: skip

_python = [
    Attempt("environment", "os.environ['NBDOCTOR_TRIAL'] = 'x'\nos.putenv('HOME', '/')\ndel os.environ['PATH']", DONE, DONE),
    Attempt("folder and mask", "os.chdir('/')\nos.umask(0o777)", DONE, DONE),
    Attempt("names", "numbers.append(4)\nword = 'other'\nthing.x = 1\ndel answer\nnew = 1\nmm = None", DONE, DONE),
    Attempt("results", "In.append('x')\nOut[1] = 2\n_ = 3\nget_ipython().execution_count = 100\nget_ipython().run_cell('4 + 4', store_history=True)", DONE, DONE),
    Attempt("modules", "import wave, tests.rules\nsys.modules.pop('json')\nsys.path.clear()\nimport math\nmath.pi = 3", DONE, DONE),
    Attempt("random numbers", "random.seed(7)\nnp.random.seed(7)\nrandom.random()", DONE, DONE),
    Attempt("signal handlers", "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)", DONE, DONE),
    Attempt("threads", "for _ in range(5): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()", DONE, DONE),
    Attempt("thread that stays", "threading.Thread(target=time.sleep, args=(1000,)).start()", DONE, DONE),
    Attempt("tasks", "task = asyncio.create_task(asyncio.sleep(1000))\nasyncio.get_running_loop().call_later(0, int)", DONE, DONE),
    Attempt("outputs", "print('x')\nprint('x', file=sys.stderr)\nsys.__stdout__.write('x\\n')\nos.write(1, b'x\\n')\nlogging.warning('x')\nimport warnings\nwarnings.warn('x')", DONE, DONE),
    Attempt("outputs, closed", "sys.stdout.close()\nos.close(1)", ANY, ANY),
    Attempt("outputs of programs", "os.system('echo x; echo x >&2')", DONE, PROGRAM),
    Attempt("hooks", "get_ipython().events.register('post_run_cell', lambda *_: None)\nsys.excepthook = print\nsys.settrace(lambda *_: None)\nget_ipython().set_custom_exc((Exception,), print)", DONE, DONE),
    Attempt("extension", "%unload_ext nbdoctor", DONE, DONE),
    Attempt("extension, anew", "%reload_ext nbdoctor\n%config NBDoctor.trials = 'off'", DONE, DONE),
    Attempt("collector", "import gc, faulthandler\ngc.unfreeze()\ngc.collect()\ngc.disable()\nfaulthandler.enable()", NOT_TRIED + "|passed", NOT_TRIED + "|passed"),
    Attempt("history", "get_ipython().history_manager.enabled = True\nget_ipython().history_manager.store_inputs(99, 'x')\nget_ipython().history_manager.writeout_cache()", NOT_TRIED + "|passed", NOT_TRIED + "|passed"),
    Attempt("history, new session", "get_ipython().history_manager.reset()", NOT_TRIED, NOT_TRIED),
    Attempt("kernel, told to stop", "get_ipython().kernel.do_shutdown(False)", ANY, ANY),
    Attempt("trial inside a trial", "from nbdoctor.kernel import extension\nfrom nbdoctor.kernel.trial.child import Job\nfrom nbdoctor.protocol import Step\nprint(extension.loaded(get_ipython()).watch.trials.run(Job([Step('1')])))", NOT_TRIED, NOT_TRIED),
]  # fmt: skip

#: What hangs on whose files and processes they are, which is tried as a user without rights too.
AS_NOBODY = [*_files, *_memory, *_signals, *_processes]
ATTEMPTS = [*AS_NOBODY, *_open, *_network, *_programs, *_limits, *_ends, *_python]
