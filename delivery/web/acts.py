"""Doors of acts: what waits for one, building it parcel by parcel, closing it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import handoff, loading
from delivery.models import Handoff
from delivery.web.forms import NewActForm, ParcelForm
from delivery.web.seeing import OPEN, find_act, see_closed, see_open
from delivery.web.telling import ACT_TONES
from orders.models import Courier, Order, Parcel, Shop
from orders.queues import capped
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.formfields import read_form
from shopdesk.base.paging import read_page
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

State = Handoff.State
Acts = QuerySet[Handoff]
SIGNED = (State.CLOSED, State.ACCEPTED, State.DIFFERENT)
PARCELS_AT_ONCE = 1_000
VIEWS: dict[str, tuple[Any, Callable[[Acts], Acts]]] = {
    "open": (gettext_lazy("Being loaded"), lambda rows: rows.filter(state__in=OPEN)),
    "closed": (gettext_lazy("Wait for the courier"), lambda rows: rows.filter(state=State.CLOSED)),
    "different": (gettext_lazy("With differences"), lambda rows: rows.filter(state=State.DIFFERENT)),
    "unsigned": (gettext_lazy("Without a signed copy"), lambda rows: rows.filter(state__in=SIGNED, copies=None)),
    "all": (gettext_lazy("All acts"), lambda rows: rows),
}


@require_safe
def list_acts(request: HttpRequest) -> HttpResponse:
    """Show what waits for an act, and the acts."""
    subject, at = asker(request), timezone.now()
    query = QueryReader(request.GET, ("view", "cursor"))
    view = query.choice("view", list(VIEWS), "all")
    mine: Acts = Handoff.objects.for_subject(subject)
    page = read_page(VIEWS[view][1](mine).select_related("courier"), query, key="number")
    keep = {} if view == "all" else {"view": view}
    shown = {
        "waiting": _waiting(subject, _today(at)),
        "today": _today(at),
        "tabs": [
            {"name": name, "words": words, "count": None if name == "all" else capped(narrow(mine))}
            for name, (words, narrow) in VIEWS.items()
        ],
        "view": view,
        "rows": _rows(subject, page.rows),
        "older": f"?{urlencode(keep | {'cursor': page.next})}" if page.next else "",
        "newer": f"{reverse('acts')}?{urlencode(keep)}" if query.text("cursor") else "",
    }
    return render(request, "delivery/acts/page.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def open_act(request: HttpRequest) -> HttpResponse:
    """Open an act, empty or with all that waits for this courier."""
    subject, at = asker(request), timezone.now()
    couriers = list(Courier.objects.for_subject(subject).filter(active=True).order_by("name").values_list("pk", "name"))
    form = NewActForm(request.POST or None, couriers=couriers, initial={"ship_on": _today(at), "whole": True})
    if not form.is_valid():
        return answer(request, "delivery/acts/new.html", {"form": form}, fragment="delivery/acts/_new.html")
    asked = form.cleaned_data
    new = handoff.NewAct(asked["courier"], asked["ship_on"], _numbers(asked) if asked["whole"] else ())
    act = handoff.open_act(new, by=subject.actor, at=at)
    return done(request, reverse("acts-card", args=[act.number]))


@require_safe
def see_act(request: HttpRequest, number: int) -> HttpResponse:
    """Show an act: being loaded, or closed and settled parcel by parcel."""
    subject = asker(request)
    query = QueryReader(request.GET, ("all",))
    whole = query.choice("all", ["1"]) == "1"
    query.finish()
    return _show(request, find_act(subject, number), whole=whole)


@require_POST
def put_on(request: HttpRequest, number: int) -> HttpResponse:
    """Put a scanned parcel on the act, or with `all` everything that still waits for it."""
    subject = asker(request)
    act = find_act(subject, number)
    if "all" in request.POST:
        waiting = loading.to_go(act.courier_id, act.ship_on, act.location_id)
        numbers = list(waiting.values_list("number", flat=True)[:PARCELS_AT_ONCE])
    else:
        numbers = [_parcel(request)]
    handoff.add(number, numbers, by=subject.actor, at=timezone.now())
    if not is_htmx(request):
        return done(request, reverse("acts-card", args=[number]))
    return _show(request, act, last=numbers[-1] if len(numbers) == 1 else "")


@require_POST
def take_off(request: HttpRequest, number: int) -> HttpResponse:
    """Take a parcel off the act; the toast puts it back."""
    subject = asker(request)
    act = find_act(subject, number)
    parcel = _parcel(request)
    handoff.remove(number, [parcel], by=subject.actor, at=timezone.now())
    undo = f"{reverse('acts-parcels', args=[number])}?{urlencode({'parcel': parcel})}"
    say(request, _("Parcel %(parcel)s is off the act.") % {"parcel": parcel}, undo=undo)
    return _show(request, act) if is_htmx(request) else done(request, reverse("acts-card", args=[number]))


@require_POST
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close the act: from now on it never changes."""
    subject = asker(request)
    find_act(subject, number)
    act = handoff.close(number, by=subject.actor, at=timezone.now())
    words = ngettext(
        "Act %(number)s is closed: %(places)s place.", "Act %(number)s is closed: %(places)s places.", act.places
    )
    say(request, words % {"number": number, "places": act.places})
    return done(request, reverse("acts-card", args=[number]))


