"""What stands between a page and its server, and can be cut while a cell runs."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from copy import copy


class Proxy:
    """What stands between page and server, and can be cut: all of it, or the connections to kernels alone."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.refuses = ""
        self._open: list[tuple[socket.socket, bool]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, refuses: str) -> None:
        """Refuse what is asked for from now on, and end what is open: "all", or "kernels"."""
        self.refuses = refuses
        for end, of_kernel in self._open:
            if refuses == "all" or of_kernel:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        self.refuses = ""

    def close(self) -> None:
        self.cut("all")
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                page, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(page,), daemon=True).start()

    def _serve(self, page: socket.socket) -> None:
        with page, suppress(OSError):
            first = page.recv(65536)
            # A browser opens a connection of its own for each WebSocket.
            of_kernel = b"/channels?" in first.split(b"\r\n", 1)[0]
            if self.refuses == "all" or (self.refuses and of_kernel):
                return
            with socket.create_connection(("127.0.0.1", self.server_port)) as server:
                self._open += [(page, of_kernel), (server, of_kernel)]
                server.sendall(first)
                threading.Thread(target=self._pass_on, args=(server, page), daemon=True).start()
                self._pass_on(page, server)

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(server):
    """The proxy before a server, and the server as pages see it that go through the proxy."""
    proxy, away = Proxy(server.port), copy(server)
    away.address, away.context, away.page = f"http://127.0.0.1:{proxy.port}", None, None
    try:
        yield proxy, away
    finally:
        # The pages first: what they ask for at that moment would fail.
        if away.context:
            away.context.close()
        proxy.close()


def waits_for(path):
    """A cell that says that it began, and goes on when a file is there."""
    loop = f"while not os.path.exists({str(path)!r}):\n    time.sleep(0.1)"
    return f"import os, time\nprint('began')\n{loop}\nprint('over')"
