"""The desk as it is served: web processes of its own on a free port, and clients who keep their connection."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from orders.models import Channel, Product
from shopdesk.bench.crowds import memory_of
from shopdesk.bench.measuring import Act
from shopdesk.bench.paths import buyers
from shopdesk.people import tokens
from shopdesk.people.models import ApiToken
from shopdesk.ports import free_port, wait_for

WORKERS: Final = 2
PATIENCE_S: Final = 60.0
CLIENTS: Final = (1, 2, 4)


@dataclass(slots=True)
class Desk:
    """A desk that is served."""

    port: int
    process: "subprocess.Popen[bytes]"

    def memory_mb(self) -> float:
        """Give what the heavier of the web workers holds: its own, and its part of what it shares with the others."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return max((memory_of("Pss", child, "smaps_rollup") for child in children), default=0.0)


@contextmanager
def desk(workers: int = WORKERS) -> Iterator[Desk]:
    """Serve this database on a port of its own, as the container does."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "shopdesk.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--preload", "--worker-class", "gthread", "--threads", "8", "--workers", str(workers), "--log-level", "warning",
        "--graceful-timeout", "2",
    ]  # fmt: skip
    env = os.environ | _like_this()
    process = subprocess.Popen(command, env=env, cwd=settings.BASE_DIR)  # noqa: S603  # a list of our own words
    try:
        wait_for(port, PATIENCE_S)
        yield Desk(port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def sender(port: int, key: str) -> Callable[[int], Act]:
    """Give what makes a storefront: a client that sends orders of three lines, one after another."""
    host, currency = settings.ALLOWED_HOSTS[-2], Channel.objects.get(code="site").currency
    goods = list(Product.objects.order_by("pk").values_list("sku", "name", "price_minor")[:1_000])

    def client(number: int) -> Act:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        run, numbers, phones = f"{timezone.now():%y%m%d%H%M%S%f}-{number}", count(1), buyers(number)

        def send() -> None:
            own = next(numbers)
            chosen = [goods[(own + number * 331) * step % len(goods)] for step in (7, 11, 13)]
            body = json.dumps(_order(f"{run}-{own}", next(phones), chosen, currency))
            headers = {
                "Host": host, "Authorization": f"Bearer {key}", "Content-Type": "application/json",
                "Idempotency-Key": f"{run}-{own}",
            }  # fmt: skip
            line.request("POST", "/api/v1/orders", body, headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != http.client.CREATED:
                raise RuntimeError(f"an order was answered {answer.status}: {said[:200]!r}")

        return send

    return client


def key_of_the_shop() -> str:
    """Make a key with which the shop's channel may send orders."""
    return tokens.make(name="bench", kind=ApiToken.Owner.CHANNEL, code="site", at=timezone.now())[1]


def visitor(port: int, cookies: Mapping[str, str], pages: list[str]) -> Act:
    """Give visits of pages, in turn, as whom these cookies say."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": settings.ALLOWED_HOSTS[-2], "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    turn = count()

    def visit() -> None:
        page = pages[next(turn) % len(pages)]
        line.request("GET", page, headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{page} answered {answer.status}")

    return visit


def _order(external_id: str, phone: str, chosen: list[tuple[str, str, int]], currency: str) -> dict[str, Any]:
    items = [{"sku": sku, "name": name, "quantity": 1, "price": f"{price / 100:.2f}"} for sku, name, price in chosen]
    return {
        "external_id": external_id, "currency": currency, "items": items,
        "customer": {"name": "Анна Смирнова", "phone": phone},
        "delivery": {
            "method": "courier", "address": {"text": "Москва, ул. Мясницкая, д. 7", "city": "Москва", "country": "RU"}
        },
    }  # fmt: skip


def _like_this() -> dict[str, str]:
    """Let it work on the database that this very process works on, with its secrets: a test's are its own."""
    name, given = str(settings.DATABASES["default"]["NAME"]), os.environ.get("DATABASE_URL", "")
    path = name if name.startswith("/") else f"/{name}"
    return {
        "DATABASE_URL": urlsplit(given or "sqlite://")._replace(path=path).geturl(),
        "SECRET_KEY": settings.SECRET_KEY, "FIELD_KEY": settings.FIELD_KEY, "PYTHONPATH": str(settings.BASE_DIR),
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
