"""Other people's programs, as badly behaved as they are: real sockets, and a list of what each has seen and said."""

import http.client
import io
import socket
import time
from contextlib import ExitStack, contextmanager

from tests.shopdesk.base.listening import listening

ANSWERS = {
    200: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    500: b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
    301: b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    410: b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
}


class Receiver:
    """One program. `mood`: a status, or "slow", "closed", "cut" (says 200 and breaks off)."""

    def __init__(self, mood):
        self.mood, self.taken, self.server = mood, [], None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}/hook?from=desk"

    @property
    def seen(self):
        return [_read(raw) for raw in self.server.asked]

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _body in self.seen]

    def behave(self, line: socket.socket):
        headers, _body = _read(self.server.asked[-1])
        if self.mood in (200, "cut"):
            self.taken.append(headers["webhook-id"])
        if self.mood == "slow":
            time.sleep(0.6)
        elif self.mood == "cut":
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")
        elif self.mood != "closed":
            line.sendall(ANSWERS[self.mood])


@contextmanager
def receivers(*moods):
    """Run one receiver of each mood."""
    with ExitStack() as stack:
        made = [Receiver(mood) for mood in moods]
        for one in made:
            one.server = stack.enter_context(listening(one.behave))
        yield made


def _read(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    first = head.split(b"\r\n", 1)
    named = http.client.parse_headers(io.BytesIO(first[1] + b"\r\n\r\n"))
    return {name.lower(): value for name, value in named.items()}, body
