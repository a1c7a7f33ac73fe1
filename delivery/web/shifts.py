"""Doors of the end of a shift, and of what drivers did."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import fines, shifts
from delivery.web.fines import FineForm
from delivery.web.forms import ParcelForm
from orders.models import Courier, JournalEvent, Shop
from shopdesk.base import access, periods, wording
from shopdesk.base.access import Actor, Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import AmountField, read_form
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say
from shopdesk.people.names import names_of

MOST_FINES = 50
SPANS = {"day": (1, gettext_lazy("Today")), "week": (7, gettext_lazy("7 days")), "month": (30, gettext_lazy("30 days"))}


class EndForm(forms.Form):
    """What was counted at the end of a shift."""

    counted_parcels = forms.IntegerField(
        label=gettext_lazy("Parcels that the courier still has, counted"), min_value=0, max_value=10_000,
        required=False,
    )  # fmt: skip
    after = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    keeps = forms.BooleanField(required=False)
    hand_in = forms.BooleanField(required=False)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["counted_cash"] = AmountField(
            label=_("Cash on the table, counted"), currency=currency, required=False, max_length=20
        )


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
    shown: dict[str, Any] = {"couriers": couriers, "here": here}
    return render(request, "delivery/shifts/page.html", shown | (_see(here, subject) if here else {}))


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Write down that the shift is over, and what the courier keeps."""
    subject, currency = asker(request), Shop.current().currency
    courier = _find(subject, request.POST.get("courier", ""))
    typed = read_form(EndForm(request.POST, currency=currency))
    if typed["hand_in"] and not access.may(subject, "tracking-hand-in", "POST"):
        raise Missing
    counted = shifts.Counted(typed["counted_parcels"], typed["counted_cash"], currency, typed["after"])
    shifts.close(
        courier.code, counted, keeps=typed["keeps"], hand_in=typed["hand_in"], by=subject.actor, at=timezone.now()
    )
    say(request, _("The shift is over."))
    return done(request, _path(courier.code))


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


def _see(courier: Courier, subject: Subject) -> dict[str, Any]:
    """Read the page of one courier. What cash it should have is told only after somebody counted it."""
    since, currency = _since(1), Shop.current().currency
    seen, tied = shifts.see(courier.code, since=since), shifts.tie_out(courier.code, since=since)
    people = fines.drivers_of(courier.code).values_list("pk", "name")
    owed = fines.owed_by(courier.code)
    return {
        "shift": seen,
        "tied": tied,
        "taken": _sums(tied.cash_taken),
        "home": _sums(tied.cash_home),
        "ended": _tell_end(seen.ended) if seen.ended else None,
        "end_form": EndForm(currency=currency),
        "cash": access.may(subject, "tracking-hand-in", "POST"),
        "fines": fines.open_of(courier.code)[:MOST_FINES],
        "owed": _sums(owed),
        "fine_form": FineForm(currency=currency, people=list(people)),
    }


def _tell_end(event: JournalEvent) -> dict[str, Any]:
    """What was written down when the shift ended: the books, what was counted, and both differences."""
    data = event.data
    currency = data.get("counted_in", "")
    told: dict[str, Any] = {
        "at": event.at, "parcels": len(data["parcels"]), "cash": _sums(data["cash"]),
        "counted_parcels": data.get("counted_parcels"), "parcels_differ": data.get("parcels_differ"),
    }  # fmt: skip
    if currency:
        told |= {
            "counted_cash": wording.money(data["counted_cash"], currency), "cash_differs": data["cash_differs"],
            "cash_differs_by": wording.money(data["cash_differs"], currency),
        }  # fmt: skip
    return told


def _sums(by_currency: dict[str, int]) -> list[str]:
    return [wording.money(minor, currency) for currency, minor in by_currency.items()]


def _find(subject: Subject, code: str) -> Courier:
    row = Courier.objects.for_subject(subject).filter(pk=code).first()
    if row is None:
        raise Missing
    return row


def _since(days: int) -> Any:
    """The beginning of the shop's day, so many days ago."""
    shop = Shop.current()
    first = shop_day(timezone.now(), shop.zone, shop.day_cutoff) - timedelta(days=days - 1)
    return periods.day(first, shop.zone, shop.day_cutoff).start


def _path(courier: str) -> str:
    return f"{reverse('acts-shift')}?{urlencode({'courier': courier})}" if courier else reverse("acts-shift")
