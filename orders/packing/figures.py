"""What packers did in some days: orders and pieces, the hours they had orders on the table, and wrong scans."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from orders.models import JournalEvent
from orders.packing.picking import PICKING_LASTS
from orders.packing.station import WRONG_SCAN
from orders.status import Status

BEGINS = "order.lifted_off"  # besides the move to picking
ENDS = "order.handed_on"  # besides any move away from it
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Figures:
    """One packer's work. `time`: with an order on the table or a cart, counted once where several overlap."""

    person: int
    sealed: int
    pieces: int
    wrong: int
    time: timedelta

    @property
    def hourly(self) -> float | None:
        """Orders sealed in an hour with an order in hand; none under a minute, where it says nothing."""
        return self.sealed / (self.time / timedelta(hours=1)) if self.time >= timedelta(minutes=1) else None

    @property
    def wrong_of_hundred(self) -> float | None:
        """Wrong scans for every hundred pieces picked."""
        return 100 * self.wrong / self.pieces if self.pieces else None


def figures(start: datetime, end: datetime, *, person: int = 0) -> list[Figures]:
    """Count for each packer what lies in these days, the most orders first; for one of them when `person` is named."""
    sealed, pieces, wrong = defaultdict[int, int](int), defaultdict[int, int](int), defaultdict[int, int](int)
    for event in _events(start, end).filter(actor_kind="person"):
        sealed[event.actor_id] += event.to_status == Status.PACKED
        wrong[event.actor_id] += event.kind == WRONG_SCAN
        if event.kind == "order.picked":
            pieces[event.actor_id] += sum(int(item["pieces"]) for item in event.data.get("items", []))
    spent = {who: _together(spans) for who, spans in _spans(start, end).items()}
    people = {who for counted in (sealed, pieces, wrong) for who, n in counted.items() if n} | set(spent)
    rows = [
        Figures(who, sealed[who], pieces[who], wrong[who], spent.get(who, timedelta(0)))
        for who in people
        if not person or who == person
    ]
    return sorted(rows, key=lambda row: (-row.sealed, -row.pieces, row.person))


def _events(start: datetime, end: datetime) -> QuerySet[JournalEvent]:
    moves = Q(to_status=Status.PACKED) | Q(kind__in=[WRONG_SCAN, "order.picked"])
    return JournalEvent.objects.filter(moves, at__gte=start, at__lt=end)


def _spans(start: datetime, end: datetime) -> dict[int, list[Span]]:
    """Say from when to when each packer had each order; an order that is never ended counts as long as its lease."""
    about = Q(to_status=Status.PICKING) | Q(from_status=Status.PICKING) | Q(kind__in=[BEGINS, ENDS])
    rows = JournalEvent.objects.filter(about, at__gte=start - PICKING_LASTS, at__lt=end).order_by("order", "seq")
    found: dict[int, list[Span]] = defaultdict(list)
    open_since: dict[int, tuple[int, datetime]] = {}
    for event in rows.only("order", "kind", "from_status", "to_status", "actor_kind", "actor_id", "at"):
        number = event.order_id or 0
        if number in open_since:
            who, since = open_since.pop(number)
            found[who].append((since, min(event.at, since + PICKING_LASTS)))
        begins = event.to_status == Status.PICKING or event.kind == BEGINS
        if begins and event.actor_kind == "person":
            open_since[number] = (event.actor_id, event.at)
    for who, since in open_since.values():
        found[who].append((since, min(end, since + PICKING_LASTS)))
    clipped = {who: [(max(a, start), min(b, end)) for a, b in spans] for who, spans in found.items()}
    return {who: [span for span in spans if span[0] < span[1]] for who, spans in clipped.items()}


def _together(spans: Iterable[Span]) -> timedelta:
    """Add spans up; what overlaps counts once."""
    total, until = timedelta(0), None
    for begin, end in sorted(spans):
        begin = begin if until is None else max(begin, until)
        total += max(end - begin, timedelta(0))
        until = end if until is None else max(until, end)
    return total
