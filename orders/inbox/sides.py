"""The shop's side of an order: facts that only grow, so that its messages end the same in whatever order they come."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from orders import channels
from orders.channels import givenback
from orders.channels.said import Said, SaidGone, SaidRefunded
from orders.inbox import following, items
from orders.models import Channel, Connection, InboundMessage, Order, OrderAlias, ShopOrder
from shopdesk.base import phones
from shopdesk.base.access import Actor

Meaning, Source = ShopOrder.Meaning, InboundMessage.Source
ALIVE = {"order.restored"}  # topics that say by themselves that an order is there again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message came to: a stable word, and the order it was about."""

    reason: str
    order: int | None


def hear(message: InboundMessage, heard: Said | SaidGone | SaidRefunded, *, at: datetime) -> Outcome:
    """Take a word of the shop into its side of the order, and let the order follow. Needs the message's transaction."""
    side = lock_side(message.channel, heard.external_id, at=at)
    before = _as_it_stands(side)
    by = Actor("channel", message.pk)
    is_news = _learn(side, heard, message) if isinstance(heard, Said) else _grow(side, heard, message)
    if not is_news:
        same = isinstance(heard, Said) and version_of(heard, message.received_at) == side.version
        return Outcome("same" if same else "older", side.order_id)
    newest = _as_it_stands(side)
    reason = following.follow(side, before, newest, by=by, at=at) if newest else "lead"
    side.changed_at = at
    side.save()
    return Outcome(reason, side.order_id)


def lock_side(channel: Channel, external_id: str, *, at: datetime) -> ShopOrder:
    """Give the shop's side of an order, locked; made when it is heard of for the first time.

    An order that came by another door of the same channel, or was merged away, is found by the shop's id.
    """
    ShopOrder.objects.bulk_create(
        [ShopOrder(channel=channel, external_id=external_id, changed_at=at)], ignore_conflicts=True
    )
    side = ShopOrder.objects.locked(channel=channel, external_id=external_id).get()
    side.channel = channel
    if side.order_id is None:
        known = Order.objects.filter(channel=channel, external_id=external_id).first()
        alias = OrderAlias.objects.filter(channel=channel, external_id=external_id).first()
        side.order_id = known.pk if known else alias.order_id if alias else None
        side.was_order = side.was_order or side.order_id is not None
    return side


def version_of(said: Said, received_at: datetime) -> str:
    """Give a text that grows with each newer word about an order. Of two of one second the one further on wins."""
    at = (said.modified_at or received_at).astimezone(UTC)
    digest = hashlib.sha256(json.dumps(said.stored, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}|{said.rank:03d}|{digest}"


def _learn(side: ShopOrder, said: Said, message: InboundMessage) -> bool:
    """Take a whole order in. Gives whether it said anything that was not known."""
    own = Connection.objects.filter(pk=side.channel_id).values_list("meanings", flat=True).first() or {}
    meaning = channels.meaning_of(said.state, side.channel, own)
    version = version_of(said, message.received_at)
    was_order, was_gone, was_back = side.was_order, side.is_deleted, _gather(side, said, _stamp(said, message))
    side.was_order = side.was_order or meaning == Meaning.ORDER
    seen = said.modified_at or message.received_at
    if message.topic in ALIVE or message.source == Source.POLL:
        seen = max(seen, message.received_at)
    side.live_at = max(side.live_at, seen) if side.live_at else seen
    is_newer = version > side.version
    if is_newer:
        side.version, side.said, side.meaning = version, said.stored, meaning
        side.placed_at = said.placed_at
        side.phone = _phone_of(side, said)
    items.note_items(side.channel, said, at=message.received_at)
    return is_newer or was_back or (was_order, was_gone) != (side.was_order, side.is_deleted)


def _grow(side: ShopOrder, heard: SaidGone | SaidRefunded, message: InboundMessage) -> bool:
    if isinstance(heard, SaidRefunded):
        return _gather(side, heard)
    was_gone = side.is_deleted
    side.deleted_at = max(side.deleted_at or message.received_at, message.received_at)
    return side.is_deleted != was_gone or not side.version


def _gather(side: ShopOrder, heard: Said | SaidRefunded, listed: str = "") -> bool:
    """Learn what money and which goods went back. Gives whether anything of it is new.

    `listed`: when this word named all refunds of the order; empty where it does not.
    """
    before = (side.refunds, side.goods_back, side.refunds_now)
    side.refunds = side.refunds | dict(heard.refunds)
    side.goods_back = givenback.gathered(side.goods_back, heard.refunded)
    if listed:
        words = side.refund_words
        seen = {key: max(listed, words.get("seen", {}).get(key, "")) for key in heard.refunds}
        side.refund_words = {
            "listed": max(listed, words.get("listed", "")), "seen": words.get("seen", {}) | seen,
        }  # fmt: skip
    return before != (side.refunds, side.goods_back, side.refunds_now)


def _stamp(said: Said, message: InboundMessage) -> str:
    """Say when the shop named all refunds of an order: for what the desk fetched the minute of fetching, at least."""
    if not said.lists_refunds:
        return ""
    at = said.modified_at or message.received_at
    if message.source == Source.POLL:  # a deleted refund may leave the shop's own time of change as it was
        at = max(at, message.received_at)
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def _as_it_stands(side: ShopOrder) -> Said | None:
    """Give the shop's newest word less what went back since; None when nothing was said, or it was erased."""
    said = Said.of_stored(side.said)
    return givenback.after(said, side.goods_back_now) if said else None


def _phone_of(side: ShopOrder, said: Said) -> str:
    read = [phone.e164 for phone in phones.read(said.phone, side.channel.country) if phone.dialable]
    return read[0][:20] if read else ""
