"""Closing: the figures of a period are stored as they are known, and never change again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from orders import feed, journal
from orders.models import PeriodLock, Shop
from reports import facts, figures, period
from reports.figures import AsOf, Part, Row, Stretch
from reports.models import Closing
from shopdesk.base import securitylog
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import day, shop_day
from shopdesk.base.snapshot import snapshot
from shopdesk.trail.deeds import Deed

CLOSED_AT_ONCE = 31  # days per wake: a shop that brings years of history along catches up in a night
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class NotOver(DomainError):
    """The period still goes on."""

    sentence = _("That period is not over yet.")


class NotNext(DomainError):
    """There would be a gap before it, or it lies in what is closed already."""

    sentence = _("Periods are closed one after another. The next one begins on %(start)s.")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time `[start, end)` to be closed."""

    start: datetime
    end: datetime


def close(span: Stretch, *, by: Actor, at: datetime) -> Closing:
    """Close a period: figures of the facts in it that have their place in the feed by now. Again: the same closing.

    Raises NotOver, NotNext.
    """
    feed.publish()
    return _close(span, by=by, at=at)


def close_due(*, at: datetime) -> int:
    """Close every day of the shop that is over, in order, some at once. Gives how many were closed."""
    closed = 0
    while closed < CLOSED_AT_ONCE and (span := next_span()) and span.end <= at:
        close(span, by=SWEEP, at=at)
        closed += 1
    return closed


def next_span() -> Span | None:
    """Give the day to be closed next: from the last closing, else from the first fact, to the end of that day."""
    shop = Shop.current()
    last = Closing.objects.order_by("-end").values_list("end", flat=True).first()
    first = last or _first_fact()
    if first is None:
        return None
    today = day(shop_day(first, shop.zone, shop.day_cutoff), shop.zone, shop.day_cutoff)
    # The last closing's end, and not the day's start: they differ by hours once when the shop changes its zone.
    return Span(last or today.start, today.end)


def restated(closing: Closing, *, after: str, limit: int, parts: Sequence[Part] | None = None) -> list[Row]:
    """Give a page of facts dated into a closed period and learnt later (one more than `limit` when there are more).

    Of everything that books hold, or of some parts.
    """
    feed.publish()
    with snapshot() as alias:
        late = figures.late(
            period.parts_of_all() if parts is None else parts, closing, AsOf(closing.position), alias, after=after
        )
        return list(islice(late, limit + 1))


def recomputed(closing: Closing, alias: str) -> dict[str, Any]:
    """Give the figures again from the facts: those in the period that had their place when it was closed."""
    sheet = period.measure([closing], AsOf(closing.position), alias)[0]
    return {"funnel": sheet.funnel, "money": sheet.money}


def seal(span: Stretch, position: int, stored: Mapping[str, Any]) -> str:
    """Give the SHA-256 over the canonical JSON of what a closing says."""
    said = {
        "start": span.start.astimezone(UTC).isoformat(),
        "end": span.end.astimezone(UTC).isoformat(),
        "position": position,
        "figures": stored,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic(durable=True)
def _close(span: Stretch, *, by: Actor, at: datetime) -> Closing:
    lock = _lock()  # two beats: the second waits here and then finds the closing of the first
    if done := Closing.objects.filter(start=span.start, end=span.end).first():
        return done
    _refuse(span, at)
    position = feed.position()
    # A bare span, so that it is added up from the facts themselves and not from kept days.
    sheet = period.measure([Span(span.start, span.end)], AsOf(position), "default")[0]
    stored = {"funnel": sheet.funnel, "money": sheet.money}
    sealed = seal(span, position, stored)
    # Its own event comes after `position`, so a closing is never a fact of what it closes.
    entry = journal.Entry(
        "period.closed", data={"position": position, "hash": sealed}, subject=("period", span.start.isoformat())
    )
    event = journal.record([entry], by=by, at=at)[0]
    lock.until = span.end
    lock.save()
    told = partial(securitylog.tell, Deed.PERIOD_CLOSED, by=by, target=("period", span.start.isoformat()))
    transaction.on_commit(told, robust=True)
    return Closing.objects.create(
        start=span.start, end=span.end, position=position, figures=stored, hash=sealed, event=event, at=at
    )


def _lock() -> PeriodLock:
    """Lock the one row that says how far the books are closed; the first closing ever makes it."""
    PeriodLock.objects.bulk_create([PeriodLock(pk=1, until=NEVER)], ignore_conflicts=True)
    return PeriodLock.objects.select_for_update(no_key=True).get(pk=1)


def _refuse(span: Stretch, at: datetime) -> None:
    if span.end > at:
        raise NotOver
    expected = next_span()
    if expected is None or span.start == expected.start:
        return
    if span.start < expected.start and not Closing.objects.exists():
        return  # it begins before the first fact ever: nothing lies in between
    raise NotNext(detail={"start": expected.start.isoformat()})


def _first_fact() -> datetime | None:
    firsts = [fact.rows("default").aggregate(first=Min("at"))["first"] for fact in facts.ALL]
    return min((first for first in firsts if first), default=None)
