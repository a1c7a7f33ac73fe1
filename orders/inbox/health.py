"""How channels are doing: the last message, the gap since, what failed, what waits, yesterday side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from orders.models import Channel, ChannelDay, Connection, InboundMessage, Shop, ShopNote
from shopdesk.base.periods import shop_day

State = InboundMessage.State
WEEK = timedelta(days=7)
QUIET_AFTER = timedelta(hours=24)
NOTHING = {"last": None, "taken": 0, "failed": 0, "waits": 0}


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel is doing. Counts are of the last seven days."""

    channel: Channel
    last_at: datetime | None
    taken: int
    failed: int
    waits: int
    untold: int
    day: ChannelDay | None
    is_connected: bool
    is_quiet: bool  # it used to send, and nothing came for a day

    @property
    def tone(self) -> str:
        """Bad when something failed or is missing, wait when it fell silent."""
        if self.failed or self.untold or (self.day and self.day.missing):
            return "bad"
        return "wait" if self.is_quiet or self.waits else ""


def of(own: Connection, *, at: datetime) -> Health:
    """Give how one channel is doing."""
    return of_all([own.channel], at=at)[0]


def of_all(channels: Sequence[Channel], *, at: datetime) -> list[Health]:
    """Give how channels are doing, in a fixed number of queries."""
    rows = list(channels)
    recent = InboundMessage.objects.filter(channel__in=rows, received_at__gte=at - WEEK).order_by()
    counted = {
        row["channel"]: row
        for row in recent.values("channel").annotate(
            last=Max("received_at"), taken=Count("pk", filter=Q(state=State.APPLIED)),
            failed=Count("pk", filter=Q(state=State.FAILED)), waits=Count("pk", filter=Q(state=State.RECEIVED)),
        )
    }  # fmt: skip
    dead = ShopNote.objects.filter(state=ShopNote.State.DEAD, shop_order__channel__in=rows).order_by()
    untold = dict(dead.values_list("shop_order__channel").annotate(n=Count("pk")))
    connected = set(Connection.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    days = today(at=at)
    found = []
    for row in rows:
        own: dict[str, Any] = dict(counted.get(row.pk) or NOTHING)
        is_quiet = own["last"] is not None and own["last"] < at - QUIET_AFTER
        found.append(
            Health(
                row, own["last"], own["taken"], own["failed"], own["waits"], untold.get(row.pk, 0), days.get(row.pk),
                row.pk in connected, is_quiet,
            )
        )  # fmt: skip
    return found


def today(*, at: datetime) -> dict[str, ChannelDay]:
    """Give each compared channel's day: today's, by its code."""
    return {row.channel_id: row for row in ChannelDay.objects.filter(day=day_of(at))}


def day_of(at: datetime) -> date:
    """Give the shop's day."""
    shop = Shop.current()
    return shop_day(at, shop.zone, shop.day_cutoff)
