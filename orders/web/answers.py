"""Doors of the link in a message: the customer confirms, chooses another hour or cancels, without signing in.

Looking changes nothing: mail scanners and previews look too. The address holds the secret, so it is never sent on.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders import messages
from orders.models import Order, Shop
from orders.status import CancelReason
from shopdesk.base import wording
from shopdesk.base.answering import done

REASONS = (
    CancelReason.CHANGED_MIND, CancelReason.BOUGHT_ELSEWHERE, CancelReason.PRICE, CancelReason.DELIVERY_TIME,
    CancelReason.OTHER,
)  # fmt: skip
CONFIRM, LATER, CANCEL = "confirm", "later", "cancel"


class AnswerForm(forms.Form):
    """What the customer says."""

    said = forms.ChoiceField(choices=[(word, word) for word in (CONFIRM, LATER, CANCEL)])
    hour = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    reason = forms.ChoiceField(
        choices=[(reason.value, reason.label) for reason in REASONS], required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose why.")},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """An answer is whole: an hour belongs to one, a reason to the other."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("said") == LATER and not said.get("hour") and "hour" not in self.errors:
            self.add_error("hour", gettext_lazy("Choose an hour."))
        if said.get("said") == CANCEL and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", gettext_lazy("Choose why."))
        return said


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the order and what may be answered; take the answer."""
    at = timezone.now()
    try:
        question = messages.see_question(secret, at=at)
    except messages.LinkGone as gone:
        return _closed(render(request, "orders/answers/gone.html", {"why": gone}, status=410))
    form = AnswerForm(request.POST or None)
    if question.is_open and form.is_valid():
        try:
            ANSWERS[form.cleaned_data["said"]](secret, form.cleaned_data, at)
            return _closed(done(request, reverse("answer", args=[secret])))
        except (messages.NothingToAnswer, messages.NoSuchHour) as refusal:
            form.add_error(None, str(refusal.fill(refusal.sentence)))
    question = messages.see_question(secret, at=at)
    with translation.override(messages.language_of(question.order, Shop.current())):
        shown = _show(question, form, at)
        return _closed(render(request, "orders/answers/page.html", shown, status=422 if form.errors else 200))


def _confirm(secret: str, said: dict[str, Any], at: datetime) -> Order:
    return messages.answer_confirm(secret, at=at)


def _later(secret: str, said: dict[str, Any], at: datetime) -> Order:
    return messages.answer_later(secret, said["hour"], at=at)


def _cancel(secret: str, said: dict[str, Any], at: datetime) -> Order:
    return messages.answer_cancel(secret, said["reason"], at=at)


ANSWERS: dict[str, Callable[[str, dict[str, Any], datetime], Order]] = {
    CONFIRM: _confirm,
    LATER: _later,
    CANCEL: _cancel,
}


def _show(question: messages.Question, form: AnswerForm, at: datetime) -> dict[str, Any]:
    """What the customer reads: goods, sum, day; never the whole address or the phone."""
    order, zone = question.order, ZoneInfo(question.zone)
    lines = order.lines.order_by("position")
    hours = [(hour.astimezone(zone), wording.day_and_hour(hour, now=at, zone=question.zone)) for hour in question.hours]
    return {
        "order": order,
        "lines": [(line, line.quantity - line.cancelled) for line in lines if line.quantity > line.cancelled],
        "link": question.link,
        "is_open": question.is_open,
        "form": form,
        "city": wording.city_of(question.zone),
        "hours": [(f"{hour:%Y-%m-%dT%H:%M:%S%z}", words) for hour, words in hours],
        "reasons": [(reason.value, capfirst(str(reason.label))) for reason in REASONS],
    }


def _closed(response: HttpResponse) -> HttpResponse:
    """The address is a secret: no other place hears of it, and no machine finds it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
