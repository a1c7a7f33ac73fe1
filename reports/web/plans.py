"""Doors of plans: a month beside its plan, day by day and by people, and the owner's form that sets it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from babel.dates import get_day_names
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.models import Channel, Shop
from reports import charts, planning, plans
from reports.charts import Picture, Point
from reports.planning import Course
from reports.plans import NewPlan, Progress
from reports.web import telling
from shopdesk.base import wording
from shopdesk.base.access import Kind, Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import AmountField, read_form
from shopdesk.base.periods import ONE_DAY, days, following, previous, shop_day
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

MOST_ORDERS = 10_000_000
GOOD, BAD = "good", "bad"


class PlanForm(forms.Form):
    """Orders and revenue of a month; how weekdays weigh, and who takes how much."""

    orders = forms.IntegerField(label=gettext_lazy("Orders"), required=False, min_value=0, max_value=MOST_ORDERS)
    holidays_off = forms.BooleanField(label=gettext_lazy("Nothing is planned for public holidays"), required=False)

    def __init__(self, *args: Any, currencies: Sequence[str], people: Mapping[int, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.currencies, self.people = list(currencies), dict(people)
        for currency in self.currencies:
            label = _("Revenue, %(currency)s") % {"currency": wording.SYMBOLS.get(currency, currency)}
            self.fields[f"revenue-{currency}"] = AmountField(currency=currency, label=label, required=False)
        names = get_day_names("wide", context="stand-alone", locale=wording.locale_of())
        for weekday in range(planning.WEEK):
            self.fields[f"weekday-{weekday}"] = _weight(capfirst(names[weekday]))
        for person, name in self.people.items():
            self.fields[f"person-{person}"] = _weight(name)

    def read(self, on: date) -> NewPlan:
        """Give what the form says. Raises Malformed."""
        said = read_form(self)
        weekdays = [said[f"weekday-{weekday}"] for weekday in range(planning.WEEK)]
        return NewPlan(
            on=on,
            orders=said["orders"] or 0,
            revenue={currency: said[f"revenue-{currency}"] or 0 for currency in self.currencies},
            weekdays=() if all(one is None for one in weekdays) else tuple(one or 0 for one in weekdays),
            holidays_off=said["holidays_off"],
            shares={person: said[f"person-{person}"] or 0 for person in self.people},
        )

    def revenues(self) -> list[Any]:
        """Give the fields of revenue."""
        return [self[f"revenue-{currency}"] for currency in self.currencies]

    def weekdays(self) -> list[Any]:
        """Give the fields of weekdays."""
        return [self[f"weekday-{weekday}"] for weekday in range(planning.WEEK)]

    def shares(self) -> list[Any]:
        """Give the fields of people."""
        return [self[f"person-{person}"] for person in self.people]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def see_or_set(request: HttpRequest) -> HttpResponse:
    """Show a month beside its plan; take the plan of a month from the owner."""
    subject, shop, at = asker(request), Shop.current(), timezone.now()
    query = QueryReader(request.GET, ("on",))
    on = query.day("on") or shop_day(at, shop.zone, shop.day_cutoff)
    query.finish()
    if request.method == "POST":
        new = _form(subject, plans.read(on, at=at), shop, request).read(on.replace(day=1))
        plans.set_month(new, by=subject.actor, at=at)
        say(request, _("The plan stands."))
        return done(request, path_to_plan(on))
    found = plans.read(on, at=at)
    shown = _head(found) | _figures(found, shop.currency) | {"may_set": _may_set(found, subject, at)}
    if shown["may_set"]:
        shown["form"] = _form(subject, found, shop)
    return render(request, "reports/plan/page.html", shown)


def path_to_plan(on: date) -> str:
    """Give the address of a month's plan."""
    return f"{reverse('reports-plan')}?on={on.replace(day=1)}"


def _weight(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=planning.HEAVIEST)


def _may_set(found: Progress, subject: Subject, at: datetime) -> bool:
    return subject.kind is Kind.OWNER and found.month.end > at


def _form(subject: Subject, found: Progress, shop: Shop, request: HttpRequest | None = None) -> PlanForm:
    """The form as it stands: the plan that is set, else nothing but the shop's own currency."""
    plan = found.plan
    known = Channel.objects.for_subject(subject).values_list("currency", flat=True)
    others = sorted({*known, *(plan.revenue if plan else ())} - {shop.currency})
    people = {person.pk: person.name for person in plans.people()}
    initial: dict[str, Any] = {}
    if plan:
        initial = {"orders": plan.orders, "holidays_off": plan.holidays_off}
        initial |= {f"revenue-{currency}": minor for currency, minor in plan.revenue.items()}
        initial |= {f"weekday-{day}": weight for day, weight in enumerate(plan.weekdays) if plan.by_hand}
        initial |= {f"person-{share.person_id}": share.weight for share in plan.shares.all()}
    typed = request.POST if request else None
    return PlanForm(typed, currencies=[shop.currency, *others], people=people, initial=initial)


def _head(found: Progress) -> dict[str, Any]:
    return {
        "title": telling.title_of(found.month, found.today),
        "position": found.position,
        "before": path_to_plan(previous(found.month).from_on),
        "after": path_to_plan(following(found.month).from_on),
        "plan": found.plan,
        "until": wording.short_day(found.month.from_on + (found.over - 1) * ONE_DAY, today=found.today)
        if found.over
        else "",
        "action": path_to_plan(found.month.from_on),
    }


