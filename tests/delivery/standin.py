"""A courier's machine on this computer: CDEK's API v2, and the desk's own protocol. It remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from delivery import accounts
from delivery.accounts import NewAccount
from delivery.models import CourierAccount
from tests import make

NUMBER = "1106153417"
UUID = "72753031-8347-40c0-ab0f-1a49c7a262c1"
FORM = "72753031-0a4c-4bd1-b5d2-1a49c7a262c1"
NOW = "2026-11-23T10:00:00+0000"


class Machine(ThreadingHTTPServer):
    """What it knows and how it misbehaves, set by the test."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.asked: list[tuple[str, str, Any]] = []
        self.told: list[tuple[str, Any]] = []  # what it answered well, by method and door
        self.orders: dict[str, dict[str, Any]] = {}  # by the shop's own number
        self.token, self.logins = "", 0
        self.numbered = False  # a number is given at once
        self.silent = 0  # so many requests are taken and answered with 503
        self.refuses = ""
        self.statuses: list[dict[str, str]] = []
        self.related: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def made(self, name: str) -> list[Any]:
        """Give the bodies of what was asked by this method and path."""
        return [body for method, path, body in self.asked if f"{method} {path}" == name]


class Line(BaseHTTPRequestHandler):
    server: Machine

    def do_GET(self) -> None:
        self._hear()

    do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _hear(self) -> None:
        place = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        body = json.loads(raw) if is_json and raw else raw.decode()
        self.server.asked.append((self.command, place.path, body))
        status, said = self._answer(place.path, dict(parse_qs(place.query)), body)
        if self.server.silent and "oauth" not in place.path:
            self.server.silent -= 1
            status, said = 503, {}
        if status < 300 and isinstance(said, dict) and "entity" in said:
            door = place.path if place.path.startswith("/print") else "/orders"
            self.server.told.append((f"{self.command} {door}", said))
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        machine = self.server
        if path == "/oauth/token":
            machine.logins += 1
            machine.token = f"token-{machine.logins}"
            wrong = "client_secret=right" not in body
            return (401, {}) if wrong else (200, {"access_token": machine.token, "expires_in": 3600})
        if path.startswith("/waybills"):
            return self._plain(path, body)
        if self.headers.get("Authorization") != f"Bearer {machine.token}":
            return 401, {}
        return self._cdek(path, query, body)

    def _cdek(self, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        machine, taken = self.server, {"requests": [_request("CREATE", "ACCEPTED")], "entity": {"uuid": UUID}}
        if path.endswith(".pdf"):
            return 200, b"%PDF-1.4 a label"
        if path.startswith("/print"):
            return 202, taken | {"entity": {"uuid": FORM}}
        if self.command == "POST":
            if machine.refuses:
                why = {"code": "v2_recipient_location_not_recognized", "message": machine.refuses}
                return 400, {"requests": [_request("CREATE", "INVALID", why)]}
            machine.orders.setdefault(body["number"], body)
            return 202, taken
        if self.command == "DELETE":
            machine.orders.clear()
            return 202, {"requests": [_request("DELETE", "SUCCESSFUL")], "entity": {"uuid": UUID}}
        if "im_number" in query and query["im_number"][0] not in machine.orders:
            why = {"code": "v2_entity_not_found_im_number", "message": "not found"}
            return 400, {"requests": [_request("GET", "INVALID", why)]}
        asked = next(reversed(machine.orders.values()), {})
        entity: dict[str, Any] = asked | {"uuid": UUID, "statuses": machine.statuses}
        if machine.numbered:
            entity["cdek_number"] = NUMBER
        return 200, {"entity": entity, "requests": [], "related_entities": machine.related}

    def _plain(self, path: str, body: Any) -> tuple[int, Any]:
        machine = self.server
        if path.endswith("/events"):
            return 200, {"events": machine.statuses}
        if self.command == "POST":
            if machine.refuses:
                return 422, {"detail": machine.refuses}
            machine.orders.setdefault(self.headers["Idempotency-Key"], body)
        if self.command == "DELETE":
            machine.orders.clear()
            return 404, {}
        return 200, {"id": "w-1", "number": "FW-1" if machine.numbered else ""}


def _request(kind: str, state: str, *errors: dict[str, str]) -> dict[str, Any]:
    return {"type": kind, "state": state, "date_time": NOW, "errors": list(errors)}


@contextmanager
def listening() -> Iterator[Machine]:
    """Let the machine listen for as long as the test talks."""
    machine = Machine()
    thread = threading.Thread(target=machine.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield machine
    finally:
        machine.shutdown()
        machine.server_close()
        thread.join()


def furnish(settings: Any) -> None:
    """Put goods on the shelf, and let the desk speak with a courier on this computer."""
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.product("A", 50)
    make.product("B", 50)
    make.courier("cdek", kind="service")


def account(machine: Machine, adapter: str = "cdek", **fields: Any) -> CourierAccount:
    """Give the courier an account with the machine: right secret, waybills as soon as an order is packed."""
    wanted = {"login": "shop", "secret": "right", "makes_waybills": True} | fields
    return accounts.set_up("cdek", NewAccount(adapter, machine.address, **wanted), by=make.BY, at=make.AT)
