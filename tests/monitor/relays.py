"""A way to PostgreSQL that a test can cut: what a process behind it sees is a database that is gone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

from django.db import connection


class Relay:
    """Passes bytes between a port of the loopback and the server of the tests until it is cut; then nobody answers there."""

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        self.host, self.server_port = str(parameters["host"]), int(parameters.get("port") or 5432)
        self.open: list[socket.socket] = []
        self.whole = False
        self.flowing = threading.Event()
        self.flowing.set()
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let the server be reached."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen()
        self.whole = True
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """Close every connection and take no other."""
        self.whole = False
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.open.clear()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Take what is sent, connections too, and let nothing through: what is seen behind it is a server that is stopped."""
        self.flowing.clear()
        try:
            yield
        finally:
            self.flowing.set()

    def url(self, role: str, password: str) -> str:
        """Return how a role reaches the database of the tests through this."""
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{self.port}/{connection.settings_dict['NAME']}"

    def _accept(self, listener: socket.socket) -> None:
        """Take connections, each with one of its own to the server."""
        while self.whole:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = self._reach()
            self.open += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=_pass, args=(*pair, self.flowing), daemon=True).start()

    def _reach(self) -> socket.socket:
        """Connect to the server, by its socket file where it has one."""
        if not self.host.startswith("/"):
            return socket.create_connection((self.host, self.server_port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{self.host}/.s.PGSQL.{self.server_port}")
        return far


def _pass(source: socket.socket, target: socket.socket, flowing: threading.Event) -> None:
    """Pass what comes, while it flows, until one side ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            flowing.wait()
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay() -> Iterator[Relay]:
    """Make such a way, and end it."""
    one = Relay()
    try:
        yield one
    finally:
        one.cut()
