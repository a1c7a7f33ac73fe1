"""A shop and its customers: orders, the same orders again, cancellations, signed messages; and what was answered."""

import base64
import hmac
import http.client
import http.server
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 30.0
SKUS = [f"F-{number}" for number in range(8)]


@dataclass
class Sent:
    """One thing that was sent, and every answer to it. `status` 0: none came."""

    shop: str
    kind: str
    external_id: str
    body: dict[str, Any]
    began: float
    answers: list[tuple[int, Any]] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        return any(200 <= status < 300 for status, _ in self.answers)

    @property
    def refused(self) -> bool:
        return bool(self.answers) and all(400 <= status < 500 for status, _ in self.answers)


class Shop(threading.Thread):
    """One client: sends one thing after another, keeps what was said."""

    def __init__(self, name: str, url: str, key: str, secret: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.code, self.place, self.key, self.secret = name, urlsplit(url), key, secret
        self.dice, self.ended = random.Random(seed), threading.Event()
        self.sent: list[Sent] = []
        self.good: list[float] = []  # when something was taken

    def run(self) -> None:
        while not self.ended.is_set():
            self._one()
            self.ended.wait(self.dice.uniform(0.02, 0.3))

    def _one(self) -> None:
        roll, orders = self.dice.random(), [one for one in self.sent if one.kind == "order" and one.taken]
        if roll < 0.15 and self.sent:
            self._say(self.dice.choice(self.sent[-20:]))
        elif roll < 0.25 and orders:
            order = self.dice.choice(orders)
            number = next(body["number"] for status, body in order.answers if status in (200, 201))
            self._say(self._keep("cancel", order.external_id, {"reason": "price", "number": number}))
        elif roll < 0.45:
            self._say(
                self._keep("hook", f"{self.code}-h{len(self.sent)}", self._order(f"{self.code}-h{len(self.sent)}"))
            )
        else:
            self._say(
                self._keep("order", f"{self.code}-{len(self.sent)}", self._order(f"{self.code}-{len(self.sent)}"))
            )

    def _keep(self, kind: str, external_id: str, body: dict[str, Any]) -> Sent:
        self.sent.append(Sent(self.code, kind, external_id, body, time.time()))
        return self.sent[-1]

    def _order(self, external_id: str) -> dict[str, Any]:
        chosen = self.dice.sample(SKUS, self.dice.randint(1, 3))
        items = [{"sku": sku, "name": sku, "quantity": self.dice.randint(1, 3), "price": "10.00"} for sku in chosen]
        phone = f"+7916{self.dice.randrange(10**7):07}"
        return {
            "external_id": external_id, "currency": "RUB", "customer": {"name": "Анна", "phone": phone}, "items": items,
        }  # fmt: skip

    def _say(self, one: Sent) -> None:
        status, body = self._ask(one)
        one.answers.append((status, body))
        if 200 <= status < 300:
            self.good.append(time.time())

    def _ask(self, one: Sent) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        path, body = "/api/v1/orders", one.body
        if one.kind == "cancel":
            path, body = f"/api/v1/orders/{body['number']}/cancellation", {"reason": body["reason"]}
        elif one.kind == "order":
            headers["Idempotency-Key"] = one.external_id
        raw = json.dumps(body).encode()
        if one.kind == "hook":
            path, raw = f"/hooks/{self.code}", json.dumps(as_message(body)).encode()
            signature = base64.b64encode(hmac.digest(self.secret.encode(), raw, "sha256")).decode()
            headers |= {"X-Shopdesk-Signature": signature, "X-Shopdesk-Delivery": one.external_id}
            headers["X-Shopdesk-Topic"] = "order"
        line = http.client.HTTPConnection(self.place.hostname or "", self.place.port, timeout=PATIENCE_S)
        try:
            line.request("POST", path, raw, headers)
            answer = line.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if b"{" in text[:1] else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            line.close()


def as_message(body: dict[str, Any]) -> dict[str, Any]:
    """Write an order as a shop's own message."""
    return {"external_id": body["external_id"], "placed_at": "2026-11-23T09:00:00Z"} | {
        name: body[name] for name in ("currency", "customer", "items")
    }


class Receiver(http.server.ThreadingHTTPServer):
    """A program that is told what happens: it keeps every id that it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.seen: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/told"


class Taking(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.headers["webhook-id"])  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
