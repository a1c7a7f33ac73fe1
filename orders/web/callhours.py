"""Doors of the hours and limits of calls; the owner's page."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from orders import calls
from orders.models.shop import MissedCallback
from orders.web.forms import with_capitals
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say

CLOCK = {"type": "time"}


def _clock(label: Any, *, required: bool = True, help_text: Any = "") -> forms.TimeField:
    """An hour of the customer's clock."""
    widget = forms.TimeInput(attrs=CLOCK, format="%H:%M")
    return forms.TimeField(label=label, required=required, help_text=help_text, widget=widget)


def _figure(label: Any, help_text: Any = "") -> forms.IntegerField:
    """A whole number; its bounds are the desk's."""
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=100_000)


class HoursForm(forms.Form):
    """When customers may be rung, how often, and by when something follows."""

    calls_from = _clock(gettext_lazy("From"))
    calls_until = _clock(gettext_lazy("Until"))
    calls_weekend_from = _clock(gettext_lazy("Weekend from"), required=False)
    calls_weekend_until = _clock(
        gettext_lazy("Weekend until"), required=False, help_text=gettext_lazy("Empty: as on other days.")
    )
    calls_weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Days"), widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(str(place + 1), capfirst(str(day))) for place, day in WEEKDAYS.items()],
    )  # fmt: skip
    calls_on_holidays = forms.BooleanField(
        label=gettext_lazy("Ring on public holidays too"), required=False,
        help_text=gettext_lazy("Those of the country where the customer lives."),
    )  # fmt: skip
    calls_a_day = _figure(gettext_lazy("Calls to one phone a day"))
    contacts_a_day = _figure(gettext_lazy("Calls and messages a day"))
    own_first_minutes = _figure(
        gettext_lazy("Minutes a call is its owner's"), gettext_lazy("Then anybody takes it. 0: anybody at once.")
    )
    first_call_limit_minutes = _figure(
        gettext_lazy("Minutes to the first call"), gettext_lazy("Inside the hours above; past them it is late.")
    )
    escalate_after_minutes = _figure(gettext_lazy("Minutes until the owner hears of it"))
    follow_up_after_days = _figure(
        gettext_lazy("Days after delivery to ask how it went"), gettext_lazy("0: nobody is asked.")
    )
    call_leads_after_minutes = _figure(
        gettext_lazy("Minutes until an unfinished order is rung"),
        gettext_lazy("A basket left in the shop with a phone. 0: nobody rings."),
    )
    missed_callback = forms.ChoiceField(
        label=gettext_lazy("A promised callback that nobody made"),
        choices=lambda: with_capitals(MissedCallback.choices),
    )
    missed_callback_after_minutes = _figure(gettext_lazy("Minutes after the promised hour"))
    confirm_within_hours = _figure(gettext_lazy("Hours to agree an order"), gettext_lazy("Then its goods are free."))
    pay_within_hours = _figure(gettext_lazy("Hours to pay for it"))
    confirm_manual_within_hours = _figure(gettext_lazy("Hours to agree one typed in here"))


class CallHours(View):
    """The hours and limits of calls."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        now = dict(calls.see_hours())
        form = HoursForm(initial=now | {"calls_weekdays": list(now["calls_weekdays"])})
        return render(request, "orders/calls/hours.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them."""
        form = HoursForm(request.POST)
        read_form(form)
        said = dict(form.cleaned_data)
        said["calls_weekdays"] = "".join(sorted(said["calls_weekdays"]))
        calls.set_hours(said, by=asker(request).actor, at=timezone.now())
        say(request, _("Kept: %(what)s.") % {"what": _("hours and limits of calls")})
        return done(request, reverse("call-hours"))
