"""Calling a WooCommerce shop by its REST API v3: key and secret of a REST key with read and write."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.text import capfirst

from orders.channels.calling import Access, Goods, Line, ShopRefused, basic, utc
from orders.channels.reading import Reader
from orders.status import CancelReason
from shopdesk.base import outgoing

API = "/wp-json/wc/v3"
A_PAGE = 50
MOST_PAGES = 400


class WooShop:
    """A WooCommerce shop."""

    def __init__(self, access: Access, rules: outgoing.Rules | None = None) -> None:
        self.line = Line(access, {"Authorization": basic(access.key, access.secret)}, rules)

    def changed_since(self, since: datetime) -> Iterator[Sequence[Any]]:
        """Walk by the time of the change and not by page numbers: an order that changes meanwhile moves to the end,
        and what stood behind it would slip into a page that was read before."""
        after, page = since, 1
        for _page in range(MOST_PAGES):
            asked = {"modified_after": utc(after), "dates_are_gmt": "true", "orderby": "modified", "order": "asc"}
            rows = self._list(asked, page)
            yield self._with_refunds(rows)
            if len(rows) < A_PAGE:
                return
            last = Reader(rows[-1]).moment("date_modified_gmt", "date_modified")
            onward = last - timedelta(seconds=1) if last else after
            after, page = (onward, 1) if onward > after else (after, page + 1)

    def ids_between(self, start: datetime, end: datetime) -> set[str]:
        """List a span's orders, trash not among them."""
        found: set[str] = set()
        asked = {"after": utc(start - timedelta(seconds=1)), "before": utc(end), "dates_are_gmt": "true",
                 "orderby": "id", "order": "asc", "_fields": "id"}  # fmt: skip
        for page in range(1, MOST_PAGES):
            rows = self._list(asked, page)
            found |= {Reader(row).text("id", "id") for row in rows}
            if len(rows) < A_PAGE:
                break
        return found - {""}

    def orders(self, ids: Sequence[str]) -> Sequence[Any]:
        """Give these orders."""
        return self._with_refunds(self._list({"include": ",".join(ids[:A_PAGE])}, 1)) if ids else []

    def tell_state(self, external_id: str, state: str) -> None:
        """Set the status: `completed`, `cancelled`, or one of the shop's own."""
        self.line.ask("PUT", f"{API}/orders/{external_id}", {"status": state})

    def cancel(self, external_id: str, reason: str) -> None:
        """Cancel it, and note why for the shop's people."""
        self.tell_state(external_id, "cancelled")
        self.line.ask("POST", f"{API}/orders/{external_id}/notes", {"note": _told(reason)})

    def tell_tracking(self, external_id: str, number: str) -> None:
        """Keep the number with the order and note it for the customer: WooCommerce has no field of its own for it."""
        meta = [{"key": "_tracking_number", "value": number}]
        self.line.ask("PUT", f"{API}/orders/{external_id}", {"meta_data": meta})
        self.line.ask("POST", f"{API}/orders/{external_id}/notes", {"note": number, "customer_note": True})

    def find_inventory(self, goods: Goods) -> str:
        """Stock is counted on the product itself."""
        return ""

    def set_stock(self, goods: Goods, pieces: int) -> None:
        """Set the stock of a product or of its variation."""
        of = f"/variations/{goods.variant_code}" if goods.variant_code else ""
        body = {"manage_stock": True, "stock_quantity": pieces}
        self.line.ask("PUT", f"{API}/products/{goods.product_code}{of}", body)

    def _with_refunds(self, rows: list[Any]) -> list[Any]:
        """Put into each order what went back of it: an order's own body names no goods of its refunds, only sums."""
        return [self._with_its_refunds(row) if Reader(row).value.get("refunds") else row for row in rows]

    def _with_its_refunds(self, row: dict[str, Any]) -> dict[str, Any]:
        found, _headers = self.line.ask("GET", f"{API}/orders/{Reader(row).text('id', 'id')}/refunds?per_page=100")
        if not isinstance(found, list):
            raise ShopRefused(detail={"reason": "not_a_list"})
        by_id = {Reader(one).text("id", "id"): one for one in found}
        told = [dict(by_id.get(one.text("id", "id"), {})) | dict(one.value) for one in Reader(row).many("refunds")]
        return row | {"refunds": told}

    def _list(self, asked: dict[str, str], page: int) -> list[Any]:
        query = urlencode(asked | {"per_page": str(A_PAGE), "page": str(page)})
        rows, _headers = self.line.ask("GET", f"{API}/orders?{query}")
        if not isinstance(rows, list):
            raise ShopRefused(detail={"reason": "not_a_list"})
        return rows


def _told(reason: str) -> str:
    """Say why it was cancelled, for people to read; a word that is no reason of the desk's stays as it is."""
    return capfirst(str(CancelReason(reason).label)) if reason in CancelReason.values else reason
