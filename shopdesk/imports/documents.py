"""Orders as documents of CommerceML 2, which a shop of 1C-Bitrix writes for 1C: read as any other file of orders."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from orders.channels import commerceml
from orders.channels.reading import Unreadable
from orders.channels.said import Said
from orders.models import Channel
from shopdesk.imports.markup import UnreadableMarkup
from shopdesk.imports.orders import Thing, hashed

CANCELLED = "cancelled"


def understand(path: Path, channel: Channel, *, at: datetime) -> Iterator[Thing]:
    """Read the orders of a file, in its order; one that its shop has cancelled is left out. Raises UnreadableMarkup."""
    try:
        bodies = commerceml.read_xml(path.read_bytes())
    except Unreadable:
        raise UnreadableMarkup from None
    for number, body in enumerate(bodies, start=1):
        yield _thing(number, body, channel, at)


def _thing(number: int, body: dict[str, Any], channel: Channel, at: datetime) -> Thing:
    thing: Thing = {"row": number, "key": body["id"], "words": []}
    try:
        said = commerceml.hear("", body, channel, at)
    except Unreadable:
        return thing | {"bad": True, "words": [_("It does not say its number.")]}
    if not isinstance(said, Said) or said.state == CANCELLED:
        return thing | {"left": True, "words": [_("The shop has cancelled it.")]}
    if said.currency != channel.currency:
        words = _("It is in %(currency)s, and its channel is not.") % {"currency": said.currency}
        return thing | {"bad": True, "words": [words]}
    order = _order(said)
    return thing | {"order": order, "hash": hashed(order)}


def _order(said: Said) -> dict[str, Any]:
    """Say it as a table's order is said."""
    return {
        "placed_at": said.placed_at.isoformat(), "promised_on": None, "slot": "",
        "name": said.name, "phone": said.phone, "email": said.email, "comment": said.comment[:4_000],
        "address": {name: value for name, value in asdict(said.address).items() if value},
        "delivery_method": said.delivery_method, "payment_method": said.payment_method,
        "delivery_minor": said.delivery_minor, "discount_minor": said.discount_minor, "paid_minor": said.paid_minor,
        "stated_total_minor": said.stated_total_minor,
        "lines": [
            {
                "sku": line.sku, "name": line.name, "quantity": line.quantity, "price_minor": line.price_minor,
                "discount_minor": line.discount_minor, "total_minor": line.total_minor,
            }
            for line in said.lines
        ],
    }  # fmt: skip
