"""Shops for the tests of the inbox: channels with secrets, signed messages, the real bodies."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from orders import inbox
from orders.channels import dialect
from orders.inbox import secrets
from orders.models import Channel, Connection, InboundMessage
from tests import make

REAL = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "orders"
SECRET = "0123456789abcdefghijABCDEFGHIJ0123456789"


def read(name: str) -> Any:
    """Give a real body by its path below the fixtures' orders."""
    return json.loads((REAL / name).read_text(encoding="utf-8"))


def shop(kind: str = "woocommerce", code: str = "", **fields: Any) -> Channel:
    """Make a channel whose shop signs with SECRET."""
    code = code or kind[:8]
    own = {name: fields.pop(name) for name in list(fields) if name not in {"currency", "country", "zone", "contact"}}
    channel = make.channel(code, kind=kind, **({"currency": "USD", "country": "US"} | fields))
    Connection.objects.update_or_create(
        channel=channel, defaults={"secret": secrets.sealed(code, "secret", SECRET)} | own
    )
    return channel


def signed(channel: Channel, body: bytes, *, topic: str = "", delivery: str = "") -> dict[str, str]:
    """Give the headers of a shop that signs these bytes."""
    speaks = dialect(channel)
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    return {speaks.SIGNATURE: signature, speaks.TOPIC: topic, speaks.DELIVERY: delivery}


def send(channel: Channel, body: Any, *, topic: str = "", delivery: str = "", at: datetime = make.AT) -> InboundMessage:
    """Have the shop send a body; it is kept, not applied."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    arrival = inbox.Arrival(channel.code, raw, signed(channel, raw, topic=topic, delivery=delivery))
    kept = inbox.keep(arrival, at=at)
    assert kept is not None
    return kept


def sweep(*, at: datetime = make.AT) -> int:
    """Apply everything that waits, with the parts that come of it."""
    done = 0
    while found := inbox.waiting():
        done += sum(inbox.apply_next(pk, at=at) for pk in found)
    return done


def hear(channel: Channel, body: Any, *, topic: str = "", at: datetime = make.AT) -> InboundMessage:
    """Have the shop send a body and apply it."""
    kept = send(channel, body, topic=topic, at=at)
    sweep(at=at)
    kept.refresh_from_db()
    return kept


def woo(number: int = 1, *, minute: int = 0, **fields: Any) -> dict[str, Any]:
    """Give a small order as WooCommerce writes it, changed so many minutes after it was placed."""
    placed = make.AT - timedelta(hours=1)
    changed = placed + timedelta(minutes=minute)
    quantity = fields.pop("quantity", 2)
    line = {"id": 11, "name": "Cup", "product_id": 93, "variation_id": 0, "quantity": quantity,
            "subtotal": f"{quantity * 3}.00", "subtotal_tax": "0.00", "total": f"{quantity * 3}.00",
            "total_tax": "0.00", "sku": "CUP"}  # fmt: skip
    person = {"first_name": "John", "last_name": "Doe", "address_1": "969 Market", "city": "San Francisco",
              "state": "CA", "postcode": "94103", "country": "US"}  # fmt: skip
    base = {
        "id": number, "status": "processing", "currency": "USD", "total": f"{quantity * 3 + 10}.00",
        "date_created_gmt": utc(placed), "date_modified_gmt": utc(changed), "shipping_total": "10.00",
        "shipping_tax": "0.00", "billing": person | {"email": "john.doe@example.com", "phone": "(212) 736-5000"},
        "shipping": person, "payment_method": "cod", "date_paid_gmt": None, "customer_note": "", "line_items": [line],
        "shipping_lines": [{"id": 12, "method_id": "flat_rate", "total": "10.00"}], "fee_lines": [], "refunds": [],
    }  # fmt: skip
    return base | fields


def utc(at: datetime) -> str:
    """Write a moment as WooCommerce does: of UTC, without saying so."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def send_most(standin: Any, channel: Channel, orders: int, dice: Random) -> None:
    """Lose 30 % of a shop's messages, double 20 %, repeat some five times, shuffle all."""
    sent = []
    for number in range(1, orders + 1):
        standin.orders[number] = woo(number, minute=1, quantity=dice.randint(1, 4))
        for body in (woo(number), standin.orders[number]):
            if dice.random() >= 0.3:
                sent += [body] * (5 if dice.random() < 0.1 else 2 if dice.random() < 0.2 else 1)
    dice.shuffle(sent)
    for place, body in enumerate(sent):
        send(channel, body, topic="order.updated", delivery=f"d{place}")
