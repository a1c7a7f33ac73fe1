"""Waves: what is to be packed, put together by when a courier comes for it; the one that is late comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from orders import packing, queues
from orders.models import JournalEvent, OrderLine, PrintRun, Shop
from orders.models.orders import OrderRows
from orders.status import Status
from shopdesk.base.errors import Missing

DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Wave:
    """Orders that go on one day by one hour; `cutoff` is None where no courier is chosen."""

    ship_on: date
    cutoff: time | None
    couriers: Sequence[str]
    orders: int
    pieces: int
    unprinted: int  # orders of which no pick list was printed yet
    late: bool

    @property
    def key(self) -> str:
        """How it is named in an address: 2026-11-30T14:00."""
        return key_of(self.ship_on, self.cutoff)


def key_of(ship_on: date, cutoff: time | None) -> str:
    """Name a wave."""
    return f"{ship_on:%Y-%m-%d}T{cutoff:%H:%M}" if cutoff else f"{ship_on:%Y-%m-%d}T"


def waves(rows: OrderRows, on: date, *, at: datetime) -> list[Wave]:
    """Group what is to be packed by day and cut-off: late ones first, then by their hour."""
    waiting = queues.to_pack(rows, on).order_by()
    unprinted = Count("pk", filter=~Q(Exists(_printed())))
    found: dict[tuple[date, time | None], list[Wave]] = {}
    counted = waiting.values_list("ship_on", "courier__cutoff", "courier__name").annotate(n=Count("pk"), left=unprinted)
    for ship_on, cutoff, courier, orders, left in counted:
        late = _is_late(ship_on, cutoff, at)
        found.setdefault((ship_on, cutoff), []).append(
            Wave(ship_on, cutoff, [courier] if courier else [], orders, 0, left, late)
        )
    pieces = _pieces(waiting)
    joined = [_join(parts, pieces.get(key, 0)) for key, parts in found.items()]
    return sorted(joined, key=lambda wave: (not wave.late, wave.ship_on, wave.cutoff is None, wave.cutoff or time.max))


def in_wave(rows: OrderRows, key: str, on: date) -> OrderRows:
    """Give the orders of a wave, as the queue sorts them. Raises Missing for what is no wave's name."""
    day, _, hour = key.partition("T")
    try:
        ship_on, cutoff = date.fromisoformat(day), time.fromisoformat(hour) if hour else None
    except ValueError:
        raise Missing from None
    return queues.to_pack(rows, on).filter(ship_on=ship_on, courier__cutoff=cutoff)


def to_print(rows: OrderRows) -> list[int]:
    """Say of which orders the pick lists are printed now: those not printed yet; all again when each is."""
    fresh = list(rows.filter(~Exists(_printed())).values_list("number", flat=True))
    return fresh or list(rows.values_list("number", flat=True))


def ahead(rows: OrderRows, on: date) -> list[tuple[date, int]]:
    """Say how much goes on each of the days to come."""
    later = rows.filter(status=Status.CONFIRMED, ship_on__gt=on).without_open_holds().order_by("ship_on")
    return list(later.values_list("ship_on").annotate(n=Count("pk"))[:DAYS_AHEAD])


def _printed() -> QuerySet[JournalEvent]:
    return JournalEvent.objects.filter(
        order=OuterRef("pk"), kind=packing.PRINTED, data__what=str(PrintRun.What.PICKLIST)
    )


def _pieces(waiting: OrderRows) -> dict[tuple[date, time | None], int]:
    lines = OrderLine.objects.filter(order__in=waiting.values("pk"), kind="goods").order_by()
    grouped = lines.values_list("order__ship_on", "order__courier__cutoff")
    return {(on, cutoff): n for on, cutoff, n in grouped.annotate(n=Sum(F("quantity") - F("cancelled")))}


def _join(parts: Sequence[Wave], pieces: int) -> Wave:
    first = parts[0]
    couriers = sorted(name for part in parts for name in part.couriers)
    return Wave(
        first.ship_on, first.cutoff, couriers, sum(part.orders for part in parts), pieces,
        sum(part.unprinted for part in parts), first.late,
    )  # fmt: skip


def _is_late(ship_on: date, cutoff: time | None, at: datetime) -> bool:
    """Whether the courier has been there: the day is over, or its hour of this day."""
    there = at.astimezone(ZoneInfo(Shop.current().zone))
    return ship_on < there.date() or (cutoff is not None and ship_on == there.date() and cutoff < there.time())
