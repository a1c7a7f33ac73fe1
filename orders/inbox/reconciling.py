"""Reconciliation: a shop's own list of a day's orders beside ours; the gap by id, and the minute it was closed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from orders.inbox import calling, polling
from orders.models import Channel, ChannelDay, Connection, Order, OrderAlias, Shop, ShopOrder
from shopdesk.base.periods import day as day_of
from shopdesk.base.periods import shop_day

DAYS = 3  # today and the days before it: an order may be changed, or lost, late
MOST_IDS = 20_000


def reconcile_all(*, at: datetime) -> int:
    """Compare the last days of every polled shop, and fetch what is missing. Gives how many orders were fetched."""
    shop = Shop.current()
    today = shop_day(at, shop.zone, shop.day_cutoff)
    own = Connection.objects.filter(polls=True).select_related("channel").order_by("pk")
    days = [today - timedelta(days=back) for back in range(DAYS)]
    return sum(reconcile(one, on, at=at) for one in own if calling.can_be_called(one) for on in days)


def reconcile(own: Connection, on: date, *, at: datetime) -> int:
    """Ask a shop for a day's ids, compare, and fetch what we lack. Gives how many were fetched."""
    shop = calling.shop_of(own)
    span = day_of(on, Shop.current().zone)
    try:
        row = compare(own.channel, on, shop.ids_between(span.start, min(span.end, at)), at=at)
        return polling.fetch(shop, own.channel, row.missing, at=at) if row.missing else 0
    except polling.NO_ANSWER as refusal:
        Connection.objects.filter(pk=own.pk).update(poll_problem=str(refusal.detail["reason"])[:40])
        return 0


@transaction.atomic(durable=True)
def compare(channel: Channel, on: date, ids: Iterable[str], *, at: datetime) -> ChannelDay:
    """Put a shop's list of a day beside ours. A second list of the day replaces the first; closed gaps are counted."""
    theirs = set(list(ids)[:MOST_IDS])
    ChannelDay.objects.bulk_create([ChannelDay(channel=channel, day=on, checked_at=at)], ignore_conflicts=True)
    row = ChannelDay.objects.locked(channel=channel, day=on).get()
    missing = sorted(theirs - known(channel, theirs))
    closed = [key for key in row.missing if key not in missing]
    row.theirs, row.matched, row.missing = len(theirs), len(theirs) - len(missing), missing
    row.extra, row.checked_at = sorted(_placed_on(channel, on) - theirs), at
    if closed:
        row.healed, row.healed_at = row.healed + len(closed), at
    row.save()
    return row


def known(channel: Channel, ids: set[str]) -> set[str]:
    """Give those of a shop's ids that the desk has: as its side of an order, as an order, or as one merged away."""
    found: set[str] = set()
    for rows in (ShopOrder.objects, Order.objects, OrderAlias.objects):
        listed = sorted(ids - found)
        for start in range(0, len(listed), 1_000):
            part = rows.filter(channel=channel, external_id__in=listed[start : start + 1_000])
            found |= set(part.values_list("external_id", flat=True))
    return found


def _placed_on(channel: Channel, on: date) -> set[str]:
    """Give our orders of a day that the shop should list: not those it deleted."""
    span = day_of(on, Shop.current().zone)
    rows = ShopOrder.objects.filter(
        channel=channel, placed_at__gte=span.start, placed_at__lt=span.end, was_order=True, deleted_at=None
    )
    return set(rows.values_list("external_id", flat=True)[:MOST_IDS])
