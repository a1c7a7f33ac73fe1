"""A shop that stands in for a real one: an HTTP server on this machine that speaks WooCommerce's or Shopify's words."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class StandIn:
    """What the shop has, and what it was told. `fails`: it answers 500 so many times."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.refunds: dict[int, list[dict[str, Any]]] = {}
        self.told: list[tuple[str, str, Any]] = []
        self.asked: list[str] = []
        self.fails = 0
        self.page = 50
        self.address = ""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Answer one request as the shop does."""
        place = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        self.asked.append(path)
        if self.fails:
            self.fails -= 1
            return 500, {"code": "broken"}, {}
        if method != "GET":
            self.told.append((method, place.path, body))
            return 200, {}, {}
        if place.path.endswith("/wp-json/wc/v3/orders"):
            return 200, self.woo(query), {}
        if place.path.endswith("/refunds"):
            return 200, self.refunds.get(int(place.path.split("/")[-2]), []), {}
        if place.path.endswith("/orders.json"):
            return self.shopify(query)
        if place.path.endswith("fulfillment_orders.json"):
            return 200, {"fulfillment_orders": [{"id": 900, "status": "open"}]}, {}
        if "/variants/" in place.path:
            return 200, {"variant": {"inventory_item_id": 39072856}}, {}
        return 404, {"code": "rest_no_route"}, {}

    def woo(self, query: dict[str, str]) -> list[Any]:
        """List orders as WooCommerce does: changed after, or placed between, or certain ones; page by page."""
        rows = list(self.orders.values())
        if "include" in query:
            wanted = {int(key) for key in query["include"].split(",")}
            rows = [row for row in rows if row["id"] in wanted]
        for name, field in (("modified_after", "date_modified_gmt"), ("after", "date_created_gmt")):
            if name in query:
                rows = [row for row in rows if row[field] > query[name]]
        if "before" in query:
            rows = [row for row in rows if row["date_created_gmt"] < query["before"]]
        by = "date_modified_gmt" if query.get("orderby") == "modified" else "id"
        rows.sort(key=lambda row: (row[by], row["id"]))
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        found = rows[(page - 1) * size : page * size]
        return [{"id": row["id"]} for row in found] if query.get("_fields") == "id" else found

    def shopify(self, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """List orders as Shopify does, with a cursor in the Link header."""
        rows = sorted(self.orders.values(), key=lambda row: (row["updated_at"], row["id"]))
        if since := query.get("updated_at_min"):
            rows = [row for row in rows if instant(row["updated_at"]) >= instant(since)]
        if "created_at_min" in query:
            start, end = instant(query["created_at_min"]), instant(query["created_at_max"])
            rows = [row for row in rows if start <= instant(row["created_at"]) < end]
        if "ids" in query:
            rows = [row for row in rows if str(row["id"]) in query["ids"].split(",")]
        begins = int(query.get("page_info", 0))
        found = rows[begins : begins + self.page]
        more = begins + self.page < len(rows)
        onward = f'<{self.address}/admin/api/2024-10/orders.json?limit=50&page_info={begins + self.page}>; rel="next"'
        return 200, {"orders": found}, {"Link": onward} if more else {}


@contextmanager
def standing() -> Iterator[StandIn]:
    """Let a stand-in answer on this machine while the test lasts."""
    shop = StandIn()

    class Door(BaseHTTPRequestHandler):
        def do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            body = json.loads(raw) if raw else None
            status, value, headers = shop.answer(self.command, self.path, body)
            text = json.dumps(value).encode()
            self.send_response(status)
            for name, word in (
                {"Content-Type": "application/json", "Content-Length": str(len(text))} | headers
            ).items():
                self.send_header(name, word)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


def instant(text: str) -> datetime:
    """Read a moment as Shopify writes it."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
