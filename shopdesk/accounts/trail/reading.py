"""Reading both ledgers as one list, the newest first: by keyset in each, so that no page skips or repeats a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.models import JournalEvent
from shopdesk.base import periods
from shopdesk.base.access import Actor, Subject
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.strict import QueryReader
from shopdesk.people.models import ApiToken
from shopdesk.trail.models import TrailEntry

ROWS = 50
AT_ONCE = 2_000  # rows in memory while everything is written into a file
LARGEST = 9_223_372_036_854_775_807
NAMES = ("by", "about", "deed", "source", "from", "until", "before")
# The journal keeps who, not by which door; who says it.
DOORS: Mapping[str, Q] = {
    TrailEntry.Source.SCREEN: Q(actor_kind="person"),
    TrailEntry.Source.API: Q(actor_kind__in=["token", "courier"]),
    TrailEntry.Source.TASK: Q(actor_kind__in=["rule", "sweep", "customer"]),
    TrailEntry.Source.COMMAND: Q(pk__in=[]),
}

Fact = JournalEvent | TrailEntry
Row = TypeVar("Row", JournalEvent, TrailEntry)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked the trail for. `before`: the keys of the last row seen in each ledger."""

    by: str = ""
    about: str = ""
    deed: str = ""
    source: str = ""
    first: date | None = None
    last: date | None = None
    before: tuple[int, int] = (LARGEST, LARGEST)

    @property
    def is_narrowed(self) -> bool:
        return any((self.by, self.about, self.deed, self.source, self.first, self.last))

    @property
    def is_first_page(self) -> bool:
        return self.before == (LARGEST, LARGEST)

    def path(self, **changes: str) -> str:
        """Give the query of this list with changes; a change to nothing drops it. Pages begin anew."""
        said = {"by": self.by, "about": self.about, "deed": self.deed, "source": self.source}
        days = {name: day.isoformat() for name, day in (("from", self.first), ("until", self.last)) if day}
        return "?" + urlencode({name: value for name, value in {**said, **days, **changes}.items() if value})


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a page, and where the next one begins; empty when this is the last."""

    facts: list[Fact]
    older: str


def read_asked(query: QueryDict) -> Asked:
    """Read the query of the list. Raises Malformed."""
    filled = QueryDict(mutable=True)
    for name, values in query.lists():  # an empty choice of a form is no choice
        if values != [""]:
            filled.setlist(name, values)
    reader = QueryReader(filled, NAMES)
    asked = Asked(
        _actor(reader.text("by")), reader.text("about").strip(), reader.text("deed"),
        reader.choice("source", list(DOORS)), reader.day("from"), reader.day("until"), _cursor(reader.text("before")),
    )  # fmt: skip
    reader.finish()
    return asked


def read_page(subject: Subject, asked: Asked, *, zone: str, rows: int = ROWS) -> Page:
    """Read one page of what this subject may see: a manager the orders' journal, the owner everything."""
    events, entries = _events(subject, asked, zone), _entries(subject, asked, zone)
    before_event, before_entry = asked.before
    first = list(events.filter(pk__lt=before_event).order_by("-pk")[: rows + 1])
    second = list(entries.filter(pk__lt=before_entry).order_by("-pk")[: rows + 1])
    merged = list(_merge(first, second))
    facts = merged[:rows]
    if len(merged) <= rows:
        return Page(facts, "")
    last_event = min((fact.pk for fact in facts if isinstance(fact, JournalEvent)), default=before_event)
    last_entry = min((fact.pk for fact in facts if isinstance(fact, TrailEntry)), default=before_entry)
    return Page(facts, f"{last_event}-{last_entry}")


def read_everything(subject: Subject, asked: Asked, *, zone: str, at_most: int) -> Iterator[list[Fact]]:
    """Read page after page until the end, for a file."""
    left = at_most
    while left > 0:
        page = read_page(subject, asked, zone=zone, rows=min(AT_ONCE, left))
        yield page.facts
        left -= len(page.facts)
        if not page.older:
            return
        asked = replace(asked, before=_cursor(page.older))


