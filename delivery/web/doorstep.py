"""Doors of the courier at the customer's door: delivered whole or in part, refused, nobody there."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from delivery import failures, rounds, tracking
from delivery.web.courier import find_stop, show_stop
from delivery.web.failures import read_slot
from delivery.web.forms import SayForm, TakenForm
from delivery.web.telling import FAILED, REFUSED
from shopdesk.base import wording
from shopdesk.base.access import Actor, Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, FieldError, Malformed
from shopdesk.base.formfields import read_form
from shopdesk.base.money import from_minor
from shopdesk.base.toasts import say

SAID_LATE = timedelta(days=3)  # a phone that was off for longer shows nothing of today's round


class SaidTooLate(DomainError):
    """Kept on a phone for days."""

    sentence = gettext_lazy("This was said more than three days ago.")
    next_step = gettext_lazy("Tell the manager what happened.")


def once(door: Callable[[HttpRequest, int], HttpResponse]) -> Callable[[HttpRequest, int], HttpResponse]:
    """Answer as before what was said before: a phone whose network went in between says it again."""

    @wraps(door)
    def answer_once(request: HttpRequest, number: int) -> HttpResponse:
        said = request.POST.get("event_id", "")
        if said and rounds.was_said(number, asker(request).code, said[:58]):
            return done(request, reverse("courier"))
        return door(request, number)

    return answer_once


@require_POST
@once
def deliver(request: HttpRequest, number: int) -> HttpResponse:
    """The customer keeps everything and pays."""
    subject = asker(request)
    stop = find_stop(subject, number)
    form, money = SayForm(request.POST), TakenForm(request.POST, currency=stop.order.currency)
    read_form(form)
    read_form(money)
    taken = money.cleaned_data["taken"]
    _say(subject, stop, "delivered", form, taken=taken)
    say(request, _tell(_("Order %(number)s is delivered."), stop, taken))
    return done(request, reverse("courier"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@once
def deliver_part(request: HttpRequest, number: int) -> HttpResponse:
    """The customer keeps some pieces; what is to be taken follows the choice."""
    subject = asker(request)
    stop = find_stop(subject, number)
    rounds.refuse_in_part(stop, subject.code)
    kept = _kept(request, stop)
    due = rounds.due_at_door(stop, kept)
    if "event_id" not in request.POST:
        money = TakenForm(currency=stop.order.currency, initial={"taken": due})
        items = [(item, f"item-{item.pk}", kept[item.pk]) for parcel in stop.parcels for item in parcel.items.all()]
        shown = show_stop(stop, asker(request)) | {"items": items, "due": due, "taken": money}
        return answer(request, "delivery/courier/part.html", shown, fragment="delivery/courier/_part.html")
    form, money = SayForm(request.POST, reasons=REFUSED), TakenForm(request.POST, currency=stop.order.currency)
    read_form(form)
    read_form(money)
    taken = money.cleaned_data["taken"]
    _say(subject, stop, "delivered", form, taken=taken, kept=kept)
    say(request, _tell(_("Order %(number)s is delivered in part; the rest goes back."), stop, taken))
    return done(request, reverse("courier"))


@require_POST
@once
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    """The customer wants none of it: all of it goes back."""
    subject = asker(request)
    stop = find_stop(subject, number)
    form = SayForm(request.POST, reasons=REFUSED)
    read_form(form)
    _say(subject, stop, "returning", form)
    say(request, _("Order %(number)s is refused. Bring it back to the shop.") % {"number": number})
    return done(request, reverse("courier"))


@require_POST
@once
def fail(request: HttpRequest, number: int) -> HttpResponse:
    """It could not be delivered today: it stays in hand."""
    subject = asker(request)
    stop = find_stop(subject, number)
    form = SayForm(request.POST, reasons=FAILED)
    read_form(form)
    on, hours = read_slot(request.POST.get("next", ""))
    _say(subject, stop, "delivery_failed", form)
    if on is not None:  # what was agreed at the door; when it cannot be kept, the try stands noted all the same
        failures.try_again(number, on=on, hours=hours, by=Actor("courier", subject.person), at=timezone.now())
    say(request, _("Noted: order %(number)s was not delivered. It stays with you.") % {"number": number})
    return done(request, reverse("courier"))


def _say(
    subject: Subject,
    stop: rounds.Stop,
    code: str,
    form: SayForm,
    *,
    taken: int = 0,
    kept: Mapping[int, int] | None = None,
) -> None:
    """Say the same of every parcel of the stop. The sum stands on the first one, the others bring none."""
    now = timezone.now()
    at = form.cleaned_data["said_at"] or now
    if at < now - SAID_LATE:
        raise SaidTooLate
    events = []
    for place, parcel in enumerate(stop.parcels):
        pieces = [(item.line.sku, kept[item.pk]) for item in parcel.items.all()] if kept is not None else None
        sum_here = Decimal(from_minor(0 if place else taken, stop.order.currency)) if code == "delivered" else None
        events.append(
            tracking.CourierEvent(
                f"{form.cleaned_data['event_id']}-{parcel.number}", parcel.number, code, at, cod_taken=sum_here,
                delivered=pieces, reason=form.cleaned_data.get("reason", ""),
            )
        )  # fmt: skip
    # What a courier's person says is said by the courier.
    tracking.take_in(subject.code, events, by=Actor("courier", subject.person), at=now)


def _kept(request: HttpRequest, stop: rounds.Stop) -> dict[int, int]:
    """How many pieces of each parcel item stay; all of them until somebody says otherwise. Raises Malformed."""
    source = request.POST if request.method == "POST" else request.GET
    kept = {}
    for parcel in stop.parcels:
        for item in parcel.items.all():
            text = source.get(f"item-{item.pk}", str(item.quantity)).strip()
            if not (text.isascii() and text.isdigit() and len(text) < 7) or int(text) > item.quantity:
                wrong = _("%(sku)s: from 0 to %(most)s.") % {"sku": item.line.sku, "most": item.quantity}
                raise Malformed([FieldError(f"/item-{item.pk}", "max_value", wrong)])
            kept[item.pk] = int(text)
    return kept


def _tell(sentence: str, stop: rounds.Stop, taken: int) -> str:
    words: dict[str, Any] = {"number": stop.order.number}
    told = sentence % words
    return f"{told} {wording.money(taken, stop.order.currency)}" if taken else told
