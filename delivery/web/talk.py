"""Doors of how the desk speaks with a courier: its account, its webhooks' secret, what its codes mean, what it sent."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from delivery import accounts, codes, inbox
from delivery.accounts import NewAccount
from delivery.couriers.known import adapter_of
from delivery.models import CourierAccount, CourierCode, CourierMessage
from delivery.web.telling import tell_state
from orders.models import Courier
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import IdentifierField, TextField, read_form
from shopdesk.base.toasts import say

SHOWN = 200
MESSAGES = 20


class AccountForm(forms.Form):
    """How the desk speaks with a courier."""

    adapter = forms.ChoiceField(label=gettext_lazy("Language"), choices=CourierAccount.Adapter.choices)
    address = forms.CharField(
        label=gettext_lazy("Address of its API"), max_length=300, required=False,
        help_text=gettext_lazy("Empty: the one that this language has."),
    )  # fmt: skip
    login = IdentifierField(label=gettext_lazy("Login"), max_length=150, required=False)
    secret = forms.CharField(
        label=gettext_lazy("Password or key"), max_length=500, required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Empty: the one that is kept. Nobody can read it again."),
    )  # fmt: skip
    options = forms.JSONField(
        label=gettext_lazy("What its API wants to know"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy('JSON, such as {"tariff_code": 137, "shipment_point": "MSK1"}.'),
    )  # fmt: skip
    makes_waybills = forms.BooleanField(
        label=gettext_lazy("Ask for a waybill as soon as an order is packed"), required=False
    )  # fmt: skip
    poll_minutes = forms.IntegerField(
        label=gettext_lazy("Ask for news every so many minutes"), min_value=0, max_value=1440, initial=0,
        help_text=gettext_lazy("0: it sends them itself."),
    )  # fmt: skip

    def clean_options(self) -> dict[str, Any]:
        """An object, or nothing."""
        said = self.cleaned_data["options"] or {}
        if not isinstance(said, dict):
            raise forms.ValidationError(_("Write a JSON object."))
        return said


class CodeForm(forms.Form):
    """What a code means."""

    code = TextField(label=gettext_lazy("Code"), max_length=64)
    means = forms.ChoiceField(label=gettext_lazy("Means"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["means"]
        chosen.choices = [(word, str(tell_state(word)[0])) for word in codes.MEANINGS]


class ListForm(forms.Form):
    """A list that comes with the desk."""

    name = forms.ChoiceField(label=gettext_lazy("List"), choices=lambda: [(one, one) for one in codes.lists()])


class Talk(View):
    """One courier: account, webhooks, codes, the last messages."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show them; secrets are never shown again."""
        return _show(request, _find(request, code))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Set the account. Codes of its language are taken over at once."""
        _find(request, code)
        form = AccountForm(request.POST)
        read_form(form)
        subject, at = asker(request), timezone.now()
        account = accounts.set_up(code, NewAccount(**form.cleaned_data), by=subject.actor, at=at)
        if known := adapter_of(account).code_list:
            codes.take_over(code, known, by=subject.actor, at=at)
        say(request, _("Kept."))
        return _back(request, code)


@require_POST
@never_cache
def renew_secret(request: HttpRequest, code: str) -> HttpResponse:
    """Make the secret of its webhooks, and show it this once."""
    courier = _find(request, code)
    secret = accounts.renew_hook_secret(code, by=asker(request).actor, at=timezone.now())
    return _show(request, courier, secret=secret)


@require_POST
def explain(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a code of the courier means."""
    _find(request, code)
    form = CodeForm(request.POST)
    read_form(form)
    said = form.cleaned_data
    codes.explain(code, said["code"], said["means"], by=asker(request).actor, at=timezone.now())
    say(request, _("Kept. What came before and could not be read is read again."))
    return _back(request, code)


@require_POST
def take_list(request: HttpRequest, code: str) -> HttpResponse:
    """Take a list over that comes with the desk; what people taught stays."""
    _find(request, code)
    form = ListForm(request.POST)
    read_form(form)
    fresh = codes.take_over(code, form.cleaned_data["name"], by=asker(request).actor, at=timezone.now())
    say(request, _("New codes: %(n)s.") % {"n": fresh})
    return _back(request, code)


@require_POST
def read_again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Read a message once more."""
    row = CourierMessage.objects.for_subject(asker(request)).filter(pk=message_id).first()
    if row is None:
        raise Missing
    read = inbox.read_again(row.pk, at=timezone.now())
    say(request, _("Message %(id)s: %(state)s.") % {"id": row.pk, "state": read.get_state_display()})
    return _back(request, row.courier_id)


def _show(request: HttpRequest, courier: Courier, *, secret: str = "") -> HttpResponse:
    subject = asker(request)
    account = CourierAccount.objects.for_subject(subject).filter(courier=courier).first()
    known = CourierCode.objects.for_subject(subject).filter(courier=courier).order_by("code")
    messages = CourierMessage.objects.for_subject(subject).filter(courier=courier).order_by("-pk")
    shown = {
        "courier": courier, "account": account, "secret": secret, "hook": _hook(request, account, secret),
        "form": AccountForm(initial=_initial(account)), "code_form": CodeForm(), "list_form": ListForm(),
        "codes": [(row, tell_state(row.means)) for row in known[:SHOWN]], "more": max(known.count() - SHOWN, 0),
        "unexplained": list(codes.unexplained(courier.code)[:SHOWN]), "messages": list(messages[:MESSAGES]),
        "tones": {"failed": "bad", "applied": "good"},
    }  # fmt: skip
    return render(request, "delivery/talk/page.html", shown)


def _initial(account: CourierAccount | None) -> dict[str, Any]:
    if account is None:
        return {"options": {}}
    names = ("adapter", "address", "login", "makes_waybills", "poll_minutes", "options")
    return {name: getattr(account, name) for name in names}


def _hook(request: HttpRequest, account: CourierAccount | None, secret: str) -> str:
    """Where the courier sends its news; for one that signs nothing the secret is a part of it."""
    if account is None:
        return ""
    if account.adapter == CourierAccount.Adapter.CDEK:
        parts = [account.courier_id, secret or "…"]
        return request.build_absolute_uri("/") + f"hooks/couriers/{parts[0]}/{parts[1]}"
    return request.build_absolute_uri(reverse("hook-courier", args=[account.courier_id]))


def _find(request: HttpRequest, code: str) -> Courier:
    row = Courier.objects.for_subject(asker(request)).filter(pk=code).first()
    if row is None:
        raise Missing
    return row


def _back(request: HttpRequest, code: str) -> HttpResponse:
    return done(request, reverse("settings-courier-talk", args=[code]))
