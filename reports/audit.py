"""What the auditor asks of the books: closed figures are those of their facts, and closed periods tile the calendar."""

from typing import Any

from django.db.models import Max, Min

from reports import rollups
from reports.closing import recomputed, seal
from reports.figures import WHOLE, Cut
from reports.models import Closing, FigureDelta, FigureHead
from shopdesk.base.audit import Check, Finding, found
from shopdesk.base.periods import ONE_DAY, between, days


def checks() -> list[Check]:
    """Give the promises of the books."""
    return [
        Check("M5", "A closing's figures are those of its facts, and its hash never changed.", wrong_figures),
        Check("M7", "Figures kept by days are those of the facts.", other_figures),
        Check("M6", "Closed periods follow each other: half-open, no gap, no overlap.", gaps),
    ]


def wrong_figures(alias: str) -> Finding:
    """Find closings whose figures, from the facts known then, are others than stored, or whose hash does not fit."""
    offenders = []
    closings = list(Closing.objects.using(alias).order_by("start"))
    for one in closings:
        if seal(one, one.position, one.figures) != one.hash:
            offenders.append(f"closing {one.pk}: the hash does not fit")
        elif _told(one.figures, recomputed(one, alias)) != _told(one.figures, one.figures):
            offenders.append(f"closing {one.pk}: the facts give other figures")
    return found(len(closings), offenders)


def other_figures(alias: str) -> Finding:
    """Find kept sums of a month that are not those of its facts, as a whole and told apart by each dimension."""
    head = FigureHead.objects.using(alias).first()
    if head is None:
        return found(0, [])
    months = FigureDelta.objects.using(alias).aggregate(first=Min("on"), last=Max("on"))
    if months["first"] is None:
        return found(0, [])
    span = between(months["first"], months["last"] + ONE_DAY, head.zone, head.cutoff)
    whole = rollups.months_of(span)
    dims = sorted({dim for fact in rollups.KEPT for dim in fact.dims})
    offenders = rollups.uneven(alias) + rollups.raw_difference(list(days(span)), alias, WHOLE)
    for dim in ("", *dims):
        offenders += rollups.raw_difference(whole, alias, Cut(dim))
    return found(len(whole), offenders)


def gaps(alias: str) -> Finding:
    """Find closings that do not begin where the one before ended, or do not end after they begin."""
    closings = list(Closing.objects.using(alias).order_by("start", "end"))
    offenders = [f"closing {one.pk} ends before it begins" for one in closings if one.end <= one.start]
    offenders += [
        f"closing {after.pk} does not begin where closing {before.pk} ends"
        for before, after in zip(closings, closings[1:], strict=False)
        if after.start != before.end
    ]
    return found(len(closings), offenders)


def _told(stored: dict[str, Any], figures: dict[str, Any]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Give the figures that the closing knows of; a currency in which nothing happened says nothing."""
    known = {code for sums in stored["money"].values() for code in sums}
    counts = {code: figures["funnel"].get(code, 0) for code in stored["funnel"]}
    sums = {
        (currency, code): value
        for currency, values in figures["money"].items()
        for code, value in values.items()
        if value and code in known
    }
    return counts, sums
