"""Carts that their picker left: the desk puts them down when their time is over and nobody scans, and says so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from orders import journal, lifecycle
from orders.models import Batch, CartSlot, Order, OrderLine, Scan
from orders.packing.batches import lock_on_cart
from orders.packing.picking import PICKING_LASTS
from orders.status import Status
from shopdesk.base.access import SWEEP

QUIET = timedelta(minutes=30)  # whoever scanned since is on the walk still, however long it takes
TOLD_FOR = timedelta(hours=24)
MOST = 50


@dataclass(frozen=True, slots=True)
class LeftCart:
    """A cart that was taken back: how many orders it held, and in which of its slots goods of them still lie."""

    batch: Batch
    orders: int
    lying: Sequence[int]


def take_back_left(*, at: datetime) -> int:
    """Put down each cart that was left. Gives how many. Not atomic: each cart is an action of its own."""
    return sum(_take_back(batch, at=at) for batch in list(_left(at).values_list("pk", flat=True)[:MOST]))


def left_carts(*, at: datetime) -> list[LeftCart]:
    """Give the carts that were taken back in the last day, the latest first."""
    batches = list(
        Batch.objects.filter(taken_back_at__gt=at - TOLD_FOR).select_related("picker").order_by("-taken_back_at")[:MOST]
    )
    picked = OrderLine.objects.filter(order=OuterRef("order"), picked__gt=0)
    off = [Status.NEW, Status.CONFIRMED, Status.CANCELLED]
    slots = CartSlot.objects.filter(batch__in=batches).annotate(lies=Exists(picked)).select_related("order")
    held: Counter[int] = Counter()
    lying: dict[int, list[int]] = {}
    for slot in slots.order_by("position"):
        held[slot.batch_id] += 1
        if slot.lies and slot.order.status in off:
            lying.setdefault(slot.batch_id, []).append(slot.position)
    return [LeftCart(one, held[one.pk], lying.get(one.pk, ())) for one in batches]


def _left(at: datetime) -> QuerySet[Batch]:
    """Find carts on their walk whose time is over and into which nothing was scanned lately."""
    held = CartSlot.objects.filter(batch=OuterRef("pk"), freed_at=None, order__status=Status.PICKING)
    scanned = Scan.objects.filter(order__cart_slots__batch=OuterRef("pk"), at__gt=at - QUIET)
    rows = Batch.objects.filter(Exists(held), started_at__lte=at - PICKING_LASTS)
    return rows.exclude(Exists(held.exclude(ready_at=None))).exclude(Exists(scanned)).order_by("pk")


@transaction.atomic(durable=True)
def _take_back(batch_id: int, *, at: datetime) -> int:
    """Put one cart down. Gives 0 when somebody scanned, handed on or put down meanwhile: their locks are ours."""
    orders = lock_on_cart(batch_id)
    if not orders or not _left(at).filter(pk=batch_id).exists():
        return 0
    batch = Batch.objects.get(pk=batch_id)
    places = {slot.order_id: slot.code for slot in CartSlot.objects.filter(batch=batch, freed_at=None)}
    _tell(batch, orders, places, at=at)
    lifecycle.move(orders, Status.CONFIRMED, by=SWEEP, at=at)
    Batch.objects.filter(pk=batch_id).update(taken_back_at=at)
    return 1


def _tell(batch: Batch, orders: Sequence[Order], places: dict[int, str], *, at: datetime) -> None:
    """Write down on each order off which cart, out of which slot and from whom it came home."""
    entries = [
        journal.Entry(
            "order.taken_back", order,
            {"slot": places[order.pk], "batch": batch.pk, "picker": batch.picker_id},
        )
        for order in orders
    ]  # fmt: skip
    journal.record(entries, by=SWEEP, at=at)
