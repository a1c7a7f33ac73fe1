"""Calling a Shopify shop by its REST Admin API: the access token of a custom app with read and write of orders."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from orders.channels.calling import Access, Goods, Line, ShopRefused, utc
from orders.channels.reading import Reader
from shopdesk.base import outgoing

API = "/admin/api/2024-10"
A_PAGE = 50
MOST_PAGES = 400
NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
REASONS = {"changed_mind": "customer", "out_of_stock": "inventory", "fake": "fraud"}


class ShopifyShop:
    """A Shopify shop."""

    def __init__(self, access: Access, rules: outgoing.Rules | None = None) -> None:
        self.access = access
        self.line = Line(access, {"X-Shopify-Access-Token": access.key}, rules)

    def changed_since(self, since: datetime) -> Iterator[Sequence[Any]]:
        """Walk the shop's own cursor."""
        asked = {"status": "any", "updated_at_min": f"{utc(since)}Z", "order": "updated_at asc"}
        yield from self._pages(asked)

    def ids_between(self, start: datetime, end: datetime) -> set[str]:
        """List a span's orders."""
        asked = {"status": "any", "created_at_min": f"{utc(start)}Z", "created_at_max": f"{utc(end)}Z", "fields": "id"}
        return {Reader(row).text("id", "id") for page in self._pages(asked) for row in page} - {""}

    def orders(self, ids: Sequence[str]) -> Sequence[Any]:
        """Give these orders."""
        return next(self._pages({"status": "any", "ids": ",".join(ids[:A_PAGE])})) if ids else []

    def tell_state(self, external_id: str, state: str) -> None:
        """Nothing: an order there has no status that the desk could set; tracking and cancellation say it."""

    def cancel(self, external_id: str, reason: str) -> None:
        """Cancel it with the nearest of the shop's own reasons."""
        self.line.ask("POST", f"{API}/orders/{external_id}/cancel.json", {"reason": REASONS.get(reason, "other")})

    def tell_tracking(self, external_id: str, number: str) -> None:
        """Fulfil what is open of the order, with the parcel's number."""
        found, _headers = self.line.ask("GET", f"{API}/orders/{external_id}/fulfillment_orders.json")
        open_ones = [
            one.text("id", "id") for one in Reader(found).many("fulfillment_orders") if one.text("status") == "open"
        ]
        if not open_ones:
            return
        lines = [{"fulfillment_order_id": int(key)} for key in open_ones if key.isascii() and key.isdigit()]
        told = {"line_items_by_fulfillment_order": lines, "tracking_info": {"number": number}, "notify_customer": True}
        self.line.ask("POST", f"{API}/fulfillments.json", {"fulfillment": told})

    def find_inventory(self, goods: Goods) -> str:
        """Ask under which number the stock of a variant is counted."""
        found, _headers = self.line.ask("GET", f"{API}/variants/{goods.variant_code}.json")
        return Reader(found).inner("variant").text("inventory_item_id", "id")

    def set_stock(self, goods: Goods, pieces: int) -> None:
        """Set what is available at the location that the channel's page names."""
        body = {"location_id": self.access.stock_place, "inventory_item_id": goods.inventory_code, "available": pieces}
        self.line.ask("POST", f"{API}/inventory_levels/set.json", body)

    def _pages(self, asked: dict[str, str]) -> Iterator[list[Any]]:
        path = f"{API}/orders.json?{urlencode(asked | {'limit': str(A_PAGE)})}"
        for _page in range(MOST_PAGES):
            found, headers = self.line.ask("GET", path)
            rows = Reader(found).value.get("orders")
            if not isinstance(rows, list):
                raise ShopRefused(detail={"reason": "not_a_list"})
            yield rows
            onward = NEXT.search(headers.get("link", ""))
            if not onward:
                return
            # Only the path of it: the shop's own address was checked, what an answer names was not.
            place = urlsplit(onward[1])
            path = f"{place.path}?{place.query}"
