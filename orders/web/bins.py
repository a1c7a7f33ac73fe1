"""Doors of the bins: put one up, carry goods from one to another by two scans, take goods out of use."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import goodslabels, onhand, shelf
from orders.models import Location, Place, PlaceLevel, Product, StockMove
from orders.web.forms import with_capitals
from orders.web.receipts import MOST_PIECES, bins_of
from orders.web.stock import find
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import IdentifierField
from shopdesk.base.strict import QueryReader, read_whole
from shopdesk.base.toasts import say

MOST_TICKED = goodslabels.MOST_LABELS + 1  # one more than is printed tells that they are too many


class BinForm(forms.Form):
    """A new bin."""

    code = IdentifierField(label=gettext_lazy("Code of the bin"), max_length=32)
    location = forms.ChoiceField(label=gettext_lazy("Location"), required=False)

    def __init__(self, *args: Any, locations: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(code, code) for code in locations]
        self.fields["location"] = forms.ChoiceField(
            label=gettext_lazy("Location"), choices=choices, required=False, initial=next(iter(locations), "")
        )


class CarryForm(forms.Form):
    """What goes from where to where."""

    product = forms.IntegerField()
    source = forms.IntegerField()
    target = forms.IntegerField()
    quantity = forms.IntegerField(min_value=1, max_value=MOST_PIECES)


class LeaveForm(forms.Form):
    """Pieces that leave the shelf, and why."""

    HOW = {
        "scrap": gettext_lazy("Write off: it is gone for good"),
        "quarantine": gettext_lazy("Set aside: not for sale until somebody brings it back"),
    }

    bin = forms.ChoiceField(label=gettext_lazy("From bin"))
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=MOST_PIECES)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=lambda: with_capitals(shelf.Reason.choices))
    how = forms.ChoiceField(label=gettext_lazy("What becomes of it"), choices=HOW)

    def __init__(self, *args: Any, levels: list[PlaceLevel], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(level.place.code, f"{level.place.code} · {level.on_hand}") for level in levels]
        self.fields["bin"] = forms.ChoiceField(label=gettext_lazy("From bin"), choices=choices)


@require_http_methods(["GET", "HEAD", "POST"])
def bins(request: HttpRequest) -> HttpResponse:
    """The bins and how much lies in them; put up a new one."""
    subject = asker(request)
    own = Location.objects.for_subject(subject).order_by("position", "code")
    locations = list(own.values_list("code", flat=True))
    form = BinForm(request.POST or None, locations=locations)
    if form.is_valid():
        said = form.cleaned_data
        place = shelf.make_bin(said["location"], said["code"], by=subject.actor, at=timezone.now())
        say(request, _("Bin %(code)s is up.") % {"code": place.code})
        return done(request, reverse("stock-bins"))
    filled = Q(levels__on_hand__gt=0)
    rows = bins_of(subject).annotate(products=Count("levels", filter=filled), pieces=Sum("levels__on_hand"))
    shown = {"form": form, "rows": rows.order_by("location", "code"), "several": len(locations) > 1}
    return answer(request, "orders/stock/bins.html", shown, fragment="orders/stock/_bin_form.html")


@require_POST
def print_bins(request: HttpRequest) -> HttpResponse:
    """Labels for the bins that were ticked; for all of them when none was."""
    subject = asker(request)
    ticked = [number for text in request.POST.getlist("bin")[:MOST_TICKED] if (number := read_whole(text)) is not None]
    rows = bins_of(subject).order_by("location", "code")
    chosen = rows.filter(pk__in=ticked) if ticked else rows
    pdf = goodslabels.print_bins(list(chosen[:MOST_TICKED]), by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="bins.pdf"'
    return response


@require_safe
def carry(request: HttpRequest) -> HttpResponse:
    """Carry goods: each scan says more, until product, source and target are known."""
    subject = asker(request)
    query = QueryReader(request.GET, ("product", "source", "target", "code", "quantity"))
    names = ("product", "source", "target")
    known = {name: query.whole(name, 0) for name in names if request.GET.get(name)}
    code, pieces = query.text("code"), query.whole("quantity", 1, max_value=MOST_PIECES)
    query.finish()
    if code:
        known, pieces = _with_scanned(subject, known, code.strip(), pieces)
    shown = _carrying(subject, known) | {"quantity": pieces}
    return answer(request, "orders/stock/carry.html", shown, fragment="orders/stock/_carry.html")


@require_POST
def carried(request: HttpRequest) -> HttpResponse:
    """Do it, and be ready for the next product."""
    subject = asker(request)
    form = CarryForm(request.POST)
    if not form.is_valid():
        raise Missing
    values = form.cleaned_data
    product = find(subject, values["product"])
    source, target = _bin(subject, values["source"]), _bin(subject, values["target"])
    pieces = shelf.Pieces(product.sku, values["quantity"], source.code)
    by, now = subject.actor, timezone.now()
    moved = shelf.carry(pieces, location=source.location_id or "", to_bin=target.code, by=by, at=now)
    words = ngettext("%(n)d piece is in %(bin)s now.", "%(n)d pieces are in %(bin)s now.", moved.quantity)
    say(request, words % {"n": moved.quantity, "bin": target.code}, undo=reverse("stock-back", args=[moved.pk]))
    return done(request, reverse("stock-carry"))


@require_POST
def put_back(request: HttpRequest, move_id: int) -> HttpResponse:
    """Take a carrying back."""
    subject = asker(request)
    if not StockMove.objects.for_subject(subject).filter(pk=move_id).exists():
        raise Missing
    moved = shelf.put_back(move_id, by=subject.actor, at=timezone.now())
    say(request, _("It is back where it was."))
    return done(request, reverse("stock-product", args=[moved.product_id]))


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, product_id: int) -> HttpResponse:
    """Take pieces out of use: a dialog that names the orders which would lose a promise."""
    subject = asker(request)
    product = find(subject, product_id)
    levels = _lying(subject, product)
    start = {"quantity": 1, "reason": shelf.Reason.DAMAGED, "how": "scrap"}
    form = LeaveForm(request.POST or None, levels=levels, initial=start)
    if not form.is_valid():
        first = levels[0].place if levels else None
        pieces = [shelf.Pieces(product.sku, 1, first.code)] if first else []
        lost = shelf.would_lose(pieces, location=first.location_id or "") if first else []
        shown = {"form": form, "product": product, "levels": levels, "orders": lost}
        return answer(request, "orders/stock/leave.html", shown, fragment="orders/stock/_leave.html")
    values = form.cleaned_data
    act = shelf.quarantine if values["how"] == "quarantine" else shelf.write_off
    wanted = [shelf.Pieces(product.sku, values["quantity"], values["bin"])]
    location = next(level.place.location_id or "" for level in levels if level.place.code == values["bin"])
    taken = act(wanted, shelf.Reason(values["reason"]), location=location, by=subject.actor, at=timezone.now())
    say(request, _taken_words(values["quantity"], product, taken))
    return done(request, reverse("stock-product", args=[product.pk]))


@require_safe
@part_of("stock-product")
def losers(request: HttpRequest, product_id: int) -> HttpResponse:
    """Name the orders that would lose a promise by what stands in the dialog now."""
    subject = asker(request)
    product = find(subject, product_id)
    levels = _lying(subject, product)
    form = LeaveForm(request.GET, levels=levels)
    orders: list[int] = []
    if form.is_valid():
        values = form.cleaned_data
        location = next(level.place.location_id or "" for level in levels if level.place.code == values["bin"])
        pieces = [shelf.Pieces(product.sku, values["quantity"], values["bin"])]
        orders = shelf.would_lose(pieces, location=location)
    return render(request, "orders/stock/_losers.html", {"orders": orders})


def _with_scanned(subject: Subject, known: dict[str, int], code: str, pieces: int) -> tuple[dict[str, int], int]:
    """Add what was scanned: a bin is the source first, then the target; the same product again is a piece more."""
    goods = Product.objects.for_subject(subject).filter(kind=Product.Kind.GOODS)
    scanned = onhand.scanned(code, goods, Place.objects.for_subject(subject))
    if scanned.bin is not None:
        return known | {"target" if "source" in known else "source": scanned.bin.pk}, pieces
    if scanned.product is not None and known.get("product") == scanned.product.pk:
        return known, pieces + scanned.pieces
    product = scanned.product.pk if scanned.product else 0
    return {"product": product} | {name: pk for name, pk in known.items() if name != "product"}, scanned.pieces


def _carrying(subject: Subject, known: dict[str, int]) -> dict[str, Any]:
    product = find(subject, known["product"]) if "product" in known else None
    source = _bin(subject, known["source"]) if "source" in known else None
    target = _bin(subject, known["target"]) if "target" in known else None
    lying = _lying(subject, product) if product else []
    there = sum(level.on_hand for level in lying if source and level.place_id == source.pk)
    return {"product": product, "source": source, "target": target, "lying": lying, "there": there}


def _lying(subject: Subject, product: Product) -> list[PlaceLevel]:
    levels = PlaceLevel.objects.for_subject(subject).filter(product=product, on_hand__gt=0, place__kind=Place.Kind.BIN)
    return list(levels.select_related("place").order_by("-on_hand", "place__code"))


def _bin(subject: Subject, place_id: int) -> Place:
    place = bins_of(subject).filter(pk=place_id).first()
    if place is None:
        raise Missing
    found: Place = place
    return found


def _taken_words(pieces: int, product: Product, taken: shelf.Taken) -> str:
    words = _("%(n)d × %(sku)s is off the shelf.") % {"n": pieces, "sku": product.sku}
    if not taken.orders:
        return words
    orders = ", ".join(str(number) for number in taken.orders)
    return words + " " + _("A promise was lost by: %(orders)s.") % {"orders": orders}
