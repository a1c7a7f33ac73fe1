"""Doors of tries in vain and of waybills: what is decided about each, and which numbers are missing."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from delivery import failures, queues, waybills
from delivery.models import Shipment, Waybill
from delivery.web.telling import tell_reason
from orders import slots
from orders.models import Order
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.strict import QueryReader, form_identifier
from shopdesk.base.toasts import say

SHOWN = 100
DAYS = 5
PARTS = {"text": "address_text", "city": "address_city", "postcode": "address_postcode", "notes": "address_notes"}


class AddressForm(forms.Form):
    """Where to instead."""

    city = TextField(label=gettext_lazy("City"), required=False, max_length=150)
    postcode = TextField(label=gettext_lazy("Postcode"), required=False, max_length=20)
    text = TextField(label=gettext_lazy("Street, house, flat"), required=False, max_length=1_000)
    notes = TextField(label=gettext_lazy("Note for the courier"), required=False, max_length=1_000)


class Failure(View):
    """One try in vain and what may be decided about it."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show why, which try it was, until when somebody decides, and the hours that are free."""
        shipment = _find(asker(request), number)
        found = failures.look([shipment])[0]
        order, at = shipment.order, timezone.now()
        offers = slots.offers(shipment.courier_id, at=at, days=DAYS)
        shown = {
            "order": order, "failure": found, "reason": tell_reason(found.reason), "late": found.decide_by < at,
            "offers": [(one, f"{one.on}/{one.hours}") for one in offers if one.is_open and one.left],
            "has_hours": bool(offers), "first": slots.first_day(shipment.courier, at=at),
            "form": AddressForm(initial={name: getattr(order, column) for name, column in PARTS.items()}),
            "waits": shipment.state == failures.FAILED,
        }  # fmt: skip
        return render(request, "delivery/tracking/failure.html", shown)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        """Decide: again, elsewhere or back."""
        subject = asker(request)
        _find(subject, number)
        what, at = request.POST.get("what", ""), timezone.now()
        if what == "again":
            on, hours = read_slot(request.POST.get("slot", "") or request.POST.get("on", ""))
            failures.try_again(number, on=on, hours=hours, by=subject.actor, at=at)
        elif what == "address":
            form = AddressForm(request.POST)
            read_form(form)
            address = {column: form.cleaned_data[name] for name, column in PARTS.items()}
            failures.go_elsewhere(number, address, by=subject.actor, at=at)
        elif what == "back":
            failures.bring_back(number, by=subject.actor, at=at)
        else:
            raise Malformed([FieldError("/what", "unknown", _("Choose what to do."))])
        say(request, _("Order %(number)s: decided.") % {"number": number})
        return done(request, reverse("tracking") + "?view=failed")


@require_safe
def list_waybills(request: HttpRequest) -> HttpResponse:
    """Show waybills that were refused or keep us waiting, and those whose parcels the courier never got."""
    subject = asker(request)
    query = QueryReader(request.GET, ("view",))
    query.text("view")
    query.finish()
    mine = Waybill.objects.for_subject(subject).values("pk")
    shown = {
        "without": list(queues.without_number().filter(pk__in=mine)[:SHOWN]),
        "never": list(queues.never_accepted(timezone.now()).filter(pk__in=mine)[:SHOWN]),
    }
    return render(request, "delivery/tracking/waybills.html", shown)


@require_POST
def set_waybill(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the courier for a number, write one down from its paper, or take it back."""
    subject, at, what = asker(request), timezone.now(), request.POST.get("what", "")
    if not Order.objects.for_subject(subject).filter(pk=number).exists():
        raise Missing
    if what == "wish":
        waybills.wish(number, by=subject.actor, at=at)
    elif what == "back":
        waybills.take_back(number, by=subject.actor, at=at)
    else:
        typed = form_identifier(request.POST.get("number", ""), pointer="/number", max_length=64)
        if not typed:
            raise Malformed([FieldError("/number", "required", _("Type the number from the courier's paper."))])
        waybills.write_down(number, typed, by=subject.actor, at=at)
    say(request, _("Order %(number)s: noted.") % {"number": number})
    return done(request, reverse("orders-card", args=[number]))


def read_slot(text: str) -> tuple[date | None, str]:
    """Read "2026-11-24/10:00-14:00", or a day alone; nothing for as it comes. Raises Malformed."""
    day, _slash, hours = text.partition("/")
    if not day:
        return None, ""
    try:
        return date.fromisoformat(day), hours[:20]
    except ValueError:
        raise Malformed([FieldError("/slot", "invalid_type", _("Choose a day and hours."))]) from None


def _find(subject: Subject, number: int) -> Shipment:
    row = Shipment.objects.for_subject(subject).select_related("order", "courier").filter(order=number).first()
    if row is None:
        raise Missing
    return row
