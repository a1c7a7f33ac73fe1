"""Doors of the directory of couriers: what they can carry, when they come, what they cost."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from orders import couriers
from orders.couriers import Abilities, NewBuyoutFee, NewSlot, NewTariff
from orders.models import BuyoutFee, Courier, Refusal, Shop, Slot, Tariff, Zone
from orders.web.forms import with_capitals
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import AmountField, TextField, read_form
from shopdesk.base.money import from_minor
from shopdesk.base.toasts import say

NEEDS = [
    ("phone", gettext_lazy("phone")), ("email", gettext_lazy("e-mail")), ("postcode", gettext_lazy("postcode")),
    ("size", gettext_lazy("sizes of the parcel")),
]  # fmt: skip
# As the form is filled in: where to, what the customer pays and what the courier takes, each with its tax, limits.
TARIFF_ORDER = (
    "charged_minor", "charged_vat", "charged_has_vat", "cost_minor", "cost_vat", "cost_has_vat", "zone",
    "declared_permille", "free_from_minor", "cod_fee_minor", "cod_fee_permille", "weight_from_g", "weight_to_g",
    "sum_from_minor", "sum_to_minor", "from_on", "until_on",
)  # fmt: skip
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CourierForm(forms.Form):
    """What a courier can carry, and its terms."""

    name = TextField(label=gettext_lazy("Name"), max_length=150)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: with_capitals(Courier.Kind.choices))
    takes_cod = forms.BooleanField(label=gettext_lazy("Takes money at the door"), required=False)
    delivers_in_part = forms.BooleanField(label=gettext_lazy("Delivers in part"), required=False)
    several_parcels = forms.BooleanField(label=gettext_lazy("Carries orders of several parcels"), required=False)
    allows_trying_on = forms.BooleanField(label=gettext_lazy("Lets the customer try on"), required=False)
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("Carries nothing without"), choices=NEEDS, required=False,
        widget=forms.SelectMultiple(attrs={"size": "4"}),
    )  # fmt: skip
    countries = TextField(label=gettext_lazy("Countries"), max_length=100, required=False,
                          help_text=gettext_lazy("Two letters each: RU KZ. Empty: any."))  # fmt: skip
    heaviest_g = forms.IntegerField(label=gettext_lazy("Heaviest parcel, g"), min_value=1, required=False)
    label = forms.ChoiceField(label=gettext_lazy("Paper of its labels"), choices=Courier.Label.choices)
    cutoff = forms.TimeField(label=gettext_lazy("Packed until this hour goes the same day"), widget=CLOCK)
    days = forms.IntegerField(label=gettext_lazy("Days to the customer"), min_value=0, max_value=90)
    check_after_days = forms.IntegerField(
        label=gettext_lazy("Days of silence until we look"), min_value=1, max_value=90
    )  # fmt: skip
    storage_days = forms.IntegerField(label=gettext_lazy("Days of storage"), min_value=1, max_value=90)
    decide_within_hours = forms.IntegerField(
        label=gettext_lazy("Hours to decide after a try in vain"), min_value=1, max_value=240
    )  # fmt: skip
    return_free_days = forms.IntegerField(
        label=gettext_lazy("Days that a return waits there free"), min_value=0, max_value=365, required=False
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("Carries for us"), required=False, initial=True)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        words = _("Each day after that costs")
        self.fields["return_day_minor"] = AmountField(label=words, currency=currency, required=False, max_length=20)
        self.order_fields([*(name for name in self.fields if name != "active"), "active"])


class NewCourierForm(forms.Form):
    """A new courier; the rest is set on its card."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=32)
    name = TextField(label=gettext_lazy("Name"), max_length=150)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: with_capitals(Courier.Kind.choices))


class SlotForm(forms.Form):
    """Hours in which so many orders a day are brought."""

    starts = forms.TimeField(label=gettext_lazy("From"), widget=CLOCK)
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=CLOCK)
    capacity = forms.IntegerField(label=gettext_lazy("Orders a day"), min_value=0, max_value=10_000)
    weekdays = forms.RegexField(
        r"^1?2?3?4?5?6?7?$", label=gettext_lazy("Weekdays"), max_length=7, initial="1234567",
        help_text=gettext_lazy("1 is Monday: 12345 are the working days."),
    )  # fmt: skip
    closes_days_before = forms.IntegerField(label=gettext_lazy("Taken until, days before"), min_value=0, initial=0)
    closes_at = forms.TimeField(label=gettext_lazy("Taken until, hour"), widget=CLOCK, initial="18:00")


class DayForm(forms.Form):
    """A day that is otherwise."""

    on = forms.DateField(label=gettext_lazy("Day"), widget=DAY)
    capacity = forms.IntegerField(label=gettext_lazy("Orders that day"), min_value=0, max_value=10_000)


