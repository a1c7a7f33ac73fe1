"""What a section's page says of closed days among those it shows: that they are, and what came later."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from reports import restating
from reports.restating import Restated
from reports.sections import Told
from shopdesk.base import wording

DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Note:
    """By how much figures changed, in words; the days on which they did, each with its list; how many days more."""

    changed: list[str]
    days: list[tuple[str, str]]
    more: int
    unknown: bool


def of(told: Told, found: Restated | None, today: date) -> Note | None:
    """Give the note; None where no day is closed, or where nothing came of figures that are not all looked after.

    A cohort goes on changing by its nature: beside it nobody may read that nothing changed.
    """
    if found is None:
        return None
    if not (found.days or found.unknown or all(map(restating.is_restated, told.figures))):
        return None
    names = {figure.code: figure.name for figure in told.figures}
    changed = [f"{names[code]} {_signed(value, currency)}" for (code, currency), value in found.changes.items()]
    section = urlencode({"section": told.query.section.code})
    days = [
        (wording.short_day(on, today=today), f"{reverse('reports-restated', args=[found.closings[on].pk])}?{section}")
        for on in reversed(found.days)
    ]
    return Note(changed, days[:DAYS_SHOWN], max(len(days) - DAYS_SHOWN, 0), found.unknown)


def _signed(value: int, currency: str) -> str:
    words = wording.money(value, currency) if currency else wording.number(value)
    return f"+{words}" if value > 0 else words
