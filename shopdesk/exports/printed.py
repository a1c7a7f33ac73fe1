"""The order list on paper: fewer columns than the table, a row an order, as many pages as it takes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from orders.models import Shop
from shopdesk.base import papers, wording
from shopdesk.base.papers import breakable
from shopdesk.exports import orders
from shopdesk.exports.models import Export

MOST_ROWS = 5_000  # 250 pages, drawn in one go: nobody reads more on paper


def write(export: Export, path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Draw the list in the language in use. `headings` and `rows` are all columns of the table."""
    lines = [[breakable(cell) for cell in _printed(row)] for row in rows]
    path.write_bytes(papers.draw("orders", _say(export, _printed(headings), lines), at=export.asked_at))


def _printed(cells: Sequence[str]) -> list[str]:
    """Choose what is read on paper; place and street share a column, and each sum stands with its currency."""
    row = dict(zip(orders.COLUMNS, cells, strict=True))
    place = ", ".join(part for part in (row["address_city"], row["address_text"]) if part)
    words = [row[name] for name in ("number", "placed_at", "status", "contact_name", "contact_phone")]
    sums = [f"{row[name]} {row['currency']}" for name in ("total_minor", "paid_minor")]
    return [*words, place, row["delivery_method"], row["promised_on"], *sums]


def _say(export: Export, headings: list[str], lines: list[list[str]]) -> dict[str, object]:
    headings[5], headings[-2:] = _("Address"), [_("Total"), _("Paid")]
    zone = Shop.current().zone
    searched = [_("a search")] if "q" in export.filter else []
    return {
        "language": export.language[:2],
        "title": _("Orders of %(shop)s") % {"shop": Shop.current().name},
        "facts": [
            [_("Filter"), ", ".join([*orders.say_filter(export.filter), *searched]) or _("none")],
            [_("As of"), wording.day_and_hour(export.asked_at, now=_another_year(export.asked_at), zone=zone)],
            [_("Orders"), str(len(lines))],
        ],
        "heads": headings,
        "lines": lines,
        "page": _("page {page} of {pages}"),
    }


def _another_year(at: datetime) -> datetime:
    """No date is of this year: paper always names its own."""
    return at.replace(year=at.year - 1, day=min(at.day, 28))
