"""Moving goods: lock the levels, sorted, check, write the new balances and one ledger row a move."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders.models import JournalEvent, Place, PlaceLevel, StockLevel, StockMove
from shopdesk.base.bulk import add_integers, insert_rows
from shopdesk.base.errors import DomainError
from shopdesk.base.prepared import Reading


class NotEnough(DomainError):
    """A place does not hold what is to be taken from it, or what it holds is promised to orders."""

    sentence = _("There are not enough pieces of %(sku)s at %(place)s.")
    next_step = _("Count that place, or take the pieces from another one.")


@dataclass(frozen=True, slots=True)
class Move:
    """Goods to be moved. `promised`: pieces by which the reservation changes with it (a pick: minus its quantity)."""

    product_id: int
    quantity: int
    source: Place
    target: Place
    reason: str
    event: JournalEvent
    line_id: int | None = None
    unit_cost_minor: int | None = None
    promised: int = 0
    reverses_id: int | None = None


LEVELS = Reading(
    StockLevel, "WHERE t.product_id {numbers} AND t.location_id {texts} ORDER BY t.product_id, t.location_id{lock}"
)
LYING = Reading(
    PlaceLevel, "WHERE t.product_id {numbers} AND t.place_id {numbers} ORDER BY t.product_id, t.place_id{lock}"
)
PlaceKey = tuple[int, int]
LocationKey = tuple[int, str]


def move(moves: Sequence[Move], *, at: datetime) -> list[StockMove]:
    """Book moves in the order given, all or none. Raises NotEnough.

    Locks StockLevel, then PlaceLevel, each sorted, each row once. On SQLite the immediate transaction is the lock;
    the CHECKs and the unique versions are the guard on both databases.
    """
    moves = [wanted for wanted in moves if wanted.quantity]
    if not moves:
        return []
    _change_promises(moves)
    levels = lock_places(_changes(moves))
    rows = [_book(wanted, levels, at) for wanted in moves]
    changed = _changes(moves)
    add_integers(PlaceLevel, ["on_hand", "version"], [(levels[key].pk, *change) for key, change in changed.items()])
    return insert_rows(rows)


def reverse(moves: Iterable[StockMove], *, event: JournalEvent, at: datetime) -> list[StockMove]:
    """Book each move back, once: a second reversal of the same move is refused by the database."""
    return move(
        [
            Move(
                product_id=old.product_id, quantity=old.quantity, source=old.target, target=old.source,
                reason="reversal", event=event, line_id=old.line_id, unit_cost_minor=old.unit_cost_minor,
                reverses_id=old.pk,
            )
            for old in moves
        ],
        at=at,
    )  # fmt: skip


def _change_promises(moves: Sequence[Move]) -> None:
    """Change what the locations have on hand and have promised, in one UPDATE so that the CHECK sees both."""
    on_hand: defaultdict[LocationKey, int] = defaultdict(int)
    promised: defaultdict[LocationKey, int] = defaultdict(int)
    for wanted in moves:
        for place, sign in ((wanted.source, -1), (wanted.target, 1)):
            if place.is_sellable and place.location_id is not None:
                key = (wanted.product_id, place.location_id)
                on_hand[key] += sign * wanted.quantity
                promised[key] += wanted.promised
    if not on_hand:
        return
    levels = lock_levels(on_hand)
    for key, level in levels.items():
        if not 0 <= level.reserved + promised[key] <= level.on_hand + on_hand[key]:
            raise NotEnough(detail={"sku": level.product.sku, "place": key[1]})
    # From bin to bin nothing changes for the location.
    rows = [(level.pk, on_hand[key], promised[key]) for key, level in levels.items() if on_hand[key] or promised[key]]
    add_integers(StockLevel, ["on_hand", "reserved"], rows)


def lock_levels(keys: Iterable[LocationKey]) -> dict[LocationKey, StockLevel]:
    """Lock what locations have of products, sorted by (product, location); levels that were never there are made."""
    wanted = sorted(set(keys))
    for _attempt in ("find", "make"):
        rows = LEVELS.all({key[0] for key in wanted}, {key[1] for key in wanted})
        found = {(row.product_id, row.location_id): row for row in rows}
        absent = [key for key in wanted if key not in found]
        if not absent:
            break
        StockLevel.objects.bulk_create(
            [StockLevel(product_id=product, location_id=location) for product, location in absent],
            ignore_conflicts=True,
        )
    return {key: found[key] for key in wanted}


def lock_places(keys: Iterable[PlaceKey]) -> dict[PlaceKey, PlaceLevel]:
    """Lock what lies in places, sorted by (product, place); levels that were never there are made."""
    wanted = sorted(set(keys))
    for _attempt in ("find", "make"):
        rows = LYING.all({key[0] for key in wanted}, {key[1] for key in wanted})
        found = {(row.product_id, row.place_id): row for row in rows}
        absent = [key for key in wanted if key not in found]
        if not absent:
            break
        PlaceLevel.objects.bulk_create(
            [PlaceLevel(product_id=product, place_id=place) for product, place in absent], ignore_conflicts=True
        )
    return {key: found[key] for key in wanted}


def _changes(moves: Sequence[Move]) -> dict[PlaceKey, tuple[int, int]]:
    """Sum up per inside place: (pieces, versions)."""
    changes: dict[PlaceKey, tuple[int, int]] = {}
    for wanted in moves:
        for place, sign in ((wanted.source, -1), (wanted.target, 1)):
            if not place.is_outside:
                key = (wanted.product_id, place.pk)
                pieces, versions = changes.get(key, (0, 0))
                changes[key] = (pieces + sign * wanted.quantity, versions + 1)
    return changes


def _book(wanted: Move, levels: dict[PlaceKey, PlaceLevel], at: datetime) -> StockMove:
    source = levels.get((wanted.product_id, wanted.source.pk))
    target = levels.get((wanted.product_id, wanted.target.pk))
    if source is not None:
        source.on_hand -= wanted.quantity
        source.version += 1
        if source.on_hand < 0:
            raise NotEnough(detail={"sku": source.product.sku, "place": str(wanted.source)})
    if target is not None:
        target.on_hand += wanted.quantity
        target.version += 1
    return StockMove(
        product_id=wanted.product_id,
        quantity=wanted.quantity,
        source=wanted.source,
        target=wanted.target,
        source_version=source.version if source else None,
        source_balance=source.on_hand if source else None,
        target_version=target.version if target else None,
        target_balance=target.on_hand if target else None,
        reason=wanted.reason,
        line_id=wanted.line_id,
        unit_cost_minor=wanted.unit_cost_minor,
        reverses_id=wanted.reverses_id,
        event=wanted.event,
        at=at,
    )
