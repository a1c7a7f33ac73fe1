"""Doors of the end of a shift, and of what drivers did."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import shifts
from delivery.web.forms import ParcelForm
from orders.models import Courier, Shop
from shopdesk.base import access, periods, wording
from shopdesk.base.access import Actor
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say
from shopdesk.people.names import names_of

SPANS = {"day": (1, gettext_lazy("Today")), "week": (7, gettext_lazy("7 days")), "month": (30, gettext_lazy("30 days"))}


@require_http_methods(["GET", "HEAD", "POST"])
def shift(request: HttpRequest) -> HttpResponse:
    """Show what one of our own couriers still has in hand; scan it in."""
    subject = asker(request)
    if request.method == "POST":
        form = ParcelForm(request.POST)
        read_form(form)
        parcel = form.cleaned_data["parcel"].upper()
        became = shifts.take_in(parcel, by=subject.actor, at=timezone.now())
        words = _("Parcel %(parcel)s is inside again, for another act.")
        if became == "returning":
            words = _("Parcel %(parcel)s came back for good: it waits to be inspected.")
        say(request, words % {"parcel": parcel})
        return done(request, _path(request.POST.get("courier", "")))
    query = QueryReader(request.GET, ("courier",))
    chosen = query.text("courier")
    query.finish()
    own = Courier.objects.for_subject(subject).filter(kind=Courier.Kind.OWN, active=True).order_by("name")
    couriers = list(own)
    here = next((one for one in couriers if one.code == chosen), None) if chosen else next(iter(couriers), None)
    if chosen and here is None:
        raise Missing
    shown: dict[str, Any] = {
        "couriers": couriers,
        "here": here,
        "cash": access.may(subject, "tracking-hand-in", "POST"),
    }
    if here is not None:
        seen = shifts.see(here.code, since=_since(1))
        shown |= {"shift": seen, "purse": [wording.money(minor, code) for code, minor in seen.purse.items()]}
    return render(request, "delivery/shifts/page.html", shown)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Write down that the shift is over, and what the courier keeps."""
    subject, code = asker(request), request.POST.get("courier", "")
    if not Courier.objects.for_subject(subject).filter(pk=code).exists():
        raise Missing
    shifts.end(code, keeps=bool(request.POST.get("keeps")), by=subject.actor, at=timezone.now())
    say(request, _("The shift is over."))
    return done(request, _path(code))


@require_safe
def drivers(request: HttpRequest) -> HttpResponse:
    """Show what each driver took over, delivered and brought back, and the cash they took."""
    query = QueryReader(request.GET, ("span",))
    chosen = query.choice("span", list(SPANS), "day")
    query.finish()
    since = _since(SPANS[chosen][0])
    rows = shifts.drivers(since, timezone.now() + timedelta(seconds=1))
    names = names_of([Actor("person", row.person) for row in rows])
    shown = {
        "rows": [
            {"row": row, "name": names.get(Actor("person", row.person), "–"),
             "cash": [wording.money(minor, currency) for currency, minor in row.cash.items()]}
            for row in rows
        ],
        "spans": [(name, words, name == chosen) for name, (_days, words) in SPANS.items()],
        "reports": access.may(asker(request), "reports-section", "GET"),
    }  # fmt: skip
    return render(request, "delivery/shifts/drivers.html", shown)


def _since(days: int) -> Any:
    """The beginning of the shop's day, so many days ago."""
    shop = Shop.current()
    first = shop_day(timezone.now(), shop.zone, shop.day_cutoff) - timedelta(days=days - 1)
    return periods.day(first, shop.zone, shop.day_cutoff).start


def _path(courier: str) -> str:
    return f"{reverse('acts-shift')}?{urlencode({'courier': courier})}" if courier else reverse("acts-shift")
