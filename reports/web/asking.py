"""Which days a person asks for: a span of the calendar or any two dates, and the addresses of the ones around."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Shop
from reports import period
from reports.period import COMPARED, Asked
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.periods import KINDS, ONE_DAY, EmptyPeriod, Period, following, previous
from shopdesk.base.strict import QueryReader

LONGEST_DAYS = 3_660  # ten years: more is no report but an archive
LAST_POSITION = 2**63 - 1
WITHOUT = "none"
DAYS = ("span", "from", "until", "compare", "position")
SPANS: Mapping[str, str | Promise] = {
    "day": pgettext_lazy("period", "Day"),
    "week": pgettext_lazy("period", "Week"),
    "month": pgettext_lazy("period", "Month"),
    "quarter": pgettext_lazy("period", "Quarter"),
    "year": pgettext_lazy("period", "Year"),
}
COMPARE_WORDS: Mapping[str, str | Promise] = {
    "previous": _("Against the days before"),
    "year": _("Against the year before"),
    WITHOUT: _("Against nothing"),
}
BY_D = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The days a person looks at. `span` is the calendar's word for them; the last one may have been cut at today."""

    days: Period
    span: str
    compare: str
    position: int
    today: date

    @property
    def asked(self) -> Asked:
        """What to read for it."""
        return Asked(self.days, compare="" if self.compare == WITHOUT else self.compare, position=self.position)

    @property
    def until_on(self) -> date:
        """The last day, as people say it."""
        return self.days.to_on - ONE_DAY

    @property
    def is_going_on(self) -> bool:
        return self.days.from_on <= self.today < self.days.to_on

    def path(self) -> str:
        """Give the address of these days."""
        return path_to(self.span, self.days.from_on, self.until_on, self.compare)

    def query(self, position: int) -> str:
        """Give the query of the same days as they were known at a position, so that a file is what was seen."""
        asked = {"from": self.days.from_on, "until": self.until_on, "compare": self.compare, "position": position}
        return urlencode(asked)

    def before(self) -> str:
        """Give the address of the span before this one: of October, however much of November there is yet."""
        return self._whole(previous(self._span()))

    def after(self) -> str:
        """Give the address of the span that follows; empty when it has not begun."""
        there = following(self._span())
        return self._whole(there) if there.from_on <= self.today else ""

    def of(self, span: str, on: date | None = None) -> str:
        """Give the address of the day, week, month … around a day (the last one shown), as far as it has come."""
        return self._whole(KINDS[span](min(on or self.until_on, self.today), self.days.zone, self.days.cutoff))

    def next_span(self) -> str:
        """Give the address of the next wider span: the day, the week, the month, and the day again."""
        place = BY_D.index(self.span) if self.span in BY_D else -1
        return self.of(BY_D[(place + 1) % len(BY_D)])

    def _span(self) -> Period:
        if self.span in KINDS:
            return KINDS[self.span](self.days.from_on, self.days.zone, self.days.cutoff)
        return self.days

    def _whole(self, there: Period) -> str:
        span = there.kind if there.kind in KINDS else ""
        return path_to(span, there.from_on, min(there.to_on - ONE_DAY, max(self.today, there.from_on)), self.compare)


def read_wanted(params: QueryDict, today: date, shop: Shop | None = None) -> Wanted:
    """Read the days from a page's query; the month so far when none are named. Raises Malformed, EmptyPeriod."""
    return finish_wanted(QueryReader(without_empty(params), DAYS), today, shop)


def without_empty(params: QueryDict) -> QueryDict:
    """Leave out the empty fields of a form: they are no answer."""
    filled = QueryDict(mutable=True)
    for name, values in params.lists():
        if values != [""]:
            filled.setlist(name, values)
    return filled


def finish_wanted(query: QueryReader, today: date, shop: Shop | None = None) -> Wanted:
    """Read the days, with the last one in them, and finish the query. Raises Malformed, EmptyPeriod."""
    from_on, until_on = query.day("from"), query.day("until")
    span = query.choice("span", tuple(SPANS))
    compare = query.choice("compare", (*COMPARED, WITHOUT), "previous")
    position = query.whole("position", 0, max_value=LAST_POSITION)
    first, last = from_on or until_on or today.replace(day=1), until_on or from_on or today
    if (last - first) > timedelta(days=LONGEST_DAYS) or last.year > today.year + 1 or first.year < 1990:
        query.errors.append(FieldError("?from", "max_value", _("These are too many days, or too far away.")))
    query.finish()
    if last < first:
        raise EmptyPeriod
    days = period.shop_period(first, last + ONE_DAY, shop)
    if not (from_on or until_on):
        span = "month"
    return Wanted(days, span if _is_of(span, days) else _kind_of(days), compare, position, today)


def plainly_wanted(today: date) -> Wanted:
    """Give what is shown when nothing can be read: the month so far."""
    return finish_wanted(QueryReader(QueryDict(), DAYS), today)


def wrong_days(refusal: Malformed) -> bool:
    """Whether only the two dates are wrong, so that the page can say so beside them."""
    return all(error.pointer in {"?from", "?until"} for error in refusal.errors)


def path_to(span: str, from_on: date, until_on: date, compare: str) -> str:
    """Give the address of a report."""
    days = f"from={from_on.isoformat()}&until={until_on.isoformat()}"
    beside = "" if compare == "previous" or not compare else f"&{urlencode({'compare': compare})}"
    return f"{_of_report(span)}{days}{beside}"


@lru_cache(maxsize=64)
def _of_report(span: str) -> str:
    return f"{reverse('reports')}?" + (f"{urlencode({'span': span})}&" if span else "")


def path_to_rows(section: str, code: str, days: Period, *, currency: str = "", position: int = 0) -> str:
    """Give the address of the rows that a figure is the sum of, as they were known at a position."""
    # A page has hundreds of these: what is the same in all of them is written once.
    return _of_figure(section, code, currency) + _of_days(days.from_on, days.to_on, position)


@lru_cache(maxsize=512)
def _of_figure(section: str, code: str, currency: str) -> str:
    asked = {"section": section, "figure": code} | ({"currency": currency} if currency else {})
    return f"{reverse('reports-rows')}?{urlencode(asked)}"


@lru_cache(maxsize=512)
def _of_days(from_on: date, to_on: date, position: int) -> str:
    asked = {"from": from_on.isoformat(), "until": (to_on - ONE_DAY).isoformat()}
    return "&" + urlencode(asked | ({"position": str(position)} if position else {}))


def _is_of(span: str, days: Period) -> bool:
    """Whether these days begin a span of the calendar and do not go beyond it: 1 to 20 November is of its month."""
    if span not in KINDS:
        return False
    whole = KINDS[span](days.from_on, days.zone, days.cutoff)
    return whole.from_on == days.from_on and days.to_on <= whole.to_on


def _kind_of(days: Period) -> str:
    return days.kind if days.kind in KINDS else ""
