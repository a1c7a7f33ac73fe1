"""Doors of a courier's phone: acts to accept, the next door, who is there, the money in the pocket."""

import secrets
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import handoff, proofs, rounds
from delivery.models import Handoff, HandoffLine
from delivery.web.forms import TakenForm
from delivery.web.proofs import keep_what_came
from delivery.web.seeing import find_act
from delivery.web.telling import FAILED, REFUSED
from orders import slots
from orders.models import Courier, Order, Shop
from shopdesk.base import masks, periods, wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.strict import QueryReader, form_identifier
from shopdesk.base.toasts import say

MOST_ACTS = 20
MOST = 1_000
DAYS = 4  # ahead, in which another try is offered


@require_safe
@never_cache
def my_round(request: HttpRequest) -> HttpResponse:
    """Show the courier's own day: acts to accept, the door that is next or was chosen, the ones after, the cash."""
    subject, at = asker(request), timezone.now()
    query = QueryReader(request.GET, ("stop",))
    number = query.whole("stop", 0)
    query.finish()
    found = rounds.stops(subject.code)
    here = next((stop for stop in found if stop.order.number == number), None) if number else None
    if number and here is None:
        raise Missing
    here = here or (found[0] if found else None)
    then = [stop for stop in found if stop is not here]
    shown = _day(subject, at) | {"then": then, "turn": found.index(here) + 1 if here else 0, "stops": len(found)}
    shown |= {"then_due": _by_currency(then)} | (show_stop(here, subject) if here else {})
    return render(request, "delivery/courier/page.html", shown)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Give the phone what keeps the round for when there is no network; it may look after the round and no more."""
    shown = {"round": reverse("courier")}
    response = render(request, "delivery/courier/worker.js", shown, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = reverse("courier")
    response["Cache-Control"] = "no-cache"
    return response


@require_POST
def reveal(request: HttpRequest, number: int) -> HttpResponse:
    """Show one phone, and note that it was looked at."""
    subject = asker(request)
    phone = rounds.reveal_phone(number, subject.code, by=subject.actor, at=timezone.now())
    shown = {"phone": phone, "words": wording.phone(phone), "number": number}
    return answer(request, "delivery/courier/phone.html", shown, fragment="delivery/courier/_phone.html")


@require_safe
@never_cache
def my_act(request: HttpRequest, number: int) -> HttpResponse:
    """Show an act to be counted, parcel by parcel."""
    act = find_act(asker(request), number)
    return answer(request, "delivery/courier/act.html", _show_act(act), fragment="delivery/courier/_act.html")


@require_POST
def accept(request: HttpRequest, number: int) -> HttpResponse:
    """Say what was there: one scanned parcel, or all at once: what is ticked was there, the rest was not."""
    subject = asker(request)
    act = find_act(subject, number)
    state = HandoffLine.State
    left = list(act.lines.filter(state=state.ON).values_list("parcel__number", flat=True)[:MOST])
    if "scanned" in request.POST:
        said = handoff.Acceptance(accepted=[_number(request.POST["scanned"])])
    else:
        there = {_number(text) for text in request.POST.getlist("parcel")[:MOST]}
        extra = [_number(text) for text in request.POST.getlist("extra") if text.strip()]
        missing = [number for number in left if number not in there]
        said = handoff.Acceptance([number for number in left if number in there], missing, extra)
    keep_what_came(request, number, subject.actor)
    settled = handoff.accept(number, said, by=subject.actor, at=timezone.now())
    if "scanned" in request.POST and is_htmx(request) and settled.state == Handoff.State.CLOSED:
        return render(request, "delivery/courier/_act.html", _show_act(settled) | {"last": said.accepted[0]})
    say(request, _("Act %(number)s is %(state)s.") % {"number": number, "state": settled.get_state_display()})
    return done(request, reverse("courier"))


def find_stop(subject: Subject, number: int) -> rounds.Stop:
    """Give a door of this courier's round. Raises Missing."""
    found = rounds.stops(subject.code, number)
    if not found:
        raise Missing
    return found[0]


def show_stop(stop: rounds.Stop, subject: Subject) -> dict[str, Any]:
    """What the courier sees of a door: who, where, what to take; the phone masked."""
    order = stop.order
    phone = order.contact_phone or order.contact_phone_raw
    return {
        "stop": stop,
        "order": order,
        "who": masks.show(subject, "order.name", order.contact_name),
        "address": _address(order),
        "phone": masks.show(subject, "order.phone", phone),
        "by_card": order.payment_method == Order.PaidBy.CARD_ON_DELIVERY,
        "taken": TakenForm(currency=order.currency, initial={"taken": stop.due_minor}),
        "failed": FAILED,
        "refused": REFUSED,
        "event_id": new_event(),
        "take_back": rounds.to_take_back(order),
        "whole_only": Courier.objects.for_subject(subject).filter(delivers_in_part=False).exists(),
        "next_hours": [
            one for one in slots.offers(subject.code, at=timezone.now(), days=DAYS) if one.is_open and one.left
        ],
    }


def new_event() -> str:
    """Give an id for what will be said with a form: sent twice, it is said once."""
    return secrets.token_hex(8)


def _day(subject: Subject, at: datetime) -> dict[str, Any]:
    """The acts that wait for this courier, what was delivered today, the cash in the pocket."""
    shop = Shop.current()
    closed = Handoff.objects.for_subject(subject).filter(state=Handoff.State.CLOSED)
    today = periods.day(periods.shop_day(at, shop.zone, shop.day_cutoff), shop.zone, shop.day_cutoff)
    purse = rounds.in_purse(subject.code)
    return {
        "acts": list(closed.order_by("number")[:MOST_ACTS]),
        "purse": [wording.money(minor, currency) for currency, minor in purse.items()],
        "delivered": rounds.done_since(subject.code, today.start),
        "shop_currency": shop.currency,
    }


def _show_act(act: Handoff) -> dict[str, Any]:
    lines = list(act.lines.select_related("parcel__order").order_by("parcel__order_id", "parcel__position")[:MOST])
    state = HandoffLine.State
    return {
        "act": act,
        "left": [line for line in lines if line.state == state.ON],
        "taken": [line for line in lines if line.state == state.ACCEPTED],
        "away": [line for line in lines if line.state in (state.MISSING, state.REJECTED)],
        "total": len(lines),
        "code": proofs.code_of(act) if act.state == Handoff.State.CLOSED else "",
    }


def _by_currency(stops: list[rounds.Stop]) -> list[str]:
    """What is to be taken at these doors, written by currency."""
    sums: dict[str, int] = {}
    for stop in stops:
        sums[stop.order.currency] = sums.get(stop.order.currency, 0) + stop.due_minor
    return [wording.money(minor, currency) for currency, minor in sums.items() if minor]


def _address(order: Order) -> list[str]:
    """Where to, in lines; the customer's own text where its parts are not known."""
    flat = _("flat %(flat)s") % {"flat": order.address_flat} if order.address_flat else ""
    street = ", ".join(part for part in (order.address_street, order.address_house, flat) if part)
    if not street:
        street = order.address_text
    return [line for line in (order.address_city, street) if line]


def _number(text: str) -> str:
    number = form_identifier(text, max_length=40).upper()
    if not number:
        raise Malformed([FieldError("/parcel", "required", _("Scan a parcel, or tick it in the list."))])
    return number