def _show(request: HttpRequest, act: Handoff, *, whole: bool = False, last: str = "") -> HttpResponse:
    at = timezone.now()
    subject = asker(request)
    if act.state in OPEN:
        shown = see_open(act, subject, at, whole=whole) | {"last": last}
        return answer(request, "delivery/acts/loading.html", shown, fragment="delivery/acts/_loading.html")
    shown = see_closed(act, subject, whole=whole)
    return answer(request, "delivery/acts/closed.html", shown, fragment="delivery/acts/_closed.html")


def _waiting(subject: Subject, today: date) -> list[dict[str, Any]]:
    """By courier: how many sealed parcels are on no act, how many of them should go today, what cash they carry."""
    sealed = Parcel.objects.for_subject(subject).filter(state=Parcel.State.INSIDE, on_act=Parcel.OnAct.NONE)
    outside = sealed.exclude(order__delivery_method=Order.Delivery.PICKUP)
    names = ("order__courier", "order__courier__name", "order__courier__cutoff", "order__currency")
    due = Q(order__ship_on__lte=today) | Q(order__ship_on=None)
    rows = outside.values(*names).annotate(n=Count("pk"), due=Count("pk", filter=due), cod=Sum("cod_minor"))
    return [
        {"courier": row[names[0]], "name": row[names[1]], "cutoff": row[names[2]], "currency": row[names[3]]}
        | {"n": row["n"], "due": row["due"], "cod": row["cod"]}
        for row in rows.order_by("order__courier__cutoff", "order__courier")
    ]


def _rows(subject: Subject, acts: Any) -> list[dict[str, Any]]:
    """Acts with their figures: an open one's as they are now."""
    here = Handoff.objects.for_subject(subject).filter(pk__in=[act.pk for act in acts])
    figures = {
        row["number"]: row
        for row in here.order_by().values("number").annotate(
            n=Count("lines"), weight=Sum("lines__weight_g"), cod=Sum("lines__cod_minor"),
            left=Count("lines", filter=Q(lines__state="on")),
            away=Count("lines", filter=Q(lines__state__in=["missing", "rejected"])),
        )
    }  # fmt: skip
    signed = set(here.exclude(copies=None).values_list("number", flat=True))
    return [
        {"act": act, "tone": ACT_TONES[State(act.state)], "signed": act.number in signed} | figures[act.number]
        for act in acts
    ]


def _numbers(asked: dict[str, Any]) -> list[str]:
    """What waits for the courier whose act is opened."""
    waiting = loading.to_go(asked["courier"], asked["ship_on"])
    return list(waiting.values_list("number", flat=True)[:PARCELS_AT_ONCE])


def _parcel(request: HttpRequest) -> str:
    """The number that was scanned; an undo carries it in its address."""
    form = ParcelForm(request.POST if "parcel" in request.POST else request.GET)
    read_form(form)
    number: str = form.cleaned_data["parcel"]
    return number.upper()


def _today(at: datetime) -> date:
    shop = Shop.current()
    return shop_day(at, shop.zone, shop.day_cutoff)
