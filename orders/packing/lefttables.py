"""Orders that their packer left on the table: when their time is over and nobody scans, the desk puts them down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from orders import journal, lifecycle
from orders.models import JournalEvent, Order, OrderLine, Scan
from orders.packing.leftcarts import MOST, QUIET, TOLD_FOR
from orders.packing.scans import lock_order
from orders.packing.slots import on_tables
from orders.status import Status
from shopdesk.base.access import SWEEP
from shopdesk.people.models import User

LEFT = "order.left_on_table"


@dataclass(frozen=True, slots=True)
class LeftTable:
    """An order that was taken back from a table: whose it was, and whether goods of it still lie there."""

    order: Order
    packer: str
    at: datetime
    lies: bool


def take_back_from_tables(*, at: datetime) -> int:
    """Put down each order that was left. Gives how many. Not atomic: each is an action of its own."""
    return sum(_take_back(number, at=at) for number in list(_left(at).values_list("number", flat=True)[:MOST]))


def left_tables(orders: QuerySet[Order], *, at: datetime) -> list[LeftTable]:
    """Give which of these orders were taken back in the last day and wait still, the latest first."""
    told = JournalEvent.objects.filter(
        kind=LEFT, at__gt=at - TOLD_FOR, order__in=orders.filter(status=Status.CONFIRMED)
    )
    events = list(told.select_related("order").order_by("-at", "-pk")[:MOST])
    picked = OrderLine.objects.filter(order__in=[event.order_id for event in events], picked__gt=0)
    lying = set(picked.values_list("order", flat=True))
    names = dict(User.objects.filter(pk__in=[event.data["packer"] or 0 for event in events]).values_list("pk", "name"))
    return [
        LeftTable(event.order, names.get(event.data["packer"], ""), event.at, event.order_id in lying)
        for event in _latest(events)
        if event.order is not None
    ]


def _latest(events: Sequence[JournalEvent]) -> list[JournalEvent]:
    """Of each order the last time only."""
    return list({event.order_id: event for event in reversed(events)}.values())[::-1]


def _left(at: datetime) -> QuerySet[Order]:
    """Find orders on tables whose time is over and of which nothing was scanned lately."""
    scanned = Scan.objects.filter(order=OuterRef("pk"), at__gt=at - QUIET)
    rows = on_tables(Order.objects.filter(picking_until__lte=at))
    return rows.exclude(Exists(scanned)).order_by("number")


@transaction.atomic(durable=True)
def _take_back(number: int, *, at: datetime) -> int:
    """Put one order down. Gives 0 when somebody scanned, sealed or put down meanwhile: its lock is ours."""
    order = lock_order(number)
    if not _left(at).filter(pk=number).exists():
        return 0
    journal.record([journal.Entry(LEFT, order, {"packer": order.packer_id})], by=SWEEP, at=at)
    lifecycle.move([order], Status.CONFIRMED, by=SWEEP, at=at)
    return 1
