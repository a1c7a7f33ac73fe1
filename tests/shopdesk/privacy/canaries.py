"""A canary: a buyer who exists nowhere else, whose phone, mail and name with address are then looked for everywhere."""

import json
from typing import Any

import time_machine

from orders import changes
from orders.intake import Address
from orders.models import IdempotencyKey, Order
from orders.status import CancelReason, HoldReason
from shopdesk.privacy.traces import Traces
from tests import make

PHONE = "+79037778899"
RAW = "8 (903) 777-88-99"
MAIL = "kanareika@birds.example"
NAME = "Кенара Канарейкина"
STREET = "Птичий переулок"
TRACES = Traces([PHONE], [MAIL], [(NAME, STREET)])


def contact(**more: Any) -> dict[str, Any]:
    """Give what an order says of the canary."""
    address = Address(
        text=f"Москва, {STREET}, 7, кв. 3", country="RU", region="RU-MOW", postcode="101000", city="Москва",
        street=STREET, house="7", flat="3", notes=f"домофон 3, {RAW}",
    )  # fmt: skip
    told = {"name": NAME, "phone": RAW, "email": MAIL, "address": address, "comment": f"звоните на {RAW}"}
    return told | more


def order(*, at: Any = make.AT, **more: Any) -> Order:
    """Take an order of the canary in."""
    return make.order(at=at, **contact(**more))


def lived_order(by: Any) -> Order:
    """Take an order in through the JSON door, hold it with a note, edit it, ring about it, and cancel it."""
    with time_machine.travel(make.AT, tick=False):
        posted = make.client(make.channel()).post("orders", body(), idempotency_key="canary-1")
    assert posted.status_code == 201, posted.content
    made = Order.objects.get(pk=posted.json()["number"])
    changes.hold(made.number, HoldReason.OTHER, note=f"перезвонить {NAME}, {RAW}", by=by, at=make.AT)
    fields = {"contact_name": "Кто-то Другой", "comment": f"теперь {MAIL}"}
    changes.edit(made.number, changes.Edit(fields), version=fresh(made).version, by=by, at=make.AT)
    fields = {"contact_name": NAME}
    changes.edit(made.number, changes.Edit(fields), version=fresh(made).version, by=by, at=make.AT)
    return changes.cancel(made.number, CancelReason.CHANGED_MIND, by=by, at=make.after(minutes=5))


def body() -> dict[str, Any]:
    """Give the canary's order as a storefront posts it."""
    place = {"text": f"{STREET}, 7", "city": "Москва", "street": STREET, "house": "7", "country": "RU"}
    return {
        "external_id": "CANARY-1", "placed_at": make.AT.isoformat(), "currency": "RUB",
        "customer": {"name": NAME, "phone": RAW, "email": MAIL},
        "delivery": {"method": "courier", "price": "0.00", "address": place},
        "items": [{"sku": "A", "name": "A", "quantity": 1, "price": "129.00"}],
        "comment": f"звоните на {RAW}", "source": {"utm_term": MAIL},
    }  # fmt: skip


def fresh(made: Order) -> Order:
    return Order.objects.get(pk=made.pk)


def stored_answer() -> str:
    """Give what is kept to answer the same request again."""
    return json.dumps([row.answer for row in IdempotencyKey.objects.all()], ensure_ascii=False)
