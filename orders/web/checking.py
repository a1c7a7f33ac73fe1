"""Doors of the second pair of eyes, and of the owner's choice whether the shop has it."""

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

from orders import packing
from orders.models import Order, Shop
from orders.web.telling import find_at_table
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say
from shopdesk.people import station
from shopdesk.people.entrance import Device


class SecondForm(forms.Form):
    """Who looked at it as well, and their PIN; at a device that is enrolled."""

    person = forms.ChoiceField(label=gettext_lazy("Second person"), required=False)
    pin = forms.CharField(
        label=gettext_lazy("Their PIN"), required=False, max_length=6,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, packer: int, **options: Any) -> None:
        options["prefix"] = "second"
        super().__init__(*args, **options)
        people = station.packers().exclude(pk=packer).values_list("pk", "name")
        choices = [("", "–"), *((str(person), name) for person, name in people)]
        self.fields["person"] = forms.ChoiceField(label=gettext_lazy("Second person"), required=False, choices=choices)


class RulesForm(forms.Form):
    """What the shop asks for at the packing table."""

    second_check = forms.BooleanField(
        label=gettext_lazy("A second person checks every order before it is sealed"), required=False,
        help_text=gettext_lazy("On their own screen, or with their PIN at the packing device."),
    )  # fmt: skip
    weight_tolerance_percent = forms.IntegerField(
        label=gettext_lazy("A parcel may be off by, %"), min_value=0, max_value=100, required=False
    )  # fmt: skip
    weight_tolerance_g = forms.IntegerField(
        label=gettext_lazy("… and by so many grams in any case"), min_value=0, max_value=100_000, required=False,
        help_text=gettext_lazy("Both empty: nobody asks. Asked only where the catalogue knows what each piece weighs."),
    )  # fmt: skip
    packaging_g = forms.IntegerField(
        label=gettext_lazy("The packaging of a parcel weighs, g"), min_value=0, max_value=100_000, required=False
    )  # fmt: skip


class PackingRules(View):
    """The rules of packing."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        shop = Shop.current()
        form = RulesForm(initial={name: getattr(shop, name) for name in RulesForm.base_fields})
        return render(request, "orders/packing/rules.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them."""
        said = read_form(RulesForm(request.POST))
        rules = packing.Rules(
            said["second_check"], said["weight_tolerance_percent"] or 0, said["weight_tolerance_g"] or 0,
            said["packaging_g"] or 0,
        )  # fmt: skip
        packing.set_rules(rules, by=asker(request).actor, at=timezone.now())
        say(request, _("Kept: %(what)s.") % {"what": _("rules of packing")})
        return done(request, reverse("packing-rules"))


@require_POST
def check(request: HttpRequest, number: int) -> HttpResponse:
    """I looked at what lies on my colleague's table: it is all there."""
    subject = asker(request)
    find_at_table(subject, number)
    packing.check(number, subject.person, by=subject.actor, at=timezone.now())
    say(request, _("Order %(number)s is checked.") % {"number": number}, undo=reverse("packing-uncheck", args=[number]))
    return done(request, reverse("packing-station", args=[number]))


@require_POST
def uncheck(request: HttpRequest, number: int) -> HttpResponse:
    """Take the check back."""
    subject = asker(request)
    find_at_table(subject, number)
    packing.uncheck(number, by=subject.actor, at=timezone.now())
    return done(request, reverse("packing-station", args=[number]))


def device_of(request: HttpRequest) -> Device | None:
    """The packing device in hand, if it is an enrolled one: a PIN counts nowhere else."""
    return station.find(request.COOKIES.get(station.COOKIE, ""))


def check_by_pin(request: HttpRequest, order: Order) -> bool:
    """Take the second person's PIN for their look at this order; False when none was given.

    Raises WrongPin, DoorRests, OwnWork.
    """
    device, said = device_of(request), SecondForm(request.POST, packer=order.packer_id or 0)
    if device is None or not said.is_valid() or not said.cleaned_data["person"]:
        return False
    at = timezone.now()
    person = station.judge(int(said.cleaned_data["person"]), said.cleaned_data["pin"], device, at=at)
    packing.check(order.pk, person.pk, by=person.subject.actor, at=at)
    return True


def see_second(request: HttpRequest, order: Order, subject: Subject, *, asked: bool) -> dict[str, Any]:
    """What sealing shows of the second person: nothing where the shop asks for none, and the scale neither."""
    if not (Shop.current().second_check or asked):
        return {}
    known = packing.checked(order)
    form = SecondForm(packer=subject.person) if known is None and device_of(request) else None
    return {"asks_second": True, "checked": known, "second": form}
