"""Doors of sealing: parcels with their weights, sizes and contents; and opening them again."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from orders import packing
from orders.models import Shop
from orders.web.checking import check_by_pin, see_second
from orders.web.forms import with_capitals
from orders.web.telling import Moment
from orders.web.telling import find_at_table as find
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

MOST_PARCELS = 20
MOST_MM = 100_000


class WeightField(forms.CharField):
    """A weight as a scale types it, or a person; grams come out."""

    def clean(self, value: Any) -> Any:
        """Read it. Raises ValidationError."""
        text = super().clean(value)
        try:
            return packing.read_scale(text)
        except DomainError as refusal:
            raise ValidationError(f"{refusal} {refusal.fill(refusal.next_step)}") from None


class ParcelForm(forms.Form):
    """One box on the scale. `pieces_<n>`: how many of the n-th SKU lie in it, when there are several boxes."""

    weight_g = WeightField(
        label=gettext_lazy("Weight, grams"), max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("A scale that types may stand in for the keyboard: 1.234 kg."),
    )  # fmt: skip
    length_mm = forms.IntegerField(label=gettext_lazy("Length, mm"), required=False, min_value=1, max_value=MOST_MM)
    width_mm = forms.IntegerField(label=gettext_lazy("Width, mm"), required=False, min_value=1, max_value=MOST_MM)
    height_mm = forms.IntegerField(label=gettext_lazy("Height, mm"), required=False, min_value=1, max_value=MOST_MM)
    why_weight = forms.ChoiceField(
        label=gettext_lazy("It is right, because"), required=False,
        choices=lambda: [("", "–"), *with_capitals(packing.WhyWeight.choices)],
    )  # fmt: skip

    odd: dict[str, int] | None = None  # what it weighs, and what was expected

    def __init__(self, *args: Any, goods: Sequence[tuple[str, str, int]], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("length_mm", "width_mm", "height_mm"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        for place, (sku, name, pieces) in enumerate(goods):
            self.fields[f"pieces_{place}"] = forms.IntegerField(
                label=f"{sku} · {name}", min_value=0, max_value=pieces, initial=0,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )  # fmt: skip

    @property
    def contents(self) -> list[forms.BoundField]:
        """The fields that say what lies in this box."""
        return [field for field in self if field.name.startswith("pieces_")]

    def parcel(self, goods: Sequence[tuple[str, str, int]], *, looked: bool) -> packing.NewParcel:
        """Give the parcel that was described; `looked`: a second person said just now that it is right.

        That answers for a weight only where it was asked about: whoever looked has seen it then.
        """
        said = dict(self.cleaned_data)
        if looked and not said["why_weight"] and self.add_prefix("why_weight") in self.data:
            said["why_weight"] = packing.WhyWeight.LOOKED.value
        items = [(sku, said.pop(f"pieces_{place}", 0)) for place, (sku, *_rest) in enumerate(goods)]
        return packing.NewParcel(**said, items=[(sku, pieces) for sku, pieces in items if pieces])


@require_http_methods(["GET", "HEAD", "POST"])
def seal(request: HttpRequest, number: int) -> HttpResponse:
    """Describe the parcels, then seal them."""
    subject = asker(request)
    layout = packing.lay_out(find(subject, number))
    goods = _goods(layout)
    places = _places(request)
    asked = request.method == "POST" and "places_wanted" not in request.POST
    parcels = [_form(request, place, places, goods) for place in range(places)]
    if not asked or not all([form.is_valid() for form in parcels]):
        return _show(request, layout, parcels)
    looked = check_by_pin(request, layout.order) if "second-person" in request.POST else False
    boxes = [form.parcel(goods if places > 1 else (), looked=looked) for form in parcels]
    try:
        packing.seal(number, boxes, by=subject.actor, at=timezone.now())
    except packing.WeightOff as refusal:  # asked in the form itself: what was typed stays, and the scale has the focus
        return _show(request, layout, parcels, refusal)
    undo = reverse("packing-opening", args=[number])
    say(request, _("Order %(number)s is sealed.") % {"number": number}, undo=undo)
    return done(request, reverse("packing-station", args=[number]))


@require_POST
def open_again(request: HttpRequest, number: int) -> HttpResponse:
    """Open the sealed parcels: their goods lie on my table again."""
    subject = asker(request)
    find(subject, number)
    packing.open_again(number, subject.person, by=subject.actor, at=timezone.now())
    return done(request, reverse("packing-station", args=[number]))


def _goods(layout: packing.Layout) -> list[tuple[str, str, int]]:
    """What is to be spread over the boxes: SKU, name, pieces."""
    names = {step.line.sku: step.line.name for step in layout.steps}
    return [(sku, name, layout.of(sku)[0]) for sku, name in names.items()]


def _places(request: HttpRequest) -> int:
    """How many boxes the form has: what was asked for last."""
    wanted = request.POST.get("places_wanted") or request.POST.get("places", "1")
    return min(max(read_whole(wanted) or 1, 1), MOST_PARCELS)


def _form(request: HttpRequest, place: int, places: int, goods: Sequence[tuple[str, str, int]]) -> ParcelForm:
    """One box's form: as it was typed when it is sent, keeping what was typed when a box is added."""
    prefix, shared = f"p{place}", goods if places > 1 else ()
    if request.method == "POST" and "places_wanted" not in request.POST:
        return ParcelForm(request.POST, prefix=prefix, goods=shared)
    typed = {name: value for key, value in request.POST.items() if (name := key.removeprefix(f"{prefix}-")) != key}
    return ParcelForm(prefix=prefix, goods=shared, initial=typed)


def _show(
    request: HttpRequest, layout: packing.Layout, parcels: Sequence[ParcelForm],
    refusal: packing.WeightOff | None = None,
) -> HttpResponse:  # fmt: skip
    odd = {one["place"]: one for one in refusal.detail["odd"]} if refusal else {}
    for place, form in enumerate(parcels, start=1):
        form.odd = odd.get(place)
    shown = {
        "asked": refusal,
        "order": layout.order,
        "layout": layout,
        "parcels": parcels,
        "places": len(parcels),
        "more": min(len(parcels) + 1, MOST_PARCELS),
        "fewer": len(parcels) - 1,
        "goods": _goods(layout),
        **_expected(layout, len(parcels)),
        "moment": Moment.of(timezone.now()),
        **see_second(request, layout.order, asker(request), asked=refusal is not None),
    }
    return answer(request, "orders/packing/sealing.html", shown, fragment="orders/packing/_sealing.html")


def _expected(layout: packing.Layout, places: int) -> dict[str, int]:
    """What it all should weigh, and how far off it may be; of several parcels only the first."""
    shop = Shop.current()
    expected = packing.expected_g([(step.line, step.picked) for step in layout.steps if step.picked], shop)
    if expected is None:
        return {"weighs": 0, "off": 0}
    off = packing.tolerated_g(expected, shop) if places == 1 else None
    return {"weighs": expected + shop.packaging_g * (places - 1), "off": off or 0}
