"""Forms of an order: who, where to, how and for how much; why it is held or cancelled."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.status import CancelReason, HoldReason
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.formfields import TextField
from shopdesk.base.strict import read_whole

MOST_HOURS = 20
MOST_TICKED = 50  # as many as a page of the list shows
NOTHING_CHOSEN = ("", _("Choose…"))


def with_capitals(choices: Any) -> list[tuple[str, Any]]:
    """Choices as they stand in a list: with a capital."""
    return [(value, capfirst(str(label))) for value, label in choices]


def read_promise(text: str) -> tuple[date | None, str]:
    """Read hours as they were typed, or "2026-11-24/10:00-14:00" as they are picked from a courier's offers."""
    day, slash, hours = text.partition("/")
    try:
        return (date.fromisoformat(day), hours.strip()) if slash else (None, text)
    except ValueError:
        return None, text


class HoldForm(forms.Form):
    """Why an order waits, and until when."""

    reason = forms.ChoiceField(label=_("Reason"), choices=lambda: [NOTHING_CHOSEN, *with_capitals(HoldReason.choices)])
    note = TextField(label=_("Note"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 2}))
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("At that hour somebody is reminded. It is lifted by hand, or by what it waits for."),
    )  # fmt: skip

    def clean_until(self) -> Any:
        """The hour as it was typed: the door puts the shop's zone on it."""
        until = self.cleaned_data["until"]
        return until and until.replace(tzinfo=None)


class CancelForm(forms.Form):
    """Why an order is stopped; the reports count by this."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=lambda: [NOTHING_CHOSEN, *with_capitals(CancelReason.choices)],
        help_text=_("The report counts cancellations by this."),
    )  # fmt: skip


class WhyForm(forms.Form):
    """How the customer agreed, where no talk with them is noted."""

    why = TextField(
        label=_("How did the customer agree?"), required=False, max_length=500,
        help_text=_("By letter, in the shop, on a phone that is not ours … It is kept in the journal."),
    )  # fmt: skip


class PersonForm(forms.Form):
    """Who ordered, where it goes, and what was said about it. The money stands with the lines."""

    phone = TextField(label=_("Phone"), required=False, max_length=200)
    name = TextField(label=_("Name"), required=False, max_length=300)
    email = TextField(label=_("E-mail"), required=False, max_length=254)
    method = forms.ChoiceField(label=_("Delivery"), required=False)
    courier = forms.ChoiceField(label=_("Courier"), required=False)
    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    slot = TextField(label=_("Hours"), required=False, max_length=40)
    city = TextField(label=_("City"), required=False, max_length=150)
    postcode = TextField(label=_("Postcode"), required=False, max_length=20)
    address = TextField(label=_("Street, house, flat"), required=False, max_length=1_000)
    notes = TextField(label=_("Note for the courier"), required=False, max_length=1_000)
    comment = TextField(label=_("Comment"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, couriers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        methods: Any = self.fields["method"]
        methods.choices = [("", _("Not known yet")), *with_capitals(Order.Delivery.choices)]
        chosen: Any = self.fields["courier"]
        chosen.choices = [("", _("Not known yet")), *couriers]

    def clean(self) -> dict[str, Any]:
        """Hours that were picked from what the courier offers name their day too."""
        cleaned = super().clean() or {}
        on, hours = read_promise(cleaned.get("slot", ""))
        if len(hours) > MOST_HOURS:
            self.add_error("slot", _("Write the hours shorter."))
        return cleaned | {"slot": hours} | ({"on": on} if on else {})


class NewPersonForm(PersonForm):
    """The same for an order taken by phone, which also says how it is paid."""

    payment = forms.ChoiceField(label=_("Payment"), choices=lambda: with_capitals(Order.PaidBy.choices))

    def clean(self) -> dict[str, Any]:
        """Somebody to talk to is needed: a phone or a name."""
        cleaned = super().clean() or {}
        if not (cleaned.get("phone") or cleaned.get("name")):
            self.add_error("phone", _("Write the phone, or at least a name."))
        return cleaned


def ticked_orders(request: HttpRequest) -> list[int]:
    """The numbers ticked in the list, as many as a page shows. Raises Malformed."""
    texts = request.POST.getlist("number")
    numbers = [number for text in texts[: MOST_TICKED + 1] if (number := read_whole(text)) is not None]
    if not numbers or len(texts) > MOST_TICKED or len(numbers) < len(texts):
        raise Malformed([FieldError("/number", "required", _("Choose orders in the list first."))])
    return numbers
