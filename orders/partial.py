"""What becomes of an order that cannot go whole: it waits until a day, is cut in two, or its rest is cancelled."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import changes, journal, merging
from orders.merging import ASIDE
from orders.models import Hold, Order, OrderLine
from orders.status import HoldReason, Status
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.money import part_of

Policy = Order.Policy
CARRIED = (Policy.SPLIT, Policy.CANCEL_REST)


class TableHasIt(DomainError):
    """Somebody packs it, or it is gone."""

    sentence = _("Order %(number)s is %(status)s: what is missing is decided before it is packed.")


class NothingThere(DomainError):
    """All of it is missing: there is nothing that could go first."""

    sentence = _("Nothing of order %(number)s is there yet.")
    next_step = _("Let it wait, or cancel it.")


def decide(number: int, policy: Policy, *, until: datetime | None = None, by: Actor, at: datetime) -> Order:
    """Say what becomes of the missing pieces, and do it at once where the customer has agreed the order.

    An order that nobody agreed yet keeps the decision until it is. `until`: how long to wait. Gives the order that
    holds the missing pieces: a new one after a split. Raises Missing, TableHasIt, NothingThere.
    """
    order = _keep(number, policy, until=until, by=by, at=at)
    if policy not in CARRIED or order.status != Status.CONFIRMED or not _short_of(order):
        return order
    return carry_out(order, by=by, at=at)


def carry_out(order: Order, *, by: Actor, at: datetime) -> Order:
    """Cut off or cancel what an order still misses, as was decided. Gives the order that holds it."""
    short = _short_of(order)
    if order.policy == Policy.SPLIT:
        return merging.split(order.pk, {line.pk: line.wanted for line in short}, by=by, at=at)
    rest = changes.Edit(lines=[_without_rest(line) for line in short])
    return changes.edit(order.pk, rest, version=order.version, by=by, at=at)


def carry_out_due(most: int, *, at: datetime) -> int:
    """Carry out what was decided of orders that were agreed since. Gives how many."""
    held = Hold.objects.filter(reason=HoldReason.OUT_OF_STOCK, closed_at=None).values("order")
    rows = Order.objects.filter(pk__in=held, status=Status.CONFIRMED, policy__in=CARRIED)
    done = 0
    for order in rows.order_by("pk")[:most]:
        try:
            carry_out(order, by=SWEEP, at=at)
        except DomainError:
            continue  # it changed meanwhile, or nothing of it is there: a person sees it among the short ones
        done += 1
    return done


@transaction.atomic(durable=True)
def _keep(number: int, policy: Policy, *, until: datetime | None, by: Actor, at: datetime) -> Order:
    order = Order.objects.locked(number=number).first()
    if order is None:
        raise Missing
    if order.status not in ASIDE:
        raise TableHasIt(detail={"number": number, "status": Status(order.status).label})
    left = sum(line.quantity - line.cancelled - line.wanted for line in order.lines.all())
    if policy in CARRIED and not left:
        raise NothingThere(detail={"number": number})
    order.policy = policy
    order.save(update_fields=["policy"])
    Hold.objects.filter(order=order, reason=HoldReason.OUT_OF_STOCK, closed_at=None).update(until=until)
    data: dict[str, journal.Code] = {"policy": str(policy), "until": until.isoformat() if until else ""}
    journal.record([journal.Entry("order.partial_decided", order, data)], by=by, at=at)
    return order


def _short_of(order: Order) -> list[OrderLine]:
    lines = order.lines.filter(kind="goods").order_by("position")
    return [line for line in lines if line.wanted]


def _without_rest(line: OrderLine) -> changes.LineEdit:
    """Leave the line what it was promised; its own discount is cut by pieces."""
    whole = line.quantity - line.cancelled
    stays = whole - line.wanted
    return changes.LineEdit(stays, id=line.pk, discount_minor=part_of(line.discount_minor, stays, whole))
