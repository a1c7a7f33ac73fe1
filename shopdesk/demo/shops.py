"""A second storefront of the demo: a WooCommerce shop whose messages stand in the inbox, as they stand in life."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from orders import inbox
from orders.inbox import connecting, reconciling
from orders.models import Channel, Product
from shopdesk.demo.stage import MINUTE, Stage

WOO: Final = "woo"
BUYERS_FROM: Final = 700
UNKNOWN: Final = {"ru": "Подарочная карта", "bg": "Карта за подарък", "en": "Gift card"}


def talk(stage: Stage, at: datetime) -> None:
    """Connect the shop and have it talk: orders, a lead, a repetition, a change, goods nobody knows, a broken text."""
    shop = stage.shop
    new = connecting.NewChannel(WOO, "outlet.example", Channel.Kind.WOOCOMMERCE, shop.currency, shop.country)
    channel, _secret = connecting.connect(new, by=stage.actor("owner"), at=at - 90 * MINUTE)
    first, second = _order(stage, 501, at - 70 * MINUTE), _order(stage, 502, at - 55 * MINUTE)
    stranger = _order(stage, 504, at - 30 * MINUTE)
    stranger["line_items"][0] |= {"sku": "", "product_id": 930, "name": UNKNOWN.get(shop.language, UNKNOWN["en"])}
    bodies = [
        (70, first), (69, first), (55, second), (50, _order(stage, 503, at - 50 * MINUTE) | {"status": "pending"}),
        (40, first | {"customer_note": "…", "date_modified_gmt": _utc(at - 40 * MINUTE)}),
        (30, stranger), (12, second | {"status": "cancelled", "date_modified_gmt": _utc(at - 12 * MINUTE)}),
    ]  # fmt: skip
    for place, (minutes, body) in enumerate(bodies):
        _say(channel, place, json.dumps(body, ensure_ascii=False), at - minutes * MINUTE)
    _say(channel, len(bodies), '{"id": 505, "status": "proc', at - 8 * MINUTE)
    reconciling.compare(channel, stage.day(at), ["501", "502", "503", "504"], at=at - 5 * MINUTE)


def _say(channel: Channel, place: int, body: str, at: datetime) -> None:
    """Keep a message as it would have come and apply it."""
    inbox.keep_fetched(channel, [(str(place), body)], topic="", at=at)
    for key in inbox.waiting():
        inbox.apply_next(key, at=at)


def _order(stage: Stage, number: int, at: datetime) -> dict[str, Any]:
    """Write an order as WooCommerce does."""
    buyer, product = stage.buyer(BUYERS_FROM + number), Product.objects.get(sku="TEA-01")
    price = f"{product.price_minor // 100}.{product.price_minor % 100:02}"
    first, _blank, last = buyer.name.partition(" ")
    person = {"first_name": first, "last_name": last, "address_1": buyer.address.text, "city": buyer.address.city,
              "postcode": buyer.address.postcode, "country": stage.shop.country}  # fmt: skip
    line = {"id": number * 10, "name": product.name, "product_id": 93, "quantity": 1, "subtotal": price,
            "subtotal_tax": "0.00", "total": price, "total_tax": "0.00", "sku": product.sku}  # fmt: skip
    return {
        "id": number, "status": "processing", "currency": stage.shop.currency, "total": price,
        "date_created_gmt": _utc(at), "date_modified_gmt": _utc(at), "shipping_total": "0.00", "shipping_tax": "0.00",
        "billing": person | {"email": buyer.email, "phone": buyer.phone}, "shipping": person, "payment_method": "cod",
        "customer_note": "", "line_items": [line], "shipping_lines": [{"method_id": "flat_rate", "total": "0.00"}],
    }  # fmt: skip


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
