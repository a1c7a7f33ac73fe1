"""The raw doors: whatever a shop or a courier's machine sends is kept, and the sweep decides it without stumbling."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from delivery import accounts
from delivery import inbox as couriers_inbox
from delivery.models import CourierMessage
from orders import inbox
from orders.channels import dialect
from orders.models import Channel, InboundMessage
from tests import make
from tests.fuzz import hostile
from tests.orders.inbox import shops

ABOVE = [place / "shared" / "fixtures" for place in Path(__file__).resolve().parents]
FIXTURES = next(place for place in ABOVE if place.exists())  # beside the checkout, or further up
SHOPS = {
    "woocommerce": ("orders/woocommerce", "order.updated"),
    "shopify": ("orders/shopify", "orders/updated"),
    "api": ("", "order"),
}
PLAIN = {
    "id": "F-1", "placed_at": "2026-11-23T09:00:00Z", "currency": "RUB", "total": "258.00",
    "customer": {"name": "Анна", "phone": "+79161234567", "email": "a@b.example"},
    "items": [{"sku": "A", "name": "Cup", "quantity": 2, "price": "129.00"}], "comment": "x", "status": "new",
}  # fmt: skip
SPOKEN = {
    "http": [{"events": [{
        "event_id": "e1", "parcel": "P", "code": "delivered", "at": "2026-11-23T12:00:00Z", "cod_taken": "1.00",
        "reason": "", "lines": [{"sku": "A", "delivered": 1}], "correction": False, "return_of": "",
    }]}],
    "cdek": "couriers/cdek_v2_webhooks.json",
    "easypost": "couriers/easypost_event-body.json",
}  # fmt: skip


def of_shops() -> Iterator[tuple[str, str, bytes]]:
    """Give every spoilt body of every kind of shop: the kind, what is wrong, the bytes."""
    for kind, (folder, _topic) in SHOPS.items():
        for body in _real(folder) if folder else [PLAIN]:
            for what, raw in hostile.spoilt(body):
                yield kind, what, raw
            for what, (raw, _type) in hostile.bodies(json.dumps(body).encode()).items():
                yield kind, what, raw


def of_couriers() -> Iterator[tuple[str, str, bytes]]:
    """Give every spoilt body of every courier's language."""
    for adapter, source in SPOKEN.items():
        said = source if isinstance(source, list) else json.loads((FIXTURES / source).read_text(encoding="utf-8"))
        for body in said if isinstance(said, list) else [said]:
            for what, raw in hostile.spoilt(body):
                yield adapter, what, raw
            for what, (raw, _type) in hostile.bodies(json.dumps(body).encode()).items():
                yield adapter, what, raw


def hear(channel: Channel, raw: bytes) -> str:
    """Have a shop send it and the sweep decide it. Gives what is wrong, or nothing."""
    headers = shops.signed(channel, raw, topic=SHOPS[channel.kind][1], delivery="d1")
    kept = inbox.keep(inbox.Arrival(channel.code, raw, headers), at=make.AT)
    if kept is None:
        return ""
    for _try in range(3):
        for pk in inbox.waiting():
            inbox.apply_next(pk, at=make.AT)
    undecided = InboundMessage.objects.filter(state="received").count()
    nameless = InboundMessage.objects.exclude(state="received").filter(reason="").count()
    return f"{undecided} undecided, {nameless} without a reason" if undecided or nameless else ""


def listen(adapter: str, parcel: str, raw: bytes) -> str:
    """Have a courier's machine send it, about this parcel where it names one, and the sweep read it."""
    text = raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00").replace('"P"', f'"{parcel}"')
    CourierMessage.objects.create(courier_id=adapter, sha256="f" * 64, body=text, at=make.AT)
    for row in couriers_inbox.waiting(10):
        couriers_inbox.read_next(row, at=make.AT)
    return "undecided" if CourierMessage.objects.filter(state="received").exists() else ""


def furnish() -> dict[str, Any]:
    """Make the shops, the couriers and a parcel in the hands of each."""
    make.product("A", 500)
    places: dict[str, Any] = {}
    for kind in SHOPS:
        places[kind] = shops.shop(kind)
        assert dialect(places[kind])
    for adapter in SPOKEN:
        make.courier(adapter, kind="service")
        accounts.set_up(adapter, accounts.NewAccount(adapter), by=make.BY, at=make.AT)
        places[adapter] = make.parcel_of(make.handed_over([("A", 2, "100.00")], code=adapter)).number
    return places


def _real(folder: str) -> list[Any]:
    found = sorted((FIXTURES / folder).glob("*.json"), key=lambda path: path.stat().st_size)
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    return [body for body in bodies if isinstance(body, dict)][:2]
