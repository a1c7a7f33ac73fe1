"""Polling: what a webhook lost is fetched, from a watermark on, with an overlap; what is known adds nothing."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import channels
from orders.channels.calling import Shop, ShopRefused
from orders.channels.reading import Unreadable
from orders.channels.said import Said
from orders.inbox import calling, keeping, sides
from orders.models import Channel, Connection, ShopOrder
from orders.models import Shop as OwnShop
from shopdesk.base.errors import DomainError
from shopdesk.base.outgoing import AddressRefused, NotAnswered
from shopdesk.base.wake import wake

OVERLAP = timedelta(minutes=10)  # clocks differ, and a shop may show a change some minutes late
FIRST_LOOK = timedelta(days=1)
TOPIC = ""  # none: the body alone says what it is
NO_ANSWER = (AddressRefused, NotAnswered, ShopRefused)


class DemoAsksNobody(DomainError):
    """Everything in the demo shop is made up, so it calls nobody."""

    sentence = _("The demo shop calls no other shop.")
    next_step = _("Start with an empty desk to connect your own.")


class NobodyToAsk(DomainError):
    """The desk does not know where the shop is, or shall not ask it."""

    sentence = _("The desk cannot ask this shop.")
    next_step = _("Give the shop's address and key first, and switch the fetching on.")


def poll_all(*, at: datetime) -> int:
    """Fetch what changed in every shop that is polled. One that does not answer stops no other."""
    own = Connection.objects.filter(polls=True).select_related("channel").order_by("polled_at", "pk")
    return sum(poll(one, at=at) for one in own if calling.can_be_called(one))


@transaction.atomic(durable=True)
def ask(own: Connection) -> None:
    """Have the shops fetched from now and not at the next round. Raises DemoAsksNobody, NobodyToAsk."""
    if OwnShop.current().demo:
        raise DemoAsksNobody
    if not (own.polls and calling.can_be_called(own)):
        raise NobodyToAsk
    wake("orders.tasks.poll_shops")


def poll(own: Connection, *, at: datetime) -> int:
    """Fetch what changed in one shop since the last time. Gives how many messages are new.

    The watermark moves only when everything up to it is kept; what failed is written on the channel's page.
    """
    since = (own.polled_until or at - FIRST_LOOK) - OVERLAP
    try:
        kept = sum(keep_orders(own.channel, page, at=at) for page in calling.shop_of(own).changed_since(since))
    except NO_ANSWER as refusal:
        Connection.objects.filter(pk=own.pk).update(polled_at=at, poll_problem=str(refusal.detail["reason"])[:40])
        return 0
    Connection.objects.filter(pk=own.pk).update(polled_at=at, polled_until=at, poll_problem="")
    return kept


def keep_orders(channel: Channel, bodies: Sequence[Any], *, at: datetime) -> int:
    """Keep fetched orders that say anything new. Gives how many."""
    return keeping.keep_fetched(channel, _new(channel, bodies, at), topic=TOPIC, at=at)


def fetch(shop: Shop, channel: Channel, ids: Sequence[str], *, at: datetime) -> int:
    """Fetch certain orders, some at a time. Gives how many messages are new."""
    parts = [ids[start : start + 50] for start in range(0, len(ids), 50)]
    return sum(keep_orders(channel, shop.orders(part), at=at) for part in parts)


def _new(channel: Channel, bodies: Sequence[Any], at: datetime) -> Iterable[tuple[str, str]]:
    heard = [(body, _said(channel, body, at)) for body in bodies]
    ids = [said.external_id for _body, said in heard if said]
    known = {side.external_id: side for side in ShopOrder.objects.filter(channel=channel, external_id__in=ids)}
    for body, said in heard:
        side = known.get(said.external_id) if said else None
        if side and said and not side.is_deleted and _is_known(side, said, at):
            continue
        text = _written(body)
        # Whoever was deleted and is there again says nothing new but that: it must not be taken for a repetition.
        again = f":{at.isoformat()}" if side and side.is_deleted else ""
        yield f"{hashlib.sha256(text.encode()).hexdigest()[:40]}{again}", text


def _is_known(side: ShopOrder, said: Said, at: datetime) -> bool:
    is_listed = not said.lists_refunds or side.refunds_now.keys() == said.refunds.keys()
    return sides.version_of(said, at) <= side.version and set(said.refunded) <= set(side.goods_back) and is_listed


def _said(channel: Channel, body: Any, at: datetime) -> Said | None:
    """Understand a fetched order far enough to compare it; what is strange is kept and fails where it is seen."""
    try:
        heard = channels.dialect(channel).hear("", body, channel, at)
    except Unreadable:
        return None
    return heard if isinstance(heard, Said) else None


def _written(body: Any) -> str:
    return json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False).replace("\x00", "\ufffd")
