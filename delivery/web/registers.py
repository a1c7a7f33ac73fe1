"""Doors of the couriers' money on its way home: registers taken in, our couriers' cash laid on the table, questions."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import claims, remittance
from delivery.models import Register, RegisterLine
from delivery.registers import Columns, Said, read_register
from orders.models import Courier, Shop
from shopdesk.base.access import Actor, Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.formfields import AmountField, IdentifierField, TextField, read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

TONES = {"matched": "good", "partial": "good", "fee": "", "short": "bad", "over": "wait", "unknown": "wait",
         "other_fee": "wait"}  # fmt: skip
SUFFIXES = {".csv", ".xlsx"}
MOST_BYTES = 10_000_000


class RegisterForm(forms.Form):
    """A courier's list of the money it sends."""

    courier = forms.ChoiceField(label=gettext_lazy("Courier"))
    reference = IdentifierField(label=gettext_lazy("Number of the register"), max_length=64)
    file = forms.FileField(label=gettext_lazy("File (CSV, XLSX)"))
    bank_reference = IdentifierField(label=gettext_lazy("Payment at the bank"), required=False, max_length=64)
    waybill = TextField(label=gettext_lazy("Column of the waybill"), required=False, max_length=100)
    amount = TextField(label=gettext_lazy("Column of the amount"), required=False, max_length=100)
    fee = TextField(label=gettext_lazy("Column of the fee"), required=False, max_length=100)
    net = forms.BooleanField(label=gettext_lazy("The amount is what is left after the fee"), required=False)

    def __init__(self, *args: Any, couriers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["courier"]
        chosen.choices = couriers

    def names_columns(self) -> bool:
        """Whether somebody said what this courier's columns are called."""
        return bool(self.cleaned_data["waybill"] and self.cleaned_data["amount"])


class HandInForm(forms.Form):
    """What our courier laid on the table, counted without knowing what it should be."""

    courier = forms.ChoiceField(label=gettext_lazy("Our courier"))

    def __init__(self, *args: Any, couriers: list[tuple[str, str]], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["courier"]
        chosen.choices = couriers
        self.fields["counted"] = AmountField(label=gettext_lazy("Counted"), currency=currency, max_length=20)


class AnswerForm(forms.Form):
    """How a question ended."""

    note = TextField(label=gettext_lazy("How it was settled"), max_length=300)


@require_safe
@never_cache
def list_registers(request: HttpRequest) -> HttpResponse:
    """Show what was taken in, the newest first, with what is open in it."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor", "limit"))
    rows = Register.objects.for_subject(subject).select_related("courier").prefetch_related("lines")
    page = read_page(rows, query, key="id")
    shown = {
        "rows": [_sum_up(row) for row in page.rows],
        "older": f"?cursor={page.next}" if page.next else "",
        "claims": claims.owed_by_courier(at=timezone.now()),
        "open": RegisterLine.objects.for_subject(subject).filter(is_open=True).count(),
        **_forms(subject),
    }
    return render(request, "delivery/registers/page.html", shown)


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in a courier's register from a file."""
    subject = asker(request)
    form = RegisterForm(request.POST, request.FILES, couriers=_couriers(subject))
    read_form(form)
    asked, currency = form.cleaned_data, Shop.current().currency
    lines = _read(form, currency, by=subject.actor)
    new = remittance.NewRegister(
        asked["courier"], asked["reference"], currency, lines, bank_reference=asked["bank_reference"]
    )
    register, is_new = remittance.take_in(new, by=subject.actor, at=timezone.now())
    say(request, _("The register is taken in.") if is_new else _("This register was taken in before."))
    return done(request, reverse("tracking-register", args=[register.pk]))


@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """Take what our courier laid on the table."""
    subject, at = asker(request), timezone.now()
    currency = Shop.current().currency
    form = HandInForm(request.POST, couriers=_couriers(subject, kind="own"), currency=currency)
    read_form(form)
    courier, counted = form.cleaned_data["courier"], form.cleaned_data["counted"]
    reference = f"{at:%Y-%m-%d %H:%M:%S}"
    register, _new = remittance.hand_in(
        courier, counted, currency=currency, reference=reference, by=subject.actor, at=at
    )
    say(request, _("The money is taken in."))
    return done(request, reverse("tracking-register", args=[register.pk]))


@require_safe
@never_cache
def see_register(request: HttpRequest, register_id: int) -> HttpResponse:
    """Show a register line by line, what is open first."""
    register = Register.objects.for_subject(asker(request)).select_related("courier").filter(pk=register_id).first()
    if register is None:
        raise Missing
    lines = list(register.lines.select_related("shipment", "owner").order_by("-is_open", "position"))
    shown = _sum_up(register) | {
        "lines": [(line, capfirst(line.get_outcome_display()), TONES.get(line.outcome, "bad")) for line in lines],
        "form": AnswerForm(),
    }
    return render(request, "delivery/registers/card.html", shown)


@require_http_methods(["POST"])
def settle(request: HttpRequest, line_id: int) -> HttpResponse:
    """Close a question with a word on how it ended."""
    subject = asker(request)
    line = RegisterLine.objects.for_subject(subject).filter(pk=line_id).first()
    if line is None:
        raise Missing
    form = AnswerForm(request.POST)
    read_form(form)
    remittance.settle(line_id, form.cleaned_data["note"], by=subject.actor, at=timezone.now())
    say(request, _("The line is settled."))
    return done(request, reverse("tracking-register", args=[line.register_id]))


def _read(form: RegisterForm, currency: str, *, by: Actor) -> list[Said]:
    """Read the file by the names that were given, or kept; given names are kept once the file was read by them."""
    asked = form.cleaned_data
    columns = remittance.columns_of(asked["courier"])
    if form.names_columns():
        columns = Columns.named(asked["waybill"], asked["amount"], asked["fee"], net=asked["net"])
    with _laid_down(asked["file"]) as path:
        lines = read_register(path, currency, columns)
    if form.names_columns():
        named = {name: asked[name] for name in ("waybill", "amount", "fee")}
        remittance.remember_columns(asked["courier"], named, net=asked["net"], by=by, at=timezone.now())
    return lines


def _sum_up(register: Register) -> dict[str, Any]:
    lines = register.lines.all()
    return {
        "register": register,
        "home": sum(line.remitted_minor for line in lines),
        "kept": sum(line.kept_minor for line in lines),
        "count": len(lines),
        "open": sum(line.is_open for line in lines),
    }


def _forms(subject: Subject) -> dict[str, Any]:
    own = _couriers(subject, kind="own")
    return {
        "taking": RegisterForm(couriers=_couriers(subject)),
        "counting": HandInForm(couriers=own, currency=Shop.current().currency) if own else None,
    }


def _couriers(subject: Subject, **narrowed: str) -> list[tuple[str, str]]:
    rows = Courier.objects.for_subject(subject).filter(**narrowed)
    return list(rows.order_by("name").values_list("code", "name"))


@contextmanager
def _laid_down(file: "UploadedFile[bytes]") -> Iterator[Path]:
    """Lay an uploaded table down as a file of its kind for as long as it is read."""
    suffix = Path(file.name or "").suffix.casefold()
    if suffix not in SUFFIXES or (file.size or 0) > MOST_BYTES:
        raise Malformed([FieldError("/file", "file", _("A register is a CSV or XLSX file of 10 MB at most."))])
    with tempfile.TemporaryDirectory(prefix="register-") as folder:
        path = Path(folder) / f"register{suffix}"
        path.write_bytes(file.read())
        yield path
