"""Rerouting: an order is served from another location than the one it was given to; its promises move with it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import holds, journal, lifecycle, sourcing, stock
from orders.models import Order, OrderLine
from orders.status import HoldReason, Status
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake


class OnTheTable(DomainError):
    """Pieces of the order are picked, or it is sealed: it leaves from where it is."""

    sentence = _("Order %(number)s is being packed where it is.")
    next_step = _("Put its goods back first.")


class NotServing(DomainError):
    """The location packs no orders."""

    sentence = _("Location %(location)s packs no orders.")


@transaction.atomic(durable=True)
def serve_from(number: int, location: str, *, by: Actor, at: datetime) -> Order:
    """Serve an order from another location: what it was promised here is free, what there is there is promised to it.

    From where it is already: nothing changes. Raises Missing, OnTheTable, UnknownLocation, NotServing.
    """
    order = _locked(number)
    target = stock.location_named(location)
    if target.code == order.location_id:
        return order
    if not target.serves:
        raise NotServing(detail={"location": target.code})
    lines = list(OrderLine.objects.filter(order=order))
    if order.status not in {Status.NEW, Status.CONFIRMED} or any(line.picked for line in lines):
        raise OnTheTable(detail={"number": number})
    data: dict[str, journal.Code] = {"from": order.location_id, "to": target.code}
    events = journal.record([journal.Entry("order.rerouted", order, data)], by=by, at=at)
    stock.take_back([(line, line.reserved) for line in lines], location_id=order.location_id)
    order.location = target
    Order.objects.filter(pk=order.pk).update(location=target)
    short = stock.reserve([order], events)
    lifecycle.hold_short(short, [order], events)
    if not any(line.product_id for line in short) and holds.close([order], [HoldReason.OUT_OF_STOCK], by=by, at=at):
        lifecycle.confirm_agreed(order, at=at)
    wake("orders.tasks.allocate")  # what is free here now may be what somebody waits for
    return order


def reroute_short(limit: int, *, at: datetime) -> int:
    """Give short orders to the nearest location that has all of what they want. Gives how many were moved.

    An order that only several locations together could serve stays: its card proposes the split to a person.
    """
    moved = 0
    for number in sourcing.short_elsewhere(limit):
        order = Order.objects.get(pk=number)
        whole = sourcing.plan(order).whole
        if whole is not None and whole.code != order.location_id:
            serve_from(number, whole.code, by=SWEEP, at=at)
            moved += 1
    return moved


def _locked(number: int) -> Order:
    try:
        return Order.objects.lock(number)
    except Order.DoesNotExist:
        raise Missing from None