def _figures(found: Progress, usual: str) -> dict[str, Any]:
    """The tiles, the pictures and the tables; nothing of it where nothing is planned."""
    if found.plan is None or found.orders is None:
        return {}
    courses = [("", found.orders)] if found.plan.orders else []
    courses += sorted(found.revenue.items(), key=lambda one: (one[0] != usual, one[0]))
    return {
        "tiles": [tile for currency, course in courses for tile in tiles_of(found, course, currency)],
        "pictures": [
            {"id": currency or "orders", "title": _measure(currency), "picture": draw(found, course, currency)}
            for currency, course in courses
        ],
        "heads": [_measure(currency) for currency, course in courses],
        "rows": _days(found, courses),
        "people": [
            {"name": one.name, "share": one.share, "to_date": one.to_date, "done": one.done,
             "ahead": signed(one.done - one.to_date, ""), "tone": GOOD if one.done >= one.to_date else BAD}
            for one in found.people
        ],
        "weekdays": _weekdays(found),
    }  # fmt: skip


def tiles_of(found: Progress, course: Course, currency: str) -> list[dict[str, Any]]:
    """What is reached of what is planned, what every day must bring from now on, and where it goes as it went."""
    month_is_over = found.over == len(course.days)
    reached = {
        "label": _measure(currency),
        "value": written(course.reached, currency),
        "url": "",
        "delta": signed(course.ahead, currency) if found.over else "",
        "tone": (GOOD if course.ahead >= 0 else BAD) if found.over else "",
        "note": _("beside the plan to date, of %(plan)s") % {"plan": written(course.total, currency)},
    }
    needed = {
        "label": _("Needed a day from now on"),
        "value": written(planning.needed_a_day(course, found.weights), currency),
        "url": "", "delta": "", "tone": "",
        "note": _("%(left)s are left") % {"left": written(course.left, currency)},
    }  # fmt: skip
    tiles = [reached] if month_is_over else [reached, needed]
    if course.forecast is not None and not month_is_over:
        short = course.forecast - course.total
        tiles.append(
            {"label": _("If it goes on so"), "value": written(course.forecast, currency), "url": "",
             "delta": signed(short, currency), "tone": GOOD if short >= 0 else BAD, "note": _("at the month's end")}
        )  # fmt: skip
    return tiles


def draw(found: Progress, course: Course, currency: str) -> Picture:
    """Draw what was reached on the way that was planned."""
    pieces = [day.from_on for day in days(found.month)]

    def point(on: date, value: int) -> Point:
        shown = wording.compact(value, currency) if currency else wording.number(value)
        return Point(value, wording.short_day(on, today=found.today), shown)

    reached = [point(on, value) for on, value in zip(pieces, accumulate(course.done), strict=False)]
    planned = [point(on, value) for on, value in zip(pieces, accumulate(course.days), strict=True)]
    sentence = _("Reached %(done)s of %(plan)s; %(to_date)s were planned to date.") % {
        "done": written(course.reached, currency), "plan": written(course.total, currency),
        "to_date": written(course.to_date, currency),
    }  # fmt: skip
    return charts.pace(
        str(_measure(currency)), sentence, reached, planned,
        scale=lambda value: wording.compact(value, currency) if currency else wording.number(value),
    )  # fmt: skip


def written(value: int, currency: str) -> str:
    """Write orders, or a sum of a currency."""
    return wording.money(value, currency) if currency else wording.number(value)


def signed(value: int, currency: str) -> str:
    """Write a difference with its sign."""
    return f"+{written(value, currency)}" if value > 0 else written(value, currency)


def _measure(currency: str) -> str:
    if not currency:
        return _("Orders agreed")
    return _("Net sales, %(currency)s") % {"currency": wording.SYMBOLS.get(currency, currency)}


def _days(found: Progress, courses: Sequence[tuple[str, Course]]) -> list[dict[str, Any]]:
    """Each day: what it was to bring, what it brought, or what it is to bring now that others missed theirs."""
    rows = []
    for index, day in enumerate(days(found.month)):
        cells = []
        for currency, course in courses:
            over = index < found.over
            brought = course.done[index] if over else None
            cells.append(
                {
                    "plan": written(course.days[index], currency),
                    "now": written(course.rolled[index - found.over], currency) if not over else "",
                    "done": written(brought, currency) if brought is not None else "",
                    "tone": "" if brought is None else GOOD if brought >= course.days[index] else BAD,
                }
            )
        rows.append(
            {"on": wording.short_day(day.from_on, today=found.today), "is_today": day.from_on == found.today,
             "weekday": get_day_names("abbreviated", locale=wording.locale_of())[day.from_on.weekday()],
             "is_off": not found.weights[index], "cells": cells}
        )  # fmt: skip
    return rows


def _weekdays(found: Progress) -> str:
    """Say how the weekdays weigh, as shares."""
    names = get_day_names("abbreviated", locale=wording.locale_of())
    weights = found.plan.weekdays if found.plan else []
    whole = sum(weights) or 1
    return " · ".join(
        f"{names[day]} {round(100 * weight / whole)}{wording.NBSP}%" for day, weight in enumerate(weights)
    )
