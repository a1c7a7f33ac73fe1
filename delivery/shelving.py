"""Goods of returns: to the returns place, and from there by inspection to a bin, quarantine, scrap or lost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from delivery.models import Return, ReturnLine
from orders import stock
from orders.models import JournalEvent, Order, OrderLine, Parcel, ParcelItem, Place
from shopdesk.base.bulk import add_integers, set_integers

COLUMNS = {"bin": "to_bin", "quarantine": "to_quarantine", "scrap": "to_scrap", "missing": "missing"}
REASONS = {"bin": "restocked", "quarantine": "quarantined", "scrap": "scrapped", "missing": "missing"}


@dataclass(frozen=True, slots=True)
class Destination:
    """Pieces of a return's line and where they go: `bin`, `quarantine`, `scrap` or `missing`."""

    line: ReturnLine
    quantity: int
    to: str
    bin: str = ""


def take_in(row: Return, lines: Sequence[ReturnLine], *, from_customer: bool, event: JournalEvent) -> None:
    """Move a return's goods to the returns place; its order is locked.

    Pieces from the customer are no longer `delivered`, pieces from the courier never were; both are `returned`.
    """
    source = stock.outside(Place.Kind.CUSTOMER) if from_customer else _courier_of(row)
    target = stock.inside(Place.Kind.RETURNS, row.location_id)
    stock.move([_move(line, line.quantity, source, target, event, "came_back") for line in lines], at=event.at)
    sign = -1 if from_customer else 0
    add_integers(
        OrderLine, ["delivered", "returned"],
        [(key, sign * pieces, pieces) for key, pieces in _sums((line, line.quantity) for line in lines)],
    )  # fmt: skip
    for line in lines:
        _change_items(row, line, line.quantity, from_customer=from_customer)


def put_away(row: Return, wanted: Sequence[Destination], *, event: JournalEvent, person: int | None) -> None:
    """Move inspected pieces where they belong. What was not in the box is lost, not returned."""
    source = stock.inside(Place.Kind.RETURNS, row.location_id)
    moves = []
    for one in wanted:
        target = _place(row.location_id, one)
        moves.append(_move(one.line, one.quantity, source, target, event, REASONS[one.to]))
        column = COLUMNS[one.to]
        setattr(one.line, column, getattr(one.line, column) + one.quantity)
        one.line.inspected_by_id = person
    stock.move(moves, at=event.at)
    lines = {one.line.pk: one.line for one in wanted}.values()
    ReturnLine.objects.bulk_update(lines, [*COLUMNS.values(), "inspected_by", "found"])
    gone = [(one.line, one.quantity) for one in wanted if one.to == "missing"]
    add_integers(OrderLine, ["returned", "lost"], [(key, -pieces, pieces) for key, pieces in _sums(gone)])
    for line, pieces in gone:
        _lose_items(row, line, pieces)


def turn_parcels(order: Order) -> None:
    """Parcels of which the customer has nothing any more are on their way back; what is here is in nobody's hands."""
    for parcel in Parcel.objects.filter(order=order, state__in=[Parcel.State.KEPT, Parcel.State.RETURNING]):
        sums = _sums_of(parcel)
        if parcel.state == Parcel.State.KEPT and not sums["delivered"]:
            parcel.state = Parcel.State.RETURNING
        if sums["quantity"] == sums["delivered"] + sums["returned"] + sums["lost"]:
            parcel.in_hands_of = ""
        parcel.save(update_fields=["state", "in_hands_of"])


def finish_parcels(order: Order) -> None:
    """Parcels whose every piece is back and inspected are returned; one that came back empty is lost."""
    waiting = Return.objects.filter(order=order, state=Return.State.RECEIVED)
    for parcel in Parcel.objects.filter(order=order, state=Parcel.State.RETURNING, in_hands_of=""):
        # A return over the counter names no parcel: while one waits, its pieces may be this parcel's.
        if waiting.filter(parcel=parcel).exists() or waiting.filter(parcel=None).exists():
            continue
        sums = _sums_of(parcel)
        back = sums["returned"] or not sums["quantity"]
        state = Parcel.State.RETURNED if back else Parcel.State.LOST
        Parcel.objects.filter(pk=parcel.pk).update(state=state)


def _courier_of(row: Return) -> Place:
    if row.parcel is None:
        raise ValueError("a return without a parcel came from the customer")
    return stock.courier_place(row.parcel.in_hands_of)


def _place(location_id: str, one: Destination) -> Place:
    if one.to == "bin":
        return stock.bin_at(location_id, one.bin or stock.MAIN)
    if one.to == "quarantine":
        return stock.inside(Place.Kind.QUARANTINE, location_id)
    return stock.outside(Place.Kind.SCRAP if one.to == "scrap" else Place.Kind.LOST)


def _move(line: ReturnLine, pieces: int, source: Place, target: Place, event: JournalEvent, reason: str) -> stock.Move:
    cost = line.line.cost_minor if line.line else line.product.cost_minor
    return stock.Move(
        product_id=line.product_id, quantity=pieces, source=source, target=target, reason=reason, event=event,
        line_id=line.line_id, unit_cost_minor=cost,
    )  # fmt: skip


def _sums(pieces: Iterable[tuple[ReturnLine, int]]) -> list[tuple[int, int]]:
    """Sum up per order line; lines without an order have nothing to count."""
    sums: defaultdict[int, int] = defaultdict(int)
    for line, number in pieces:
        if line.line_id is not None:
            sums[line.line_id] += number
    return sorted(sums.items())


def _sums_of(parcel: Parcel) -> dict[str, int]:
    found = parcel.items.aggregate(
        quantity=Sum("quantity"), delivered=Sum("delivered"), returned=Sum("returned"), lost=Sum("lost")
    )
    return {name: value or 0 for name, value in found.items()}


def _items_of(row: Return, line: ReturnLine) -> list[ParcelItem]:
    items = ParcelItem.objects.filter(line=line.line_id).exclude(parcel__state=Parcel.State.OPENED)
    return list((items.filter(parcel=row.parcel_id) if row.parcel_id else items).order_by("parcel_id"))


def _change_items(row: Return, line: ReturnLine, pieces: int, *, from_customer: bool) -> None:
    """Count pieces as returned in their parcels, the first parcels first."""
    changed = []
    for item in _items_of(row, line):
        rest = item.quantity - item.delivered - item.returned - item.lost
        part = min(pieces, item.delivered if from_customer else rest)
        pieces -= part
        changed.append((item.pk, item.delivered - (part if from_customer else 0), item.returned + part))
    set_integers(ParcelItem, ["delivered", "returned"], changed)


def _lose_items(row: Return, line: ReturnLine, pieces: int) -> None:
    changed = []
    for item in _items_of(row, line):
        part = min(pieces, item.returned)
        pieces -= part
        changed.append((item.pk, item.returned - part, item.lost + part))
    set_integers(ParcelItem, ["returned", "lost"], changed)
