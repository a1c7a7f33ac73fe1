"""From the feed to messages: each event that an endpoint asked for gets its row, once, in the order of the feed."""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from orders import feed
from orders.models import Feed, JournalEvent, OrderLine, StockLevel, StockMove
from shopdesk.base.wake import wake
from shopdesk.webhooks.kinds import EVENTS, PROMISING, TEST, Kind
from shopdesk.webhooks.models import Endpoint, Message

AT_ONCE = 500  # places of the feed per transaction
PLAN, SEND = "shopdesk.webhooks.tasks.plan", "shopdesk.webhooks.tasks.send"


def plan(*, at: datetime) -> int:
    """Make the messages of every event that the feed has and an endpoint was not told of. Gives how many."""
    feed.publish()
    made = 0
    for endpoint in Endpoint.objects.filter(ended_at=None, planned_to__lt=feed.position()).order_by("pk"):
        while some := _plan_some(endpoint.pk, at=at):
            made += some.made
            if some.last:
                break
    return made


class Planned:
    """What one step made, and whether the feed holds nothing behind it."""

    def __init__(self, made: int, *, last: bool) -> None:
        self.made, self.last = made, last


@transaction.atomic(durable=True)
def _plan_some(endpoint: int, *, at: datetime) -> Planned:
    """Plan the next places of the feed for one endpoint. Its row is locked: two planners make nothing twice."""
    row = Endpoint.objects.locked(pk=endpoint, ended_at=None).first()
    if row is None:
        return Planned(0, last=True)
    upto = min(row.planned_to + AT_ONCE, feed.position())
    messages = _messages(row, upto, at=at)
    Message.objects.bulk_create(messages)
    row.planned_to = upto
    row.save(update_fields=["planned_to"])
    if messages:
        wake(SEND)
    return Planned(len(messages), last=upto >= feed.position())


def _messages(endpoint: Endpoint, upto: int, *, at: datetime) -> list[Message]:
    """Write what is to be told of the places behind `planned_to`, in their order."""
    places = Feed.objects.filter(position__gt=endpoint.planned_to, position__lte=upto).select_related("event__order")
    if endpoint.channel_id:
        places = places.filter(event__order__channel=endpoint.channel_id)
    asked = {kind: list(places.filter(EVENTS[kind]).order_by("position")) for kind in endpoint.kinds}
    items = _items([place.event for place in asked.get(Kind.STOCK_CHANGED, [])])
    made = []
    for kind, rows in asked.items():
        for place in rows:
            if kind != Kind.STOCK_CHANGED:
                made.append(_message(endpoint, kind, _say(place), place, at=at))
            elif left := items.get(place.event_id):
                made.append(_message(endpoint, kind, {"position": place.position, "items": left}, place, at=at))
    return sorted(made, key=lambda message: (message.position or 0, message.kind))


def make_test(endpoint: Endpoint, *, at: datetime) -> Message:
    """Make a message that says nothing but hello, so that the owner sees the way is open."""
    body = _body(TEST, at, {"endpoint": endpoint.name})
    return Message(
        endpoint=endpoint, code=_code(), kind=TEST, body=body, body_hash=hash_of(body), due_at=at, made_at=at
    )


def hash_of(body: str) -> str:
    """Give what stays of a body once it is emptied."""
    return hashlib.sha256(body.encode()).hexdigest()


def _message(endpoint: Endpoint, kind: str, said: Mapping[str, Any], place: Feed, *, at: datetime) -> Message:
    body = _body(kind, place.event.at, said)
    return Message(
        endpoint=endpoint, code=_code(), kind=kind, position=place.position, order_id=place.event.order_id,
        body=body, body_hash=hash_of(body), due_at=at, made_at=at,
    )  # fmt: skip


def _code() -> str:
    """An id of a message. Random, and without the full stop that parts what is signed."""
    return f"msg_{secrets.token_hex(16)}"


def _body(kind: str, at: datetime, said: Mapping[str, Any]) -> str:
    """Write a body as Standard Webhooks asks: type, timestamp, data."""
    return json.dumps(
        {"type": kind, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "data": said},
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


def _say(place: Feed) -> dict[str, Any]:
    """Say what happened by codes and numbers: nothing personal leaves the desk by this road.

    Whoever needs the order asks for it with their key; `position` and `seq` tell them which news is older.
    """
    event, order = place.event, place.event.order
    said: dict[str, Any] = {"position": place.position, "event": event.kind}
    if order is not None:
        said |= {"order": order.pk, "seq": event.seq, "channel": order.channel_id, "external_id": order.external_id}
    if event.to_status:
        said |= {"from": event.from_status or None, "to": event.to_status}
    return said | {"details": event.data}


def _items(events: Sequence[JournalEvent]) -> dict[int, list[dict[str, Any]]]:
    """Give for each event its products with what can be sold of them by now: absolute, so a lost one is no harm."""
    products: dict[int, set[int]] = defaultdict(set)
    for event, product in StockMove.objects.filter(event__in=events).values_list("event", "product"):
        products[event].add(product)
    of_order: dict[int, list[int]] = defaultdict(list)
    for one in events:
        if one.order_id and (one.kind in PROMISING or one.to_status):
            of_order[one.order_id].append(one.pk)
    lines = OrderLine.objects.filter(order__in=of_order, product__isnull=False).values_list("order", "product")
    for order, product in lines:
        for event in of_order[order]:
            products[event].add(product)
    left = _left({product for some in products.values() for product in some})
    return {event: [left[product] for product in sorted(some) if product in left] for event, some in products.items()}


def _left(products: set[int]) -> dict[int, dict[str, Any]]:
    """Give what can be sold of products, over all places that serve orders."""
    left: dict[int, dict[str, Any]] = {}
    levels = StockLevel.objects.filter(product__in=products, location__serves=True).select_related("product")
    for level in levels:
        known = left.setdefault(level.product_id, {"sku": level.product.sku, "available": 0})
        known["available"] += level.available
    return left
