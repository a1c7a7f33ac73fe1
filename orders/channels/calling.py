"""Calling a shop: what every kind of shop can be asked and told, by the desk's one way out."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from orders.channels.reading import Unreadable, read_json
from shopdesk.base import outgoing
from shopdesk.base.errors import DomainError

MOST_BYTES = 8 * 1024 * 1024  # a page of orders
TOTAL_S = 25.0


class ShopRefused(DomainError):
    """The shop answered, and not with what was asked for. `reason`: its status, or a stable word."""

    sentence = _("The shop did not take the desk's request (%(reason)s).")
    next_step = _("Compare the key and the address on the channel's page with the shop's.")


@dataclass(frozen=True, slots=True)
class Access:
    """Where a shop is, and what opens it."""

    address: str
    key: str
    secret: str = ""
    stock_place: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """Something a shop sells, by its own numbers."""

    product_code: str
    variant_code: str = ""
    inventory_code: str = ""


class Shop(Protocol):
    """What a kind of shop can do. Every call may raise AddressRefused, NotAnswered, ShopRefused."""

    def changed_since(self, since: datetime) -> Iterator[Sequence[Any]]:
        """Give the orders that changed since then, page by page, each as its webhook would bring it."""

    def ids_between(self, start: datetime, end: datetime) -> set[str]:
        """Give the ids of the orders placed in a span, the end not included."""

    def orders(self, ids: Sequence[str]) -> Sequence[Any]:
        """Give these orders, those that are there."""

    def tell_state(self, external_id: str, state: str) -> None:
        """Set an order's status to the shop's own word."""

    def cancel(self, external_id: str, reason: str) -> None:
        """Cancel an order."""

    def tell_tracking(self, external_id: str, number: str) -> None:
        """Say by which number its parcel can be followed."""

    def find_inventory(self, goods: Goods) -> str:
        """Give the number under which the shop counts the stock of something; empty where it has no other."""

    def set_stock(self, goods: Goods, pieces: int) -> None:
        """Set how many pieces there are: the number itself, never a difference."""


@dataclass(frozen=True, slots=True)
class Line:
    """One shop's way in: makes requests, and reads JSON out of the answers."""

    access: Access
    headers: Mapping[str, str]
    rules: outgoing.Rules | None = None

    def ask(self, method: str, path: str, body: Any = None) -> tuple[Any, Mapping[str, str]]:
        """Make one request. Gives the answer's value and its headers."""
        rules = replace(self.rules or outgoing.rules_of_settings(), most_bytes=MOST_BYTES, total_s=TOTAL_S)
        url = path if path.startswith("http") else self.access.address.rstrip("/") + path
        raw = json.dumps(body, cls=DjangoJSONEncoder).encode() if body is not None else b""
        headers = {"Content-Type": "application/json", "Accept": "application/json"} | dict(self.headers)
        answer = outgoing.send(method, url, headers=headers, body=raw, rules=rules)
        if not answer.is_good or answer.cut:
            raise ShopRefused(detail={"reason": "too_large" if answer.cut else str(answer.status)})
        try:
            return read_json(answer.body.decode("utf-8-sig", "replace") or "null"), answer.headers
        except Unreadable:
            raise ShopRefused(detail={"reason": "not_json"}) from None


def basic(key: str, secret: str) -> str:
    """Write a key and its secret as a header."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def utc(at: datetime) -> str:
    """Write a moment in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
