"""Doors of carts: begin a walk, scan pieces into slots, hand the cart to the packing station, put it down."""

import secrets
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import goodslabels, packing, queues, waves
from orders.models import Batch, Order
from orders.web.telling import Moment
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import IdentifierField, read_form
from shopdesk.base.toasts import say

CART = RegexValidator(r"^[A-Z0-9]{1,8}$", gettext_lazy("A cart is called by up to eight Latin letters and digits."))


class CartForm(forms.Form):
    """Which cart, and how many of its slots."""

    cart = IdentifierField(label=gettext_lazy("Cart"), max_length=8, validators=[CART], initial="1")
    most = forms.IntegerField(
        label=gettext_lazy("Orders"), min_value=1, max_value=packing.MOST_SLOTS, initial=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    wave = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class CartShotForm(forms.Form):
    """One code from the scanner on the walk, with what was scanned before."""

    code = IdentifierField(max_length=250)  # a marking code is long
    event_id = IdentifierField(max_length=64)
    bin = IdentifierField(max_length=32, required=False)
    sku = IdentifierField(max_length=64, required=False)
    hand = forms.IntegerField(min_value=0, max_value=packing.MOST_AT_ONCE * 1_000, required=False)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Take the first orders that wait to the slots of a cart."""
    subject, moment = asker(request), Moment.of(timezone.now())
    said = read_form(CartForm(request.POST))
    seen = Order.objects.for_subject(subject)
    waiting = waves.in_wave(seen, said["wave"], moment.today) if said["wave"] else queues.to_pack(seen, moment.today)
    new = packing.NewBatch(said["cart"], said["most"])
    batch = packing.start(waiting, new, subject.person, by=subject.actor, at=moment.at)
    return done(request, reverse("packing-cart", args=[batch.pk]))


@require_safe
def see(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The cart's walk: what to take from which bin, into which slot."""
    _find(asker(request), batch_id)
    return render(request, "orders/packing/cart.html", _see(request, batch_id))


@require_POST
def hear(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One code from the scanner. A wrong one fills the signal; what was in the hand stays in it."""
    subject = asker(request)
    _find(subject, batch_id)
    code = request.POST.get("code", "").replace("\x1d", "␝")  # the separator inside a marking code
    form = CartShotForm(request.POST.dict() | {"code": code})
    said: dict[str, Any] = {}
    try:
        if not form.is_valid():
            raise packing.UnreadableCode
        shot = packing.CartShot(**(form.cleaned_data | {"hand": form.cleaned_data["hand"] or 0}))
        said["heard"] = packing.hear_cart(batch_id, shot, by=subject.actor, at=timezone.now())
    except packing.BatchOver:
        raise
    except DomainError as refusal:
        said["refusal"] = {"why": str(refusal), "next": refusal.fill(refusal.next_step)}
        said["kept"] = {name: form.cleaned_data.get(name) for name in ("bin", "sku", "hand")}
    shown = _see(request, batch_id, **said)
    if is_htmx(request):
        return render(request, "orders/packing/_cart_now.html", shown)  # 200 for a refusal too: the signal says it
    return render(request, "orders/packing/cart.html", shown, status=409 if "refusal" in said else 200)


@require_POST
def hand_on(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Hand the picked cart to the packing station."""
    subject = asker(request)
    batch = _find(subject, batch_id)
    packing.hand_on(batch_id, by=subject.actor, at=timezone.now())
    say(request, _("Cart %(cart)s stands at the packing station.") % {"cart": batch.cart})
    return done(request, reverse("packing"))


@require_POST
def put_down(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Leave the cart's orders to others."""
    subject = asker(request)
    batch = _find(subject, batch_id)
    packing.put_down_batch(batch_id, by=subject.actor, at=timezone.now())
    say(request, _("Cart %(cart)s is put down. What was picked lies in its slots.") % {"cart": batch.cart})
    return done(request, reverse("packing"))


@require_POST
def print_slots(request: HttpRequest) -> HttpResponse:
    """Labels for the slots of a cart, to be stuck on once."""
    subject, said = asker(request), read_form(CartForm(request.POST))
    pdf = goodslabels.print_slots(said["cart"], said["most"], by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="cart-{said["cart"]}.pdf"'
    return response


def _find(subject: Subject, batch_id: int) -> Batch:
    batch = Batch.objects.for_subject(subject).filter(pk=batch_id).first()
    if batch is None:
        raise Missing
    return batch


def _see(request: HttpRequest, batch_id: int, **said: Any) -> dict[str, Any]:
    seen, heard = packing.walk(batch_id), said.get("heard")
    kept = said.get("kept") or ({"bin": heard.bin, "sku": heard.sku, "hand": heard.hand} if heard else {})
    here = seen.here(kept.get("bin") or "", kept.get("sku") or "")
    into = [one for one in here.into if one[1]] if here else []
    return {
        "walk": seen,
        "here": here,
        "into": into,
        "places": {place for place, _pieces in into},
        "slots": [(slot, layout) for slot, layout in zip(seen.slots, seen.layouts, strict=True)],
        "bin": kept.get("bin") or "",
        "sku": kept.get("sku") or "",
        "hand": kept.get("hand") or 0,
        "heard": heard,
        "refusal": said.get("refusal"),
        "event_id": secrets.token_hex(12),
        "mine": seen.batch.picker_id == asker(request).person,
        "moment": Moment.of(timezone.now()),
    }
