"""Batches: several orders taken to one cart, put down together, or handed to the packing station."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from orders import journal, lifecycle
from orders.models import Batch, CartSlot, Order, OrderLine
from orders.models.orders import OrderRows
from orders.packing import slots
from orders.packing.picking import MOST_TRIES, PICKING_LASTS, NothingToPack
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_SLOTS = 24


class CartTaken(DomainError):
    """The cart still holds orders of a batch."""

    sentence = _("Cart %(cart)s still holds orders.")
    next_step = _("Take another cart, or hand this one to the packing station first.")


class BatchIncomplete(DomainError):
    """Pieces are still to be picked into a slot."""

    sentence = _("Order %(number)s in slot %(slot)s still wants pieces.")
    next_step = _("Pick them, or report them as missing.")


class BatchOver(DomainError):
    """No order of the batch is on the cart any more."""

    sentence = _("This cart is empty: its orders were handed on or put down.")


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A walk that somebody begins: with which cart, and for how many orders at most."""

    cart: str
    most: int = 6


def start(rows: OrderRows, new: NewBatch, picker: int, *, by: Actor, at: datetime) -> Batch:
    """Take the first of these orders to the slots of a cart: those of one location, with goods, none of it picked yet.

    Raises CartTaken, NothingToPack. Not atomic: who comes second to some of them tries the next ones.
    """
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    fresh = rows.filter(Exists(lines.filter(kind="goods", reserved__gt=0))).exclude(Exists(lines.filter(picked__gt=0)))
    for _again in range(MOST_TRIES):
        first = fresh.values_list("location", flat=True).first()
        numbers = list(fresh.filter(location=first).values_list("number", flat=True)[: min(new.most, MOST_SLOTS)])
        if not numbers:
            break
        try:
            if (batch := _start(numbers, new, picker, by=by, at=at)) is not None:
                return batch
        except IntegrityError:  # somebody took the same cart in this moment
            raise CartTaken(detail={"cart": new.cart}) from None
    raise NothingToPack


@transaction.atomic(durable=True)
def put_down_batch(batch_id: int, *, by: Actor, at: datetime) -> list[Order]:
    """Leave the orders of a cart to others. What was picked stays in its slot until somebody scans it on or back.

    Raises Missing, BatchOver.
    """
    orders = _lock(batch_id)
    lifecycle.move(orders, Status.CONFIRMED, by=by, at=at)
    return orders


@transaction.atomic(durable=True)
def hand_on(batch_id: int, *, by: Actor, at: datetime) -> list[CartSlot]:
    """Hand a picked cart to the packing station: from now on whoever scans a slot there has its order.

    Raises Missing, BatchOver, BatchIncomplete.
    """
    orders = {order.pk: order for order in _lock(batch_id)}
    places = [slot for slot in slots.of_batch(batch_id) if slot.order_id in orders]
    short = OrderLine.objects.filter(order__in=orders.keys(), kind="goods").order_by("order", "position")
    wanting = {line.order_id for line in short if line.picked < line.quantity - line.cancelled}
    for slot in places:
        if slot.order_id in wanting:
            raise BatchIncomplete(detail={"number": slot.order_id, "slot": slot.position})
    fresh = [slot for slot in places if slot.ready_at is None]
    CartSlot.objects.filter(pk__in=[slot.pk for slot in fresh]).update(ready_at=at)
    entries = [journal.Entry("order.handed_on", orders[slot.order_id]) for slot in fresh]
    journal.record(sorted(entries, key=lambda entry: entry.order.pk if entry.order else 0), by=by, at=at)
    return places


@transaction.atomic(durable=True)
def _start(numbers: Sequence[int], new: NewBatch, picker: int, *, by: Actor, at: datetime) -> Batch | None:
    """Take those of these orders that are still free; none when all were taken meanwhile."""
    if CartSlot.objects.filter(cart=new.cart, freed_at=None).exists():
        raise CartTaken(detail={"cart": new.cart})
    locked = {order.pk: order for order in Order.objects.lock_many(list(numbers))}
    held = set(Order.objects.filter(pk__in=locked).with_open_holds().values_list("pk", flat=True))
    free = [
        locked[number]
        for number in numbers
        if number in locked and locked[number].status == Status.CONFIRMED and number not in held
    ]
    if not free:
        return None
    lifecycle.move(free, Status.PICKING, by=by, at=at)
    Order.objects.filter(pk__in=[order.pk for order in free]).update(packer=picker, picking_until=at + PICKING_LASTS)
    batch = Batch.objects.create(cart=new.cart, location_id=free[0].location_id, picker_id=picker, started_at=at)
    lying = slots.left_behind(new.cart)
    places = [place for place in range(1, MOST_SLOTS + len(lying) + 1) if place not in lying]
    CartSlot.objects.bulk_create(
        CartSlot(batch=batch, cart=new.cart, position=place, order=order)
        for place, order in zip(places, free, strict=False)
    )
    return batch


def _lock(batch_id: int) -> list[Order]:
    """Lock the orders that are still being picked on the cart of a batch. Raises Missing, BatchOver."""
    if not Batch.objects.filter(pk=batch_id).exists():
        raise Missing
    found = lock_on_cart(batch_id)
    if not found:
        raise BatchOver
    return found


def lock_on_cart(batch_id: int) -> list[Order]:
    """Lock the orders that are still being picked on the cart of a batch; perhaps there are none any more."""
    held = CartSlot.objects.filter(batch=batch_id, freed_at=None)
    orders = Order.objects.lock_many(list(held.values_list("order", flat=True)))
    still = set(held.values_list("order", flat=True))  # read again: somebody may have lifted one off meanwhile
    return [order for order in orders if order.pk in still and order.status == Status.PICKING]
