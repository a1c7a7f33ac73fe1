"""Doors of fines: recorded at the end of a shift, ended one way or another; and the directory of their reasons."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from delivery import fines
from delivery.models import Fine, FineReason
from orders.models import Courier, Shop
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import AmountField, IdentifierField, TextField, read_form
from shopdesk.base.money import from_minor
from shopdesk.base.toasts import say


class FineForm(forms.Form):
    """What one of our own couriers owes, and why."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    parcel = IdentifierField(label=gettext_lazy("Parcel, if it is about one"), max_length=40, required=False)
    person = forms.TypedChoiceField(label=gettext_lazy("Driver"), coerce=int, required=False)
    note = TextField(label=gettext_lazy("What happened"), max_length=300, required=False)

    def __init__(self, *args: Any, currency: str, people: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount_minor"] = AmountField(
            label=_("Amount"), currency=currency, required=False, max_length=20,
            help_text=_("Empty: what is usual for the reason."),
        )  # fmt: skip
        chosen: Any = self.fields["reason"]
        chosen.choices = [(row.pk, capfirst(str(row))) for row in fines.reasons() if row.active]
        drivers: Any = self.fields["person"]
        drivers.choices = [("", "–"), *people]
        self.order_fields(["reason", "amount_minor", "parcel", "person", "note"])


class FineEndForm(forms.Form):
    """How a fine ended."""

    how = forms.ChoiceField(choices=Fine.Ended.choices)


class ReasonForm(forms.Form):
    """A reason of the directory."""

    name = TextField(label=gettext_lazy("Name"), max_length=100, required=False)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["usual_minor"] = AmountField(
            label=_("Usual amount"), currency=currency, required=False, max_length=20
        )  # fmt: skip
        self.order_fields(["name", "usual_minor", "active"])

    def reason(self) -> fines.Reason:
        """Give what was typed as a reason."""
        typed = self.cleaned_data
        return fines.Reason(typed["name"], typed["usual_minor"] or 0, typed["active"])


class NewReasonForm(ReasonForm):
    """A new reason."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=32)
    name = TextField(label=gettext_lazy("Name"), max_length=100)


@require_POST
def impose(request: HttpRequest) -> HttpResponse:
    """Record a fine of one of our own couriers."""
    subject, currency = asker(request), Shop.current().currency
    courier = Courier.objects.for_subject(subject).filter(pk=request.POST.get("courier", "")).first()
    if courier is None:
        raise Missing
    people = [(person.pk, person.name) for person in fines.drivers_of(courier.pk)]
    typed = read_form(FineForm(request.POST, currency=currency, people=people))
    new = fines.NewFine(
        courier.pk, typed["reason"], typed["amount_minor"] or 0, parcel=typed["parcel"].upper(),
        person=typed["person"] or 0, note=typed["note"],
    )  # fmt: skip
    fines.impose(new, by=subject.actor, at=timezone.now())
    say(request, _("The fine is written down."))
    return _back(request, courier.pk)


@require_POST
def end(request: HttpRequest, fine_id: int) -> HttpResponse:
    """Say how a fine ended."""
    subject = asker(request)
    row = Fine.objects.for_subject(subject).filter(pk=fine_id).first()
    if row is None:
        raise Missing
    how = Fine.Ended(read_form(FineEndForm(request.POST))["how"])
    fines.end(fine_id, how, by=subject.actor, at=timezone.now())
    say(request, _("The fine has ended: %(how)s.") % {"how": how.label})
    return _back(request, row.courier_id)


class Reasons(View):
    """The directory of reasons."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, each with its form."""
        currency = Shop.current().currency
        rows = [(row, ReasonForm(initial=_typed(row, currency), currency=currency)) for row in fines.reasons()]
        shown = {"rows": rows, "form": NewReasonForm(currency=currency), "currency": currency}
        return render(request, "delivery/shifts/reasons.html", shown)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add one."""
        form = NewReasonForm(request.POST, currency=Shop.current().currency)
        read_form(form)
        code = form.cleaned_data["code"]
        fines.add_reason(code, form.reason(), by=asker(request).actor, at=timezone.now())
        return done(request, reverse("settings-fines"))


@require_POST
def change_reason(request: HttpRequest, code: str) -> HttpResponse:
    """Change a reason, or take it out of use."""
    form = ReasonForm(request.POST, currency=Shop.current().currency)
    read_form(form)
    fines.change_reason(code, form.reason(), by=asker(request).actor, at=timezone.now())
    say(request, _("Kept."))
    return done(request, reverse("settings-fines"))


def _typed(row: FineReason, currency: str) -> dict[str, Any]:
    usual = from_minor(row.usual_minor, currency) if row.usual_minor else ""
    return {"name": row.name, "active": row.active, "usual_minor": usual}


def _back(request: HttpRequest, courier: str) -> HttpResponse:
    return done(request, f"{reverse('acts-shift')}?{urlencode({'courier': courier})}")
