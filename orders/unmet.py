"""Unmet demand: pieces that an order waited for in vain. It ended, shrank, or was sold something else for them.

A piece counts once, when it stops being wanted while nothing was promised for it; wanted again, it is taken back by a
row with the sign turned. Orders that still wait are in no row: nothing is lost yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from orders.models import JournalEvent, Order, OrderLine, StockLevel, Unmet
from orders.status import CancelReason, Status

NEVER_MEANT = frozenset({CancelReason.DUPLICATE, CancelReason.TEST, CancelReason.FAKE})


class Stand(NamedTuple):
    """Pieces that a line wants in all, and how many of them nothing is promised for."""

    wants: int
    short: int


def of_cancelled(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Note what cancelled orders waited for, before their promises are let go of.

    Where the reason is that there was nothing and no line says of what, all their pieces count.
    """
    by_order = {order.pk: (order, event) for order, event in zip(orders, events, strict=True) if _was_meant(event)}
    empty = {number for number, (_order, event) in by_order.items() if _is_for_want(event)}
    waits = Q(quantity__gt=F("cancelled") + F("picked") + F("reserved"))
    lines = OrderLine.objects.filter(waits | Q(order__in=empty), order__in=by_order, kind="goods")
    own: dict[int, list[OrderLine]] = {}
    for line in lines.order_by("order", "position"):
        own.setdefault(line.order_id, []).append(line)
    rows = []
    for number, some in own.items():
        order, event = by_order[number]
        short = {line.pk: pieces for line, pieces in _short(order, event.from_status, some)}
        if number in empty and not any(short.values()):
            short = {line.pk: line.quantity - line.cancelled - line.picked for line in some}
        rows += [_row(line, short[line.pk], Unmet.Why.CANCELLED, event) for line in some if short[line.pk] > 0]
    Unmet.objects.bulk_create(rows)


def take_back_cancelled(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Take back what was noted when orders were cancelled: they are wanted again."""
    by_order = {event.order_id: event for event in events}
    noted = Unmet.objects.filter(line__order__in=orders, why=Unmet.Why.CANCELLED)
    _turn([(line, product, why, pieces, by_order[number]) for number, line, product, why, pieces in _left(noted)])


def stand_of(order: Order, lines: Iterable[OrderLine]) -> Mapping[int, Stand]:
    """Say how lines of goods stand before they are changed."""
    goods = [line for line in lines if line.is_goods]
    return {
        line.pk: Stand(line.quantity - line.cancelled, pieces) for line, pieces in _short(order, order.status, goods)
    }


def of_changed(before: Mapping[int, Stand], lines: Sequence[OrderLine], event: JournalEvent) -> None:
    """Note the missing pieces that changed lines want no longer; take back what they want again."""
    instead: Counter[str] = Counter()
    for line in lines:
        if line.pk not in before and line.instead_of:
            instead[line.instead_of] += line.quantity
    rows, more = [], {}
    for line in lines:
        stood = before.get(line.pk)
        if stood is None:
            continue
        less = stood.wants - (line.quantity - line.cancelled)
        if less < 0:
            more[line.pk] = -less
        gone = max(min(less, stood.short), 0)
        swapped = min(gone, instead[line.sku])
        instead[line.sku] -= swapped
        rows += [_row(line, swapped, Unmet.Why.INSTEAD, event)] if swapped else []
        rows += [_row(line, gone - swapped, Unmet.Why.LOWERED, event)] if gone > swapped else []
    Unmet.objects.bulk_create(rows)
    if more:
        _take_back_some(more, event)


def _take_back_some(more: Mapping[int, int], event: JournalEvent) -> None:
    """Take back of each line no more than was noted, and no more than it wants again."""
    left, turned = dict(more), []
    noted = Unmet.objects.filter(line__in=more).exclude(why=Unmet.Why.CANCELLED)
    for _number, line, product, why, pieces in _left(noted):
        again = min(pieces, left[line])
        left[line] -= again
        turned.append((line, product, why, again, event))
    _turn(turned)


def _left(noted: QuerySet[Unmet]) -> list[tuple[int, int, int | None, str, int]]:
    """Give what noted rows come to: order, line, product, why, pieces."""
    rows = noted.order_by("line", "why").values_list("line__order", "line", "product", "why")
    return [row for row in rows.annotate(pieces=Sum("quantity")) if row[-1] > 0]


def _turn(rows: Iterable[tuple[int, int | None, str, int, JournalEvent]]) -> None:
    Unmet.objects.bulk_create(
        Unmet(line_id=line, product_id=product, quantity=-pieces, why=why, event=event, at=event.at)
        for line, product, why, pieces, event in rows
        if pieces
    )


def _row(line: OrderLine, pieces: int, why: Unmet.Why, event: JournalEvent) -> Unmet:
    return Unmet(line=line, product_id=line.product_id, quantity=pieces, why=why, event=event, at=event.at)


def _was_meant(event: JournalEvent) -> bool:
    return event.data.get("reason") not in NEVER_MEANT


def _is_for_want(event: JournalEvent) -> bool:
    return bool(event.data.get("reason") == CancelReason.OUT_OF_STOCK)


def _short(order: Order, status: str, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, int]]:
    """Give for each line the pieces that nothing is promised for.

    Of an order whose time to agree ran out (its promises are gone, though the goods may lie there) those that are not
    there to be promised again.
    """
    if status != Status.NEW or order.reserved_until is not None:
        return [(line, line.wanted) for line in lines]
    levels = StockLevel.objects.filter(location=order.location_id, product__in=[line.product_id for line in lines])
    free = {level.product_id: level.available for level in levels}
    found = []
    for line in lines:
        there = min(free.get(line.product_id or 0, 0), line.wanted)
        free[line.product_id or 0] = free.get(line.product_id or 0, 0) - there
        found.append((line, line.wanted - there))
    return found