def time_in_status(facts: Sequence[Fact]) -> dict[int, timedelta]:
    """Give for each move on the page how long the order had been where it came from, in one query."""
    moves = [fact for fact in facts if isinstance(fact, JournalEvent) and fact.from_status and fact.order_id]
    if not moves:
        return {}
    earlier = Q()
    for move in moves:
        earlier |= Q(order=move.order_id, seq__lt=move.seq)
    reached = (
        JournalEvent.objects.filter(earlier)
        .exclude(to_status="")
        .order_by()
        .values_list("order_id", "to_status", "seq")
        .annotate(reached_at=Max("at"))
    )
    known: dict[int, list[tuple[int, str, datetime]]] = {}
    for order, status, seq, reached_at in reached:
        known.setdefault(order, []).append((seq, status, reached_at))
    return {move.pk: move.at - at for move in moves if (at := _since(move, known.get(move.order_id or 0, [])))}


def _since(move: JournalEvent, reached: Sequence[tuple[int, str, datetime]]) -> datetime | None:
    """When the order came into the status that this move left: its last move there."""
    before = [(seq, at) for seq, status, at in reached if status == move.from_status and seq < (move.seq or 0)]
    return max(before)[1] if before else None


def _events(subject: Subject, asked: Asked, zone: str) -> QuerySet[JournalEvent]:
    rows = JournalEvent.objects.for_subject(subject).prefetch_related("personal_values")
    if asked.about:
        rows = rows.filter(_about(asked.about, "order", "subject"))
    if asked.source:
        rows = rows.filter(DOORS[asked.source])
    if asked.deed:
        moved = asked.deed.removeprefix("moved:")
        rows = rows.filter(kind=asked.deed) if moved == asked.deed else rows.filter(to_status=moved)
    return _narrow(rows, asked, zone)


def _entries(subject: Subject, asked: Asked, zone: str) -> QuerySet[TrailEntry]:
    rows = TrailEntry.objects.for_subject(subject).prefetch_related("values")
    if asked.about:
        rows = rows.filter(_about(asked.about, "", "target"))
    if asked.source:
        rows = rows.filter(source=asked.source)
    return _narrow(rows.filter(deed=asked.deed) if asked.deed else rows, asked, zone)


def _narrow(rows: QuerySet[Row], asked: Asked, zone: str) -> QuerySet[Row]:
    """Narrow by what both ledgers know: who, and when it happened."""
    if asked.by:
        kind, _colon, key = asked.by.partition(":")
        whose = Q(actor_kind=kind, actor_id=int(key or 0))
        if kind == "person":
            whose |= Q(actor_kind="token", actor_id__in=ApiToken.objects.filter(user=int(key)).values("pk"))
        rows = rows.filter(whose)
    if asked.first:
        rows = rows.filter(at__gte=periods.day(asked.first, zone).start)
    if asked.last:
        rows = rows.filter(at__lt=periods.day(asked.last, zone).end)
    return rows


def _about(text: str, order: str, prefix: str) -> Q:
    """An order by its number, anything else as kind:id."""
    kind, colon, key = text.partition(":")
    if not colon:
        kind, key = "order", text
    thing = Q(**{f"{prefix}_kind": kind[:20], f"{prefix}_id": key[:64]})
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
    return thing | Q(**{order: number}) if order and kind == "order" else thing


def _merge(first: Sequence[JournalEvent], second: Sequence[TrailEntry]) -> Iterator[Fact]:
    """Take from the ledger whose next row was recorded later. Each ledger keeps its own order."""
    left, right = list(reversed(first)), list(reversed(second))
    while left and right:
        yield (left if left[-1].recorded_at >= right[-1].recorded_at else right).pop()
    yield from reversed(left)
    yield from reversed(right)


def _actor(text: str) -> str:
    """Check whose deeds are asked for: kind:id. Raises Malformed."""
    kind, colon, key = text.partition(":")
    if text and not (kind.isalpha() and (not colon or (key.isascii() and key.isdigit() and len(key) < 19))):
        raise Malformed([FieldError("?by", "invalid_type", _("Nobody is called that."))])
    return str(Actor(kind, int(key or 0))) if text else ""


def _cursor(text: str) -> tuple[int, int]:
    """Read where a page begins. Raises Malformed."""
    if not text:
        return LARGEST, LARGEST
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise Malformed([FieldError("?before", "invalid_type", _("This cursor is not of this list."))])
    return min(int(parts[0]), LARGEST), min(int(parts[1]), LARGEST)
