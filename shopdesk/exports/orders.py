"""The order list as a table: which orders the filter shows, and what stands in each row."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.models.orders import OrderRows
from orders.status import CancelReason, HoldReason, Status
from orders.web.filters import ALIKE_WORDS, PLACED_WORDS, VIEWS, narrow, read_asked, sought
from orders.web.telling import Moment
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.money import from_minor

AT_ONCE = 2_000
PAGING = ("before", "after")
MASKS = {
    "contact_name": "order.name", "contact_phone": "order.phone", "contact_email": "order.email",
    "address_postcode": "order.address", "address_city": "order.address", "address_text": "order.address",
    "comment": "order.comment",
}  # fmt: skip
MONEY = ("items_minor", "delivery_minor", "discount_minor", "total_minor", "paid_minor")
COLUMNS: Mapping[str, str | Promise] = {
    "number": _("Order"), "placed_at": _("Placed"), "status": _("Status"), "channel_id": _("Channel"),
    "external_id": _("Number in the shop"), "contact_name": _("Customer"), "contact_phone": _("Phone"),
    "contact_email": _("E-mail"), "address_postcode": _("Postcode"), "address_city": _("City"),
    "address_text": _("Address"), "delivery_method": _("Delivery"), "courier_id": _("Courier"),
    "promised_on": _("Promised"), "slot": _("Hours"), "payment_method": _("Payment"), "currency": _("Currency"),
    "items_minor": _("Goods"), "delivery_minor": _("Delivery charge"), "discount_minor": _("Discount"),
    "total_minor": _("Total"), "paid_minor": _("Paid"), "cancel_reason": _("Cancelled because"),
    "comment": _("Comment"),
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "status": dict(Status.choices),
    "delivery_method": dict(Order.Delivery.choices),
    "payment_method": dict(Order.PaidBy.choices),
    "cancel_reason": dict(CancelReason.choices),
}


def read_filter(query: Mapping[str, str]) -> dict[str, str]:
    """Give the list's filter without its paging. Raises Malformed for what the list itself would refuse."""
    wanted = {name: value for name, value in query.items() if name not in PAGING and value}
    read_asked(QueryDict(urlencode(wanted)))
    return wanted


def say_filter(query: Mapping[str, str]) -> list[str]:
    """Give a filter in the list's own words, without the text of a search: it may be a phone."""
    words: dict[str, Mapping[str, Any]] = {
        "view": {name: view.label for name, view in VIEWS.items() if name != "all"},
        "status": dict(Status.choices), "hold": dict(HoldReason.choices), "placed": PLACED_WORDS,
        "alike": ALIKE_WORDS,
    }  # fmt: skip
    named = {name: value for name, value in query.items() if name != "q" and (name, value) != ("view", "all")}
    return [str(words.get(name, {}).get(value, value)) for name, value in named.items()]


def asked_rows(query: Mapping[str, str], subject: Subject, at: datetime) -> OrderRows:
    """Give the orders that the list shows this subject with this filter, all pages; "today" is that of `at`."""
    asked = read_asked(QueryDict(urlencode(query)))
    return narrow(Order.objects.for_subject(subject), asked, subject, Moment.of(at), sought(asked))


def count(query: Mapping[str, str], subject: Subject, at: datetime, *, most: int) -> int:
    """Count the rows, no more than `most`."""
    return asked_rows(query, subject, at).order_by()[:most].count()


def read_rows(query: Mapping[str, str], subject: Subject, at: datetime, *, using: str) -> Iterator[list[Any]]:
    """Read what stands in the rows as the subject sees it, the newest first, as JSON can hold it."""
    ways = [partial(masks.show, subject, MASKS[name]) if name in MASKS else _plain for name in COLUMNS]
    rows = asked_rows(query, subject, at).using(using).order_by("-number").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield [way(value) for way, value in zip(ways, row, strict=True)]


def headings() -> list[str]:
    """Give the headings in the language in use."""
    return [str(heading) for heading in COLUMNS.values()]


def write_row(values: Sequence[Any], zone: ZoneInfo) -> list[str]:
    """Write a row's values in words: choices in the language in use, hours in the shop's zone, sums as decimals."""
    row = dict(zip(COLUMNS, values, strict=True))
    return [_written(name, value, row["currency"], zone) for name, value in row.items()]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else value.isoformat()


def _written(name: str, value: Any, currency: str, zone: ZoneInfo) -> str:
    if name in MONEY:
        return from_minor(value, currency)
    if name in CHOICES:
        return str(CHOICES[name].get(value, value))
    if name == "placed_at":
        placed = parse_datetime(value)
        return f"{placed.astimezone(zone):%Y-%m-%d %H:%M}" if placed else ""
    return "" if value is None else str(value)
