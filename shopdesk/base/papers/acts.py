"""The act of transfer, in two copies: what both sides sign when parcels change hands."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from django.utils import translation
from django.utils.translation import gettext as _

from shopdesk.base import wording
from shopdesk.base.papers.bars import bars
from shopdesk.base.papers.drawing import breakable, draw


class ActLine(TypedDict):
    """A parcel as it stands on the act."""

    parcel: str
    weight_g: int
    cod_minor: int
    declared_minor: int


class ActPaper(TypedDict):
    """What an act says. `language` is the shop's; `closed_at` and `hash` are empty while the act is open."""

    number: int
    shop: str
    location: str
    courier: str
    ship_on: date
    closed_at: datetime | None
    zone: str
    currency: str
    hash: str
    language: str
    lines: Sequence[ActLine]


def act(paper: ActPaper, *, at: datetime) -> bytes:
    """Give the PDF of an act: a copy for the shop and the same for the courier. Its barcode says A-<number>."""
    with translation.override(paper["language"]):
        return draw("act", _say(paper, at), at=at)


def _say(paper: ActPaper, at: datetime) -> dict[str, Any]:
    lines, currency = paper["lines"], paper["currency"]
    year = at.date().replace(month=1, day=1, year=1)  # no date is of this year: an act always names its own
    return {
        "language": paper["language"][:2],
        "title": _("Act of transfer № %(number)s") % {"number": paper["number"]},
        "shop": breakable(paper["shop"]),
        "facts": [
            [_("Sender"), breakable(f"{paper['shop']}, {paper['location']}")],
            [_("Courier"), breakable(paper["courier"])],
            [_("Ship date"), wording.short_day(paper["ship_on"], today=year)],
            [_("Closed"), _closed(paper, at)],
        ],
        "barcode": bars(f"A-{paper['number']}"),
        "heads": ["№", _("Parcel"), _("Weight"), _("Cash on delivery"), _("Declared value"), _("Taken")],
        "lines": [
            [
                line["parcel"],
                wording.kilograms(line["weight_g"]),
                wording.money(line["cod_minor"], currency),
                wording.money(line["declared_minor"], currency),
            ]
            for line in lines
        ],
        "totals": [
            _("Places: %(places)s") % {"places": len(lines)},
            wording.kilograms(sum(line["weight_g"] for line in lines)),
            wording.money(sum(line["cod_minor"] for line in lines), currency),
            wording.money(sum(line["declared_minor"] for line in lines), currency),
        ],
        "agreed": _("The courier took the parcels listed above, whole and sealed, and answers for them from now on."),
        "sides": [_("Handed over by"), _("Taken by")],
        "signs": [_("Name"), _("Signature"), _("Date and hour")],
        "copies": [_("Copy 1 of 2: for the shop"), _("Copy 2 of 2: for the courier")],
        "page": _("Act № %(number)s, page {page} of {pages}") % {"number": paper["number"]},
        "hash": paper["hash"],
    }


def _closed(paper: ActPaper, at: datetime) -> str:
    closed_at = paper["closed_at"]
    if closed_at is None:
        return _("not closed yet: this is a draft")
    return wording.day_and_hour(closed_at, now=closed_at.replace(year=closed_at.year - 1), zone=paper["zone"])
