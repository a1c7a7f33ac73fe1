"""F27: two hundred connections that say nothing and twenty that say a letter a second, at the proxy before the desk.

The proxy is nginx as Debian ships it, in front of the rig's web as `docs/production.md` wants one in front of any. It
runs for as long as the deed lasts, with four shops of its own that are timed.
"""

import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from shopdesk.ports import free_port, wait_for
from tests import make
from tests.faults import load
from tests.faults.rig import Rig

IDLE, SLOW, SHOPS = 200, 20, 4
ALONE_S, CROWDED_S = 8, 16
AT_ONCE_S = 0.05  # below this nobody feels a difference, and a scheduler makes it
CONF = """
user root; daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 11m; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
  server {{
    listen 127.0.0.1:{front};
    location / {{
      proxy_pass http://127.0.0.1:{web}; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


class Timed(load.Shop):
    """A shop that sends orders only and knows how long each took. Its orders are no other shop's to be judged."""

    def __init__(self, rig: Rig, port: int, place: int, seed: int) -> None:
        channel = make.channel(f"crowd{place}", kind="api")
        super().__init__(channel.code, f"http://127.0.0.1:{port}", make.token(channel), "", seed)
        self.mark, self.took = f"{seed}", list[tuple[float, float]]()  # when it began, how long it took
        self.failed: list[int] = []

    def run(self) -> None:
        while not self.ended.wait(0.1):
            began, name = time.monotonic(), f"{self.code}-{self.mark}-{len(self.took)}"
            status, _body = self._ask(load.Sent(self.code, "order", name, self._order(name), time.time()))
            self.took.append((began, time.monotonic() - began))
            if not 200 <= status < 300:
                self.failed.append(status)


def crowd_the_door(rig: Rig, dice: random.Random) -> list[str]:
    """F27: half of the slow ones never end their headers, half never end a body."""
    if shutil.which("nginx") is None:
        raise OSError("there is no nginx to stand in front of the desk")
    with _nginx(rig) as port:
        shops = [Timed(rig, port, place, dice.randrange(10**6)) for place in range(SHOPS)]
        for shop in shops:
            shop.start()
        edges = [time.monotonic()]
        time.sleep(ALONE_S)
        edges.append(time.monotonic())
        with _crowd(port):
            time.sleep(CROWDED_S)
            edges.append(time.monotonic())
        time.sleep(ALONE_S)
        for shop in shops:
            shop.ended.set()
        for shop in shops:
            shop.join()
    return _compare(shops, edges, rig.patience)


@contextmanager
def _nginx(rig: Rig) -> Iterator[int]:
    """Let nginx stand in front of the rig's web. Gives its port."""
    place, front = rig.logs, free_port()
    (place / "nginx.conf").write_text(CONF.format(place=place, front=front, web=rig.port), encoding="ascii")
    process = subprocess.Popen(["nginx", "-c", str(place / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        wait_for(front)
        yield front
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _crowd(port: int) -> Iterator[None]:
    """Hold connections: most say nothing, some a letter a second."""
    over = threading.Event()
    with ExitStack() as held:
        idle = [held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(IDLE)]
        slow = [held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(SLOW)]
        talking = threading.Thread(target=_trickle, args=(slow, over))
        talking.start()
        try:
            yield
        finally:
            over.set()
            talking.join()
        del idle


def _trickle(lines: list[socket.socket], over: threading.Event) -> None:
    head = (
        b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"
    )
    for place, line in enumerate(lines):
        line.sendall(head + (b"\r\n{" if place % 2 else b"X-Slow: "))
    while not over.wait(1):
        for line in lines:
            try:
                line.sendall(b" ")
            except OSError:
                continue  # the proxy had enough of it


def _compare(shops: list[Timed], edges: list[float], patience: float) -> list[str]:
    began, crowded, ended = edges
    times = [one for shop in shops for one in shop.took]
    alone = _p95([took for at, took in times if not crowded <= at < ended and at >= began])
    beside = _p95([took for at, took in times if crowded <= at < ended])
    failed = [status for shop in shops for status in shop.failed]
    found = [f"{len(failed)} of {len(times)} were not served: {sorted(set(failed))}"] if failed else []
    if beside > max(2 * alone, AT_ONCE_S) * patience:
        found.append(f"p95 beside the crowd {beside * 1000:.0f} ms, alone {alone * 1000:.0f} ms")
    return found


def _p95(took: list[float]) -> float:
    return sorted(took)[len(took) * 95 // 100] if took else 0.0
