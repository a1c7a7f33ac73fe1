"""Folding: deltas that change the same sum become one, so that reading a day costs what its sums are."""

from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q

from reports import rollups
from reports.models import FigureDelta, FigureHead, Span
from shopdesk.base.periods import ONE_DAY, between

AT_ONCE = 7  # days and months folded in one transaction
CROWD = 2  # deltas of a sum that may stay: of a closed day what was known then, and what came later
OPEN_CROWD = 60  # of a day or a month that still goes on: ten minutes of sweeps
CROWDED_MOST = 4_000  # crowded sums that are looked at to find days
OF = 'dim = %s AND span = %s AND "on" = %s'  # as the index has them: without the first, it would be walked whole
DIMS = sorted({"", *(dim for fact in rollups.KEPT for dim in fact.dims)})
# Nothing of them goes through this process: a month of two thousand products has fifty thousand sums.
WRITE = f"""
INSERT INTO figure_delta (dim, span, "on", code, key, currency, value, facts, first, last)
SELECT dim, span, "on", code, key, currency, sum(value), sum(facts), min(first), max(last) FROM figure_delta
WHERE {OF} GROUP BY dim, span, "on", code, key, currency, first > %s HAVING count(*) > 1
"""  # noqa: S608  # constants
# What was written just now has a higher id, and is one more of its crowd. By id: a plan that knows no values would
# compare each row of a month with each of its sums.
FORGET = f"""
DELETE FROM figure_delta WHERE id <= %s AND id IN (
  SELECT id FROM (
    SELECT id, count(*) OVER (PARTITION BY code, key, currency, first > %s) AS alike FROM figure_delta WHERE {OF}
  ) AS one WHERE alike > 1)
"""  # noqa: S608  # constants


class Crowd(NamedTuple):
    """A day or a month of which some sum has too many deltas."""

    span: str
    on: date


@transaction.atomic(durable=True)
def fold(*, before: date) -> int:
    """Make one delta of those that change the same sum, of days and months over before this day and of crowded others.

    Two stay where a day was closed: what was known then, and what came later. So two alone are left as they are.
    Gives how many rows went.
    """
    head = rollups.lock_head()
    crowds = _crowds(before)
    closed = _closed_among([one.on for one in crowds if one.span == Span.DAY], head)
    return sum(
        _fold(one, closed.get(one.on, head.position) if one.span == Span.DAY else head.position) for one in crowds
    )


def _crowds(before: date) -> list[Crowd]:
    """Find them by their wholes: whoever changes a sum that is told apart changes the whole too."""
    over = Q(span=Span.DAY, on__lt=before) | Q(span=Span.MONTH, on__lt=before.replace(day=1))
    several = FigureDelta.objects.filter(dim="").values("span", "on", "code", "currency").annotate(n=Count("pk"))
    found = several.filter(Q(n__gt=OPEN_CROWD) | over & Q(n__gt=CROWD)).order_by()
    return sorted({Crowd(*one) for one in found.values_list("span", "on")[:CROWDED_MOST]})[:AT_ONCE]


def _closed_among(days_of: list[date], head: FigureHead) -> dict[date, int]:
    """Give the places of the feed at which these days were closed."""
    if not days_of:
        return {}
    span = between(min(days_of), max(days_of) + ONE_DAY, head.zone, head.cutoff)
    return {on: one.position for on, one in rollups.closings_of(span, "default").items()}


def _fold(crowd: Crowd, closed: int) -> int:
    """Fold what was known at a place of the feed, and what came later, each of its own."""
    last = FigureDelta.objects.order_by("-pk").values_list("pk", flat=True)[0]
    went = 0
    with connection.cursor() as cursor:
        for dim in DIMS:
            cursor.execute(WRITE, [dim, *crowd, closed])
            went -= cursor.rowcount
            if cursor.rowcount:
                cursor.execute(FORGET, [last, closed, dim, *crowd])
                went += cursor.rowcount
    return went
