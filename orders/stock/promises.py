"""Promising goods to orders: taken by difference, summed per product, in one trip; released once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from orders.models import JournalEvent, Order, OrderLine, StockLevel
from orders.stock.moves import lock_levels
from shopdesk.base.arrays import as_array
from shopdesk.base.bulk import add_integers, set_integers
from shopdesk.base.prepared import VENDOR, Reading, in_one_trip, rows, send

Pieces = Mapping[int, int]  # product -> pieces
Wanted = tuple[str, int | None, int]  # location, product if anybody knows it, pieces
GOODS_OF = Reading(OrderLine, "WHERE t.order_id {numbers} AND t.kind = 'goods'")

# Rows are locked in order of their product: an unsorted set-based UPDATE deadlocked 100 times in a trial where this
# one never did. Locked first, then read: what is scarce is decided inside the lock, so no piece is promised twice. Two
# statements, since each sees the rows as they were when it began: one that locked and changed them at once was refused
# by the CHECK, which is tried on the row that the statement first saw, whenever pieces came free while it waited.
# Lists are passed through a SELECT as in `prepared`, so that this is planned once; and each product is looked for by
# itself, in the order of the list, which is the order of the locks. As a join of all, a shelf of a thousand was read.
HOLD = """
SELECT 1 FROM unnest((SELECT %s::bigint[])) AS w(product_id), LATERAL (
  SELECT 1 FROM stock_level l WHERE l.product_id = w.product_id AND l.location_id = %s FOR NO KEY UPDATE OF l) held
"""
LEVELS = """
SELECT l.id, l.product_id, l.on_hand - l.reserved - l.safety FROM stock_level l
WHERE l.location_id = %s AND l.product_id {numbers} ORDER BY l.product_id
"""
TAKE = """
WITH free AS MATERIALIZED (
  SELECT f.id, f.take FROM unnest((SELECT %s::bigint[]), (SELECT %s::bigint[])) AS w(product_id, n), LATERAL (
    SELECT l.id, least(w.n, greatest(l.on_hand - l.reserved - l.safety, 0)) AS take
    FROM stock_level l WHERE l.product_id = w.product_id AND l.location_id = %s OFFSET 0) f)
UPDATE stock_level l SET reserved = l.reserved + k.take FROM free k
WHERE l.id = k.id AND k.take > 0 RETURNING l.product_id, k.take
"""


def reserve(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[OrderLine]:
    """Promise what the orders still want and what there is, in the order given. Gives the lines left short.

    A line whose product nobody knows is short as well. Reserving again takes only the difference.
    """
    rank = {order.pk: place for place, order in enumerate(orders)}
    lines = sorted(_goods_of(orders), key=lambda line: (rank[line.order_id], line.position))
    by_location = {order.pk: order.location_id for order in orders}
    wanted = [(by_location[line.order_id], line.product_id, line.wanted) for line in lines]
    for line, pieces in zip(lines, grant(wanted), strict=True):
        line.reserved += pieces
    set_integers(OrderLine, ["reserved"], [(line.pk, line.reserved) for line in lines])
    return [line for line in lines if line.wanted]


def grant(wanted: Sequence[Wanted]) -> list[int]:
    """Promise what there is of what is wanted, in the order given. Gives the pieces of each, to be written on its line.

    Locks what the locations have of these products, sorted.
    """
    sums: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for location, product, pieces in wanted:
        if product is not None and pieces:
            sums[location][product] += pieces
    left = {location: dict(_take(location, wants)) for location, wants in sorted(sums.items())}
    given = []
    for location, product, pieces in wanted:
        there = left[location].get(product, 0) if product is not None and pieces else 0
        given.append(min(pieces, there))
        if product is not None and given[-1]:
            left[location][product] -= given[-1]
    return given


def release(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Give back what cancelled orders had promised, once, and mark their pieces cancelled."""
    lines = list(OrderLine.objects.filter(order__in=orders).select_related("order"))
    _give_back((line.order.location_id, line.product_id, line.reserved) for line in lines)
    set_integers(OrderLine, ["reserved", "cancelled"], [(line.pk, 0, line.quantity) for line in lines])


def revive(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[OrderLine]:
    """Want again what was cancelled with its order, and promise it anew. Gives the lines left short."""
    # A line that was taken off before stays off: it costs nothing, though it has a price.
    OrderLine.objects.filter(order__in=orders).exclude(total_minor=0, price_minor__gt=0).update(cancelled=0)
    return reserve(orders, events)


def take_back(lines: Iterable[tuple[OrderLine, int]], *, location_id: str) -> None:
    """Take back part of what lines had promised: (line, pieces). The caller has locked their orders."""
    taken = [(line, pieces) for line, pieces in lines if pieces]
    _give_back((location_id, line.product_id, pieces) for line, pieces in taken)
    for line, pieces in taken:
        line.reserved -= pieces
    set_integers(OrderLine, ["reserved"], [(line.pk, line.reserved) for line, _ in taken])


def forget(product_id: int, location_id: str, pieces: int, orders: Sequence[Order]) -> tuple[list[OrderLine], int]:
    """Take promises of a product away, the youngest order first. Gives the lines cut, and the pieces still missing.

    `orders` are locked by the caller, who tells their people.
    """
    lines = OrderLine.objects.filter(order__in=orders, product=product_id, reserved__gt=0)
    cut: list[tuple[OrderLine, int]] = []
    for line in lines.order_by("-order_id", "-position"):
        if pieces <= 0:
            break
        part = min(line.reserved, pieces)
        cut.append((line, part))
        pieces -= part
    take_back(cut, location_id=location_id)
    return [line for line, _ in cut], pieces


def _goods_of(orders: Sequence[Order]) -> list[OrderLine]:
    return GOODS_OF.all([order.pk for order in orders])


def _take(location: str, wants: Pieces) -> dict[int, int]:
    """Take up to what is wanted of each product. Gives what was taken."""
    products = sorted(wants)
    if VENDOR == "postgresql":
        named = as_array(products)
        with in_one_trip():
            send(HOLD, [named, location])
            taken = send(TAKE, [named, as_array([wants[product] for product in products]), location])
        return {product: pieces for product, pieces in taken.rows()}
    return _take_one_by_one(location, products, wants)


def _take_one_by_one(location: str, products: Sequence[int], wants: Pieces) -> dict[int, int]:
    """Do the same on SQLite: inside the immediate transaction nobody else writes; the condition is the guard."""
    levels = rows(LEVELS, location, products)
    taken = {}
    with connection.cursor() as cursor:
        for level, product, free in levels:
            take = min(wants[product], max(free, 0))
            if not take:
                continue
            cursor.execute(
                "UPDATE stock_level SET reserved = reserved + %s WHERE id = %s AND on_hand - reserved - safety >= %s",
                [take, level, take],
            )
            if cursor.rowcount:
                taken[product] = take
    return taken


def _give_back(promises: Iterable[tuple[str, int | None, int]]) -> None:
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    for location, product, pieces in promises:
        if product is not None and pieces:
            sums[product, location] += pieces
    if sums:
        levels = lock_levels(sums)
        add_integers(StockLevel, ["reserved"], [(levels[key].pk, -pieces) for key, pieces in sums.items()])
