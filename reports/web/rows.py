"""Doors of what stands behind a figure: the rows that sum to it, and what was learnt after days were closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Order, Shop
from reports import closing, restating, sections
from reports.figures import Figure, Part, Row
from reports.masking import hidden, refuse_hidden
from reports.models import Closing
from reports.naming import names_of
from reports.sections import SECTIONS, Query
from reports.web import telling
from reports.web.asking import DAYS, Wanted, finish_wanted
from reports.web.meanings import Words, fact_of, meaning_of
from reports.web.ways import at_section
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.periods import ONE_DAY, between, shop_day
from shopdesk.base.strict import QueryReader

SHOWN = 50
FEW = 5_000  # rows that a file holds at once; more are made in the background
BEHIND = ("section", "figure", "currency", "only", "cursor")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows an address asks for."""

    query: Query
    figure: str
    currency: str
    cursor: str
    wanted: Wanted

    @property
    def until_on(self) -> date:
        """The last day, as people say it."""
        return self.wanted.until_on


@dataclass(frozen=True, slots=True)
class Told:
    """A row in words, with its order as it is now."""

    row: Row
    what: Words
    worth: str
    order: Order | None


@require_safe
@never_cache
def show_rows(request: HttpRequest) -> HttpResponse:
    """Show the rows that add up to a figure of some days, by time."""
    subject = asker(request)
    asked = read_behind(request.GET)
    refuse_hidden(subject, asked.figure)
    section, code, currency, wanted = asked.query.section.code, asked.figure, asked.currency, asked.wanted
    found = sections.behind(asked.query, code, currency=currency, after=asked.cursor, limit=SHOWN)
    file = {name: value for name, value in request.GET.items() if name != "cursor"} | {"position": found.as_of.position}
    shown = {
        "title": found.figure.name,
        "meaning": meaning_of(section, code),
        "days": telling.title_of(wanted.days, wanted.today),
        "back": wanted.path(),
        "sums": _sums(found.figure, found.sums or {currency: 0}),
        "narrowed": [names_of(dim, [key], "default")[key] for dim, key in asked.query.only],
        **_files(asked, file, len(found.rows) > SHOWN),
        "position": found.as_of.position,
        **_page(request, found.rows, found.figure.parts, subject),
    }
    return render(request, "reports/rows/page.html", shown)


def read_behind(params: QueryDict) -> Asked:
    """Read which rows of which figure an address asks for. Raises Malformed, EmptyPeriod, Missing."""
    query = QueryReader(params, (*BEHIND, *DAYS))
    section, code = query.choice("section", tuple(SECTIONS), "funnel"), query.text("figure")
    currency, cursor = query.text("currency"), query.text("cursor")
    only = sections.read_only(query.text("only"))
    wanted = finish_wanted(query, _today())
    asked = Query(SECTIONS[section], wanted.days, only=only, position=wanted.position)
    sections.figure_of(asked.section, code)
    return Asked(asked, code, currency, cursor, wanted)


@require_safe
@never_cache
def show_restated(request: HttpRequest, closing_id: int) -> HttpResponse:
    """Show what is dated into closed days and was learnt after they were closed."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor", "section"))
    cursor, section = query.text("cursor"), query.choice("section", tuple(SECTIONS))
    query.finish()
    parts = restating.listed(section, hidden(subject))
    one = Closing.objects.for_subject(subject).filter(pk=closing_id).first()
    if one is None:
        raise Missing
    days = _days_of(one)
    shown = {
        "title": _("Learnt after the closing"),
        "meaning": _("The closed figures stay as they were. These are the days' figures that came later."),
        "days": telling.title_of(days.days, days.today),
        "back": at_section(SECTIONS[section], days.path()) if section else days.path(),
        "closed_at": one.at,
        "position": one.position,
        **_page(request, closing.restated(one, after=cursor, limit=SHOWN, parts=parts), parts, subject),
    }
    return render(request, "reports/rows/page.html", shown)


def _files(asked: Asked, query: Mapping[str, Any], is_more: bool) -> dict[str, str]:
    """Where the rows are as a file: at once, or made in the background where there are very many."""
    most = FEW + 1
    many = is_more and sections.count_behind(asked.query, asked.figure, currency=asked.currency, most=most) == most
    later = f"{reverse('exports-new')}?{urlencode({'what': 'rows', **query})}"
    return {"later": later} if many else {"file": f"{reverse('reports-rows-csv')}?{urlencode(query)}"}


def _today() -> date:
    shop = Shop.current()
    return shop_day(timezone.now(), shop.zone, shop.day_cutoff)


def _days_of(one: Closing) -> Wanted:
    """The days that a closing closed."""
    shop = Shop.current()
    first, end = (shop_day(at, shop.zone, shop.day_cutoff) for at in (one.start, one.end))
    days = between(first, max(end, first + ONE_DAY), shop.zone, shop.day_cutoff)
    return Wanted(days, "", "previous", 0, _today())


def _page(request: HttpRequest, rows: Sequence[Row], parts: Sequence[Part], subject: Subject) -> dict[str, Any]:
    """A page of rows with the orders they are of, and the way to the next page."""
    told = _tell(rows[:SHOWN], parts, subject)
    params = {name: value for name, value in request.GET.items() if name != "cursor"}
    here = "cursor" in request.GET
    return {
        "rows": told,
        "is_money": any(one.row.is_money or one.row.value != 1 for one in told),
        "first": f"?{urlencode(params)}" if here else "",
        "next": f"?{urlencode(params | {'cursor': rows[SHOWN - 1].cursor})}" if len(rows) > SHOWN else "",
    }


def _tell(rows: Sequence[Row], parts: Sequence[Part], subject: Subject) -> list[Told]:
    """Put rows into words; their orders come in one query."""
    numbers = {row.order for row in rows if row.order}
    orders = Order.objects.for_subject(subject).filter(number__in=numbers).in_bulk()
    return [
        Told(
            row,
            fact_of(parts[row.part]),
            wording.money(row.value, row.currency) if row.is_money else wording.number(row.value),
            orders.get(row.order or 0),
        )
        for row in rows
    ]


def _sums(figure: Figure, sums: Mapping[str, int]) -> list[str]:
    """What the rows come to: a count over everything, or a sum in each currency."""
    if not figure.is_money:
        return [wording.number(sum(sums.values()))]
    return [wording.money(value, currency) if currency else wording.number(value) for currency, value in sums.items()]
