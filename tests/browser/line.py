"""A line between a browser and the desk that a test can cut: nothing passes, whoever in the browser asks."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class Line:
    """A TCP relay on a port of its own; `cut` ends what passes and refuses what comes, `mend` lets pass again."""

    def __init__(self, desk: str) -> None:
        """Take the address of the desk's web server."""
        there = urlsplit(desk)
        self.desk = (there.hostname or "127.0.0.1", there.port or 80)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ends: set[socket.socket] = set()
        self.whole = True
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._answer, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.cut()
        hang_up(self.listener)

    def cut(self) -> None:
        """Let nothing pass from here on, in either direction."""
        with self.lock:
            self.whole = False
            ends, self.ends = self.ends, set()
        for end in ends:
            hang_up(end)

    def mend(self) -> None:
        """Let pass what comes from here on."""
        self.whole = True

    def _answer(self) -> None:
        with suppress(OSError):  # the listener is closed: the test is over
            while True:
                caller, _ = self.listener.accept()
                self._connect(caller)

    def _connect(self, caller: socket.socket) -> None:
        with self.lock:
            if not self.whole:
                return hang_up(caller)
            callee = socket.create_connection(self.desk)
            self.ends |= {caller, callee}
        for source, target in ((caller, callee), (callee, caller)):
            threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()
        return None

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # hung up by a side, or by the cut
            while self.whole and (some := source.recv(CHUNK_BYTES)):
                target.sendall(some)
        hang_up(source)
        hang_up(target)


def hang_up(end: socket.socket) -> None:
    """End a connection, also under whoever reads from it now."""
    with suppress(OSError):  # it had ended by itself
        end.shutdown(socket.SHUT_RDWR)
    end.close()
