"""Doors of the counter: orders given out to those who come for them, parcels that our courier brought back."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from delivery import handoff
from delivery.web.forms import CodeForm, ParcelForm, TakenForm
from orders.models import Order, Parcel
from orders.status import Status
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say

SHOWN = 50
# O-10403 of a packing slip, P-10403-1 of a label, or the number as the customer says it.
ORDER_CODE = re.compile(r"(?:O-|P-|№\s*)?(\d{1,18})(?:-\d+)?", re.IGNORECASE)


class NothingToGiveOut(DomainError):
    """The code means no sealed order."""

    sentence = gettext_lazy("No sealed order has the number %(code)s.")
    next_step = gettext_lazy("Look into the order list: it may not be packed yet, or be with a courier.")


@require_http_methods(["GET", "HEAD"])
def counter(request: HttpRequest) -> HttpResponse:
    """Show what waits to be picked up, and the order whose number was scanned."""
    subject = asker(request)
    shown: dict[str, Any] = {"waiting": _waiting(subject)}
    if request.GET.get("code", "").strip():
        form = CodeForm(request.GET)
        read_form(form)
        shown |= _show(_find(subject, form.cleaned_data["code"]))
    return answer(request, "delivery/counter/page.html", shown, fragment="delivery/counter/_counter.html")


@require_http_methods(["POST"])
def give_out(request: HttpRequest, number: int) -> HttpResponse:
    """Give an order to its customer and take what is due."""
    subject = asker(request)
    order = Order.objects.for_subject(subject).filter(pk=number).first()
    if order is None:
        raise Missing
    form = TakenForm(request.POST, currency=order.currency)
    if not form.is_valid():
        shown = _show(order, form) | {"waiting": _waiting(subject)}
        return answer(request, "delivery/counter/page.html", shown, fragment="delivery/counter/_counter.html")
    handoff.give_out(number, taken_minor=form.cleaned_data["taken"], by=subject.actor, at=timezone.now())
    say(request, _("Order %(number)s is given out.") % {"number": number})
    return done(request, reverse("acts-counter"))


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest) -> HttpResponse:
    """Scan in what our own courier brought back for another day."""
    subject = asker(request)
    if request.method == "POST":
        form = ParcelForm(request.POST)
        read_form(form)
        parcel = form.cleaned_data["parcel"].upper()
        handoff.bring_back([parcel], by=subject.actor, at=timezone.now())
        say(request, _("Parcel %(parcel)s is inside again, for another act.") % {"parcel": parcel})
        return done(request, reverse("acts-back"))
    out = Parcel.objects.for_subject(subject).filter(state=Parcel.State.OUT, order__shipment__courier__kind="own")
    out = out.exclude(in_hands_of="").select_related("order__shipment__courier")
    shown = {"rows": list(out.order_by("in_hands_of", "number")[:SHOWN])}
    return answer(request, "delivery/counter/back.html", shown, fragment="delivery/counter/_back.html")


def _waiting(subject: Subject) -> list[Order]:
    """Sealed orders that their customers come for, the oldest first."""
    rows = Order.objects.for_subject(subject).filter(status=Status.PACKED, delivery_method=Order.Delivery.PICKUP)
    return list(rows.order_by("status_at")[:SHOWN])


def _find(subject: Subject, code: str) -> Order:
    found = ORDER_CODE.fullmatch(code)
    order = None
    if found:
        sealed = Order.objects.for_subject(subject).filter(status=Status.PACKED)
        order = sealed.filter(number=int(found.group(1))).first()
    if order is None:
        raise NothingToGiveOut(detail={"code": code[:40]})
    return order


def _show(order: Order, form: TakenForm | None = None) -> dict[str, Any]:
    due = order.due_minor
    return {
        "order": order,
        "due": due,
        "lines": order.lines.order_by("position"),
        "parcels": order.parcels.filter(state=Parcel.State.INSIDE).order_by("position"),
        "form": form or TakenForm(currency=order.currency, initial={"taken": due}),
    }
