"""The rows behind a figure of the report as a table: those that the screen pages through, as they were known there."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from reports import sections
from reports.figures import Row
from reports.masking import refuse_hidden
from reports.sections import SECTIONS
from reports.web.meanings import fact_of
from reports.web.rows import read_behind
from shopdesk.base.access import Subject
from shopdesk.base.money import from_minor
from shopdesk.base.wording import number

HEADS = (_("When"), _("Order"), _("What"), _("Currency"), _("Amount"))
NAMES = ("section", "figure", "currency", "only", "from", "until", "position")


def read_filter(query: Mapping[str, str]) -> dict[str, str]:
    """Give the address of the rows without its page, as of one position. Raises Malformed, Missing."""
    asked = {name: value for name, value in query.items() if name in NAMES and value}
    found = _read(asked)
    return asked | {"position": str(found.query.position or sections.position_now())}


def say_filter(query: Mapping[str, str]) -> list[str]:
    """Give it in words: which figure of which days."""
    found = _read(query)
    days = found.query.period
    figure = sections.figure_of(found.query.section, found.figure)
    narrowed = [f"{dim}: {key}" for dim, key in found.query.only]
    place = _("place %(place)s of the journal") % {"place": number(found.query.position)}
    return [str(figure.name), f"{days.from_on} – {found.until_on}", *narrowed, str(place)]


def count(query: Mapping[str, str], subject: Subject, at: datetime, *, most: int) -> int:
    """Count the rows, no more than `most`. Raises Missing for a figure that is not this subject's to see."""
    found = _read(query)
    refuse_hidden(subject, found.figure)
    return sections.count_behind(found.query, found.figure, currency=found.currency, most=most)


def read_rows(query: Mapping[str, str], subject: Subject, at: datetime, *, using: str) -> Iterator[list[Any]]:
    """Read the rows by time, as JSON can hold them."""
    found = _read(query)
    refuse_hidden(subject, found.figure)
    of = [found.query.section.code, found.figure]
    for row in sections.all_behind(found.query, found.figure, currency=found.currency, alias=using):
        yield [row.at.isoformat(), row.order, row.part, row.currency, _worth(row), *of]


def headings() -> list[str]:
    """Give the headings in the language in use."""
    return [str(head) for head in HEADS]


def write_row(values: Sequence[Any], zone: ZoneInfo) -> list[str]:
    """Write a row's values in words."""
    at, order, part, currency, worth, section, code = values
    when = parse_datetime(at)
    figure = sections.figure_of(SECTIONS[section], code)
    shown = f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S}" if when else ""
    return [shown, "" if order is None else str(order), str(fact_of(figure.parts[part])), currency, worth]


def _worth(row: Row) -> str:
    return from_minor(row.value, row.currency) if row.is_money else str(row.value)


def _read(query: Mapping[str, str]) -> Any:
    return read_behind(QueryDict(urlencode(query)))
