"""Doors of the call desk: the conversation one is in, the next one, how it ended, and what waits meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import calls, sayings, scripts
from orders.models import CallTask, Outcome, Shop
from orders.status import CancelReason, Status
from orders.web.callcard import AGREES, see_pause, see_talk
from orders.web.callorder import find_task, person_form, refuse_unkept
from orders.web.callwords import tell_done
from orders.web.edit import as_typed
from orders.web.supervising import see_presence
from orders.web.telling import Moment
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.formfields import IdentifierField, TextField, read_form
from shopdesk.base.strict import clean_form_text
from shopdesk.base.toasts import say

BEGAN = "call_began"
# What takes an outcome back: a path of the order's card.
UNDO = {Status.CONFIRMED: "orders-card-agreement", Status.CANCELLED: "orders-card-reopening"}


class OutcomeForm(forms.Form):
    """How a call ended. The hour of a callback is on the customer's clock: typed, or one of those offered."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": gettext_lazy("Say what the call came to.")}
    )
    reason = forms.ChoiceField(choices=CancelReason.choices, required=False)
    note = TextField(required=False, max_length=4_000)
    token = IdentifierField(required=False, max_length=32)
    hour = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])
    typed_hour = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    asked_by_customer = forms.BooleanField(required=False)


class SkipForm(forms.Form):
    """Why a call is left for later."""

    why = TextField(max_length=300, error_messages={"required": gettext_lazy("Say why it is left for later.")})


@require_safe
@never_cache
def call_desk(request: HttpRequest) -> HttpResponse:
    """Show the conversation one is in, else what waits."""
    subject, at = asker(request), timezone.now()
    talk = calls.see_conversation(subject.person, at=at)
    if talk is None:
        shown = see_pause(subject, at=at) | see_presence(request)
        return answer(request, "orders/calls/page.html", shown, fragment=_BOARD)
    wanted = request.GET.get("task", "")
    task = next((one for one in talk.tasks if str(one.pk) == wanted), talk.task)
    shown = see_talk(talk, task, subject, Moment.of(at)) | {"began": _began(request, talk.token, at)}
    if task.order is not None:
        shown["form"] = person_form(request, initial=as_typed(task.order))
    return render(request, "orders/calls/talk.html", shown)


_BOARD = "orders/calls/_board.html"


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the next call; when nobody is to be rung, the desk says so and when."""
    at = timezone.now()
    try:
        talk = calls.take_next(asker(request).person, at=at)
    except calls.NothingDue:
        return done(request, reverse("calls"))
    if request.session.get(BEGAN, ["", ""])[0] != talk.token:
        request.session[BEGAN] = [talk.token, at.isoformat()]
    return done(request, reverse("calls"))


@require_POST
def settle(request: HttpRequest, task_id: int) -> HttpResponse:
    """Note how the call ended, for its order and for each other one that was settled in it."""
    task = find_task(request, task_id)
    form = OutcomeForm(request.POST)
    read_form(form)
    said = form.cleaned_data
    refuse_unkept(request, task, said["outcome"])
    scripts.refuse_unread(task, said["outcome"], request.POST.getlist("read_back"))
    attempt = calls.NewAttempt(
        outcome=said["outcome"], note=said["note"], reason=said["reason"] or "",
        callback_at=_on_their_clock(said["hour"] or said["typed_hour"], task),
        asked_by_customer=said["asked_by_customer"], orders=_read_others(request),
    )  # fmt: skip
    subject = asker(request)
    results = calls.settle(
        task_id, attempt, by=subject.actor, person=subject.person, at=timezone.now(), token=said["token"]
    )
    _tell(request, task, results)
    return done(request, reverse("calls"))


@require_POST
def skip(request: HttpRequest, task_id: int) -> HttpResponse:
    """Leave the call for later, with the reason."""
    find_task(request, task_id)
    form = SkipForm(request.POST)
    read_form(form)
    subject = asker(request)
    calls.skip(task_id, form.cleaned_data["why"], by=subject.actor, person=subject.person, at=timezone.now())
    say(request, _("Left for later. It comes again in ten minutes."))
    return done(request, reverse("calls"))


@require_POST
def keep(request: HttpRequest, task_id: int) -> HttpResponse:
    """Keep the conversation for another while. One that ran out is said so, without taking the hand off the note."""
    find_task(request, task_id)
    try:
        until = calls.heartbeat(task_id, person=asker(request).person, at=timezone.now())
    except calls.NotYourCall:
        lost = {"is_lost": True, "task_id": task_id, "holder": calls.who_has(task_id, at=timezone.now())}
        return render(request, "orders/calls/_lease.html", lost)
    return render(request, "orders/calls/_lease.html", {"until": until, "task_id": task_id})


def _began(request: HttpRequest, token: str, at: datetime) -> datetime:
    """When the conversation began; one that was taken elsewhere begins when it is seen."""
    kept, began = request.session.get(BEGAN, ["", ""])
    return datetime.fromisoformat(began) if kept == token else at


def _on_their_clock(hour: datetime | None, task: CallTask) -> datetime | None:
    """The hour as it was typed, on the customer's clock."""
    return hour and hour.replace(tzinfo=ZoneInfo(task.zone or Shop.current().zone))


def _read_others(request: HttpRequest) -> list[calls.OrderOutcome]:
    """What the call came to for other orders: parallel lists of number and outcome, a reason after a colon."""
    found = []
    for number, said in zip(request.POST.getlist("also"), request.POST.getlist("also_outcome"), strict=False):
        outcome, _colon, reason = clean_form_text(said).partition(":")
        if not outcome:
            continue
        is_right = outcome in Outcome.values and (not reason or reason in CancelReason.values)
        if not is_right or not (number.isascii() and number.isdigit() and len(number) < 16):
            raise Malformed([FieldError("/also_outcome", "invalid_choice", _("There is no such outcome."))])
        found.append(calls.OrderOutcome(int(number), outcome, reason))
    return found


def _tell(request: HttpRequest, task: CallTask, results: Sequence[calls.Result]) -> None:
    """Say in toasts what was noted; what one press did is taken back with another."""
    for result in results:
        if not result.applied:
            continue
        said = sayings.outcome(result.outcome)
        words = said if result.task.order_id else capfirst(said)
        say(request, tell_done(words, result.task.order_id), undo=_undo(result) if len(results) == 1 else "")


def _undo(result: calls.Result) -> str:
    """The path that takes an outcome back, if it moved the order."""
    moved: Any = result.order.status if result.order and result.task.mode in AGREES else ""
    route = UNDO.get(moved)
    return reverse(route, args=[result.task.order_id]) if route else ""