class PercentField(forms.DecimalField):
    """A rate in percent, as people write it; hundredths of a percent come out. Nothing is no rate."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, required=False, **options)

    def clean(self, value: Any) -> int:
        """Read it. Raises ValidationError."""
        rate = super().clean(value.replace(",", ".") if isinstance(value, str) else value)
        return int(rate * 100) if rate is not None else 0


class TariffForm(forms.Form):
    """A line of prices."""

    zone = forms.ChoiceField(label=gettext_lazy("Zone"), required=False)
    weight_from_g = forms.IntegerField(label=gettext_lazy("From, g"), min_value=0, required=False)
    weight_to_g = forms.IntegerField(label=gettext_lazy("Below, g"), min_value=1, required=False)
    from_on = forms.DateField(label=gettext_lazy("First day"), widget=DAY, required=False)
    until_on = forms.DateField(label=gettext_lazy("Last day"), widget=DAY, required=False)
    cod_fee_permille = forms.IntegerField(
        label=gettext_lazy("Kept of money taken, per mille"), min_value=0, max_value=1000, required=False
    )  # fmt: skip
    declared_permille = forms.IntegerField(
        label=gettext_lazy("Of the declared value, per mille"), min_value=0, max_value=1000, required=False
    )
    charged_vat = PercentField(label=gettext_lazy("VAT on what the customer pays, %"))
    charged_has_vat = forms.BooleanField(label=gettext_lazy("It is in that price"), required=False, initial=True)
    cost_vat = PercentField(label=gettext_lazy("VAT on what the courier takes, %"))
    cost_has_vat = forms.BooleanField(label=gettext_lazy("It is in that cost"), required=False, initial=True)

    def __init__(self, *args: Any, currency: str, zones: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["zone"]
        chosen.choices = [("", _("everywhere")), *zones]
        named = [
            ("charged_minor", _("The customer pays"), True), ("cost_minor", _("The courier takes"), True),
            ("sum_from_minor", _("Goods from"), False), ("sum_to_minor", _("Goods below"), False),
            ("free_from_minor", _("Free from"), False), ("cod_fee_minor", _("Fee for taking money"), False),
        ]  # fmt: skip
        for name, words, required in named:
            self.fields[name] = AmountField(label=words, currency=currency, required=required, max_length=20)
        self.order_fields(TARIFF_ORDER)


class BuyoutFeeForm(forms.Form):
    """What the courier asks when a part is kept."""

    fee_permille = forms.IntegerField(
        label=gettext_lazy("Of the sum kept, per mille"), min_value=0, max_value=1000, required=False
    )

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [("sum_from_minor", _("Kept from")), ("sum_to_minor", _("Kept below")), ("fee_minor", _("Fee"))]
        for name, words in named:
            self.fields[name] = AmountField(label=words, currency=currency, required=False, max_length=20)
        self.order_fields(["sum_from_minor", "sum_to_minor", "fee_minor", "fee_permille"])


class ExemptForm(forms.Form):
    """The refusals for which a kept part costs nothing."""

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("Costs nothing when"), choices=lambda: with_capitals(Refusal.choices), required=False,
        widget=forms.SelectMultiple(attrs={"size": str(len(Refusal.choices))}),
    )  # fmt: skip
    codes = forms.RegexField(
        r"^[\w./:-]+( +[\w./:-]+)*$", label=gettext_lazy("The courier's own codes"), max_length=150, required=False,
        help_text=gettext_lazy("As it names its reasons, with a space between them."),
    )  # fmt: skip


class ZoneForm(forms.Form):
    """Places that cost the same."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=32)
    name = TextField(label=gettext_lazy("Name"), max_length=150)
    places = forms.CharField(
        label=gettext_lazy("Places"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000,
        help_text=gettext_lazy("One a line: country:RU, region:RU-MOW, city:Москва, postcode:101."),
    )  # fmt: skip


class Couriers(View):
    """The directory."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List the couriers, those that carry first."""
        rows = list(Courier.objects.for_subject(asker(request)).order_by("-active", "name"))
        return render(request, "orders/couriers/page.html", {"couriers": rows, "form": NewCourierForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add one."""
        typed = read_form(NewCourierForm(request.POST))
        wanted = Abilities(typed["name"], typed["kind"])
        couriers.add(typed["code"], wanted, by=asker(request).actor, at=timezone.now())
        return done(request, reverse("settings-couriers-card", args=[typed["code"]]))


class CourierCard(View):
    """One courier: abilities, hours, prices."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show it."""
        row = _find(request, code)
        slots = row.slots.filter(active=True).order_by("starts", "ends").prefetch_related("days")
        currency = Shop.current().currency
        abilities = {name: getattr(row, name) for name in CourierForm.base_fields}
        abilities["return_day_minor"] = from_minor(row.return_day_minor, currency) if row.return_day_minor else ""
        shown = {
            "courier": row, "slots": slots, "tariffs": row.tariffs.select_related("zone").order_by("-pk")[:200],
            "form": CourierForm(initial=abilities, currency=currency), "slot_form": SlotForm(prefix=None),
            "day_form": DayForm(),
            "tariff_form": TariffForm(currency=currency, zones=_zones(request)), "zone_form": ZoneForm(),
            "currency": currency, "buyout_fees": row.buyout_fees.order_by("sum_from_minor", "-pk")[:200],
            "buyout_form": BuyoutFeeForm(currency=currency), "exempt_form": ExemptForm(initial=_exempt(row)),
            "exempt": [_word(code) for code in row.fee_exempt.split()],
        }  # fmt: skip
        return render(request, "orders/couriers/card.html", shown)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Set what it can carry."""
        _find(request, code)
        typed = read_form(CourierForm(request.POST, currency=Shop.current().currency))
        typed["return_day_minor"] = typed["return_day_minor"] or 0
        couriers.change(code, Abilities(**typed), by=asker(request).actor, at=timezone.now())
        say(request, _("Kept."))
        return _back(request, code)


@require_POST
def open_slot(request: HttpRequest, code: str) -> HttpResponse:
    """Let a courier come at these hours."""
    _find(request, code)
    couriers.open_slot(code, NewSlot(**read_form(SlotForm(request.POST))), by=asker(request).actor, at=timezone.now())
    return _back(request, code)


@require_POST
def stop_slot(request: HttpRequest, slot_id: int) -> HttpResponse:
    """Promise these hours to nobody any more."""
    slot = _slot(request, slot_id)
    couriers.stop_slot(slot.pk, by=asker(request).actor, at=timezone.now())
    return _back(request, slot.courier_id)


@require_POST
def change_day(request: HttpRequest, slot_id: int) -> HttpResponse:
    """Let more or fewer orders fit on one day."""
    slot = _slot(request, slot_id)
    typed = read_form(DayForm(request.POST))
    couriers.change_day(slot.pk, typed["on"], typed["capacity"], by=asker(request).actor, at=timezone.now())
    return _back(request, slot.courier_id)


@require_POST
def set_tariff(request: HttpRequest, code: str) -> HttpResponse:
    """Add a line of prices."""
    _find(request, code)
    typed = read_form(TariffForm(request.POST, currency=Shop.current().currency, zones=_zones(request)))
    rates = {f"{name}_bp": typed.pop(name) for name in ("charged_vat", "cost_vat")}
    given = {name: value for name, value in typed.items() if value not in (None, "")} | rates
    couriers.set_tariff(code, NewTariff(**given), by=asker(request).actor, at=timezone.now())
    return _back(request, code)


@require_POST
def drop_tariff(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Take a line of prices away."""
    row = Tariff.objects.for_subject(asker(request)).filter(pk=tariff_id).first()
    if row is None:
        raise Missing
    couriers.drop_tariff(row.pk, by=asker(request).actor, at=timezone.now())
    return _back(request, row.courier_id)


@require_POST
def set_buyout_fee(request: HttpRequest, code: str) -> HttpResponse:
    """Say what the courier asks when a part is kept."""
    _find(request, code)
    typed = read_form(BuyoutFeeForm(request.POST, currency=Shop.current().currency))
    given = {name: value for name, value in typed.items() if value is not None}
    couriers.set_buyout_fee(code, NewBuyoutFee(**given), by=asker(request).actor, at=timezone.now())
    return _back(request, code)


@require_POST
def drop_buyout_fee(request: HttpRequest, fee_id: int) -> HttpResponse:
    """Take a fee for parts away."""
    row = BuyoutFee.objects.for_subject(asker(request)).filter(pk=fee_id).first()
    if row is None:
        raise Missing
    couriers.drop_buyout_fee(row.pk, by=asker(request).actor, at=timezone.now())
    return _back(request, row.courier_id)


@require_POST
def set_exempt(request: HttpRequest, code: str) -> HttpResponse:
    """Say for which refusals a kept part costs nothing."""
    _find(request, code)
    typed = read_form(ExemptForm(request.POST))
    reasons = [*typed["reasons"], *typed["codes"].split()]
    couriers.set_exempt(code, reasons, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept."))
    return _back(request, code)


@require_POST
def set_zone(request: HttpRequest, code: str) -> HttpResponse:
    """Name a zone's places; the code is that of the courier whose card is open."""
    _find(request, code)
    typed = read_form(ZoneForm(request.POST))
    places = typed["places"].splitlines()
    couriers.set_zone(typed["code"], typed["name"], places, by=asker(request).actor, at=timezone.now())
    return _back(request, code)


def _exempt(courier: Courier) -> dict[str, Any]:
    """What the form says at first: our own reasons are chosen, the courier's codes are typed."""
    codes = courier.fee_exempt.split()
    return {"reasons": codes, "codes": " ".join(code for code in codes if code not in Refusal.values)}


def _word(code: str) -> str:
    return str(Refusal(code).label) if code in Refusal.values else code


def _zones(request: HttpRequest) -> list[tuple[str, str]]:
    return list(Zone.objects.for_subject(asker(request)).order_by("name").values_list("code", "name"))


def _find(request: HttpRequest, code: str) -> Courier:
    row = Courier.objects.for_subject(asker(request)).filter(pk=code).first()
    if row is None:
        raise Missing
    return row


def _slot(request: HttpRequest, slot_id: int) -> Slot:
    row = Slot.objects.for_subject(asker(request)).filter(pk=slot_id, active=True).first()
    if row is None:
        raise Missing
    return row


def _back(request: HttpRequest, code: str) -> HttpResponse:
    return done(request, reverse("settings-couriers-card", args=[code]))
