"""What shops left in the walker's world: a channel with its connection, a message, its order's side, goods."""

import json
from typing import TYPE_CHECKING

from orders import inbox
from orders.inbox import secrets
from orders.models import Channel, ChannelItem, Connection, ShopNote, ShopOrder
from tests import make
from tests.walker.bodies import Body, plainly

if TYPE_CHECKING:
    from tests.walker.world import World

STAFF = frozenset({"owner", "manager", "costless"})
TERMS = {"name": "shop", "zone": "", "contact": "required", "buffer": "0"}
SHOP_THINGS = {"channel": "channel", "inbound_id": "inbound", "side_id": "shop side", "item_id": "channel item"}
SHOP_JSON: dict[str, Body] = {"api:channel-day": plainly(ids=["X-1"])}
SHOP_FORMS: dict[str, Body] = {
    "hooks-shop": plainly(),
    "inbox-replay": lambda pick: {"message": [pick("inbound")]},
    "inbox-differs": plainly(way="desk"),
    "inbox-item": plainly(sku="A"),
    "channels": plainly(code="walked", name="Walked", kind="api", currency="RUB", country="RU", contact="required"),
    "channels-channel": plainly(**TERMS),
    "channels-access": plainly(address="https://shop.example", key="k", secret="s"),
    "channels-secret": plainly(),
    "channels-test": plainly(),
    "channels-poll": plainly(),
    "channels-note": lambda pick: {"note": str(pick("shop note"))},
}


def furnish_shops(world: "World") -> None:
    """Connect a shop, and have it say something that the desk had said otherwise."""
    for code in ("shop", "rival"):
        seen = STAFF | {"storefront" if code == "shop" else "narrow"}
        world.add("channel", code, seen)
        Connection.objects.create(channel_id=code, secret=secrets.sealed(code, "secret", "walked"))
    item = {"product_id": "93", "name": "Cup", "quantity": 1, "price": "5.00"}
    said = {"external_id": "W-7", "currency": "RUB", "customer": {"name": "Кто-то"}, "items": [item]}
    kept = inbox.keep_test(Channel.objects.get(pk="shop"), json.dumps(said), at=make.AT)
    type(kept).objects.filter(pk=kept.pk).update(source="webhook", topic="")
    inbox.apply(kept.pk, at=make.AT)
    kept.refresh_from_db()
    world.add("inbound", kept.pk, STAFF)
    side = ShopOrder.objects.get(order=kept.order_id)
    ShopOrder.objects.filter(pk=side.pk).update(differs={"comment": ["a", "b"]})
    world.add("shop side", side.pk, STAFF)
    note = ShopNote.objects.create(
        shop_order=side, kind="cancel", word="price", state="dead", at=make.AT, due_at=make.AT
    )  # fmt: skip
    world.add("shop note", note.pk, {"owner"})
    world.add("channel item", ChannelItem.objects.get().pk, STAFF)
