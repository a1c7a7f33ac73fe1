"""Sealing the parcels of a complete order, and opening them again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import carrying, lifecycle
from orders.models import Order, OrderLine, Parcel, ParcelItem
from orders.packing import checking, piececodes, weighing
from orders.packing.picking import NotBeingPicked, give_to
from orders.packing.scans import lock_order
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.money import part_of


class NotComplete(DomainError):
    """Pieces are missing on the table. `missing` lists them by SKU."""

    sentence = _("Order %(number)s is not complete.")
    next_step = _("Scan what is missing, or report it as a shortage.")


class WrongContents(DomainError):
    """What the parcels are said to hold is not what was picked."""

    sentence = _("The contents of the parcels do not add up to order %(number)s: %(sku)s.")
    next_step = _("Give every picked piece to exactly one parcel.")


@dataclass(frozen=True, slots=True)
class NewParcel:
    """A box. Weight of the whole parcel in grams; `items` (SKU, pieces) may be left out when it is the only one."""

    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    items: Sequence[tuple[str, int]] = ()
    why_weight: str = ""  # `weighing.Why`, when it weighs otherwise than expected


Contents = list[tuple[OrderLine, int]]


@transaction.atomic(durable=True)
def seal(number: int, parcels: Sequence[NewParcel], *, by: Actor, at: datetime) -> Order:
    """Close the order's parcels: contents, numbers, declared values, and what is to be taken at the door.

    Raises NotBeingPicked, NotComplete when a line is short, CodesMissing, NotChecked, WrongContents, CannotCarry,
    WeightOff. An order of services alone is sealed as one empty parcel: somebody still hands over the paper.
    """
    order = lock_order(number)
    if order.status != Status.PICKING:
        raise NotBeingPicked(detail={"number": number, "status": Status(order.status).label})
    lines = list(order.lines.filter(kind="goods").select_related("product").order_by("position"))
    _refuse_incomplete(order, lines)
    piececodes.refuse_uncoded(order)
    checking.refuse_unchecked(order)
    boxes = [carrying.Box(one.weight_g, bool(one.length_mm and one.width_mm and one.height_mm)) for one in parcels]
    carrying.refuse_boxes(order, boxes)
    contents = _contents(order, lines, parcels)
    weighing.settle(order, _weighed(parcels, contents), by=by, at=at)
    rows = Parcel.objects.bulk_create(_rows(order, parcels, contents, at))
    ParcelItem.objects.bulk_create(
        ParcelItem(parcel=parcel, line=line, quantity=pieces)
        for parcel, content in zip(rows, contents, strict=True)
        for line, pieces in content
    )
    lifecycle.move([order], Status.PACKED, by=by, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic(durable=True)
def open_again(number: int, packer: int, *, by: Actor, at: datetime) -> Order:
    """Open sealed parcels: the goods lie on the table again, in this packer's hands.

    Raises ForbiddenMove unless the order is packed, OnClosedAct when the courier may have a parcel.
    """
    order = lock_order(number)
    lifecycle.refuse_unless(order, {Status.PACKED}, Status.PICKING)
    lifecycle.move([order], Status.PICKING, by=by, at=at)
    give_to(order, packer, at=at)
    return order


def _refuse_incomplete(order: Order, lines: Sequence[OrderLine]) -> None:
    missing = [
        {"sku": line.sku, "name": line.name, "quantity": line.quantity - line.cancelled - line.picked}
        for line in lines
        if line.picked != line.quantity - line.cancelled
    ]
    if missing:
        raise NotComplete(detail={"number": order.number, "missing": missing})


def _contents(order: Order, lines: Sequence[OrderLine], parcels: Sequence[NewParcel]) -> list[Contents]:
    """Say which pieces of which lines lie in which parcel."""
    picked = Counter({line.pk: line.picked for line in lines if line.picked})
    if len(parcels) == 1 and not parcels[0].items:
        return [[(line, line.picked) for line in lines if line.picked]]
    contents = [_content(order, lines, picked, parcel) for parcel in parcels]
    left = {line.sku for line in lines if picked[line.pk]}
    if left or not all(contents):
        raise WrongContents(detail={"number": order.number, "sku": ", ".join(sorted(left)) or "-"})
    return contents


def _content(order: Order, lines: Sequence[OrderLine], left: Counter[int], parcel: NewParcel) -> Contents:
    """Give one parcel its pieces, line by line; `left` is counted down."""
    content: Counter[int] = Counter()
    for sku, wanted in parcel.items:
        for line in lines:
            pieces = min(wanted, left[line.pk]) if line.sku == sku else 0
            content[line.pk] += pieces
            left[line.pk] -= pieces
            wanted -= pieces
        if wanted:
            raise WrongContents(detail={"number": order.number, "sku": sku})
    return [(line, content[line.pk]) for line in lines if content[line.pk]]


def _weighed(parcels: Sequence[NewParcel], contents: Sequence[Contents]) -> list[weighing.Weighed]:
    return [
        weighing.Weighed(place, parcel.weight_g, content, parcel.why_weight)
        for place, (parcel, content) in enumerate(zip(parcels, contents, strict=True), start=1)
    ]


def _rows(order: Order, parcels: Sequence[NewParcel], contents: Sequence[Contents], at: datetime) -> list[Parcel]:
    # Opened parcels keep their numbers: an old label must never name a new box.
    before = Parcel.objects.filter(order=order).count()
    shared: Counter[int] = Counter()
    rows = []
    for index, (parcel, content) in enumerate(zip(parcels, contents, strict=True)):
        position = before + index + 1
        rows.append(
            Parcel(
                number=f"P-{order.number}-{position}", order=order, position=position, weight_g=parcel.weight_g,
                length_mm=parcel.length_mm, width_mm=parcel.width_mm, height_mm=parcel.height_mm,
                declared_minor=_worth(content, shared), cod_minor=0 if index else order.due_minor, sealed_at=at,
            )
        )  # fmt: skip
    return rows


def _worth(content: Contents, shared: Counter[int]) -> int:
    """What the pieces cost the customer, rounded on the running sum so that the parcels add up to the lines."""
    worth = 0
    for line, pieces in content:
        before = part_of(line.total_minor, shared[line.pk], line.quantity)
        shared[line.pk] += pieces
        worth += part_of(line.total_minor, shared[line.pk], line.quantity) - before
    return worth
