"""Doors of where an order is served from: the plan that the desk proposes, and the person's choice."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import merging, partial, rerouting, sourcing
from orders.merging import ASIDE
from orders.models import Location, Order, Product, Shop
from orders.web.card import find_order
from orders.web.forms import with_capitals
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say


class RestForm(forms.Form):
    """What becomes of what is missing."""

    policy = forms.ChoiceField(
        label=gettext_lazy("What is missing"), choices=lambda: with_capitals(Order.Policy.choices)
    )
    until = forms.DateField(
        label=gettext_lazy("Wait until"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


@require_safe
@never_cache
def see_plan(request: HttpRequest, number: int) -> HttpResponse:
    """How a short order could be served: whole from another location, or split over several; a person decides."""
    subject = asker(request)
    order = find_order(request, number)
    several = Location.objects.for_subject(subject).filter(serves=True).count() > 1
    plan = sourcing.plan(order) if several else None
    form = RestForm(initial={"policy": order.policy}, auto_id="rest-%s")
    shown: dict[str, Any] = {"order": order, "form": form, "is_aside": order.status in ASIDE}
    shown |= {"plan": plan, "parts": _parts(subject, plan) if plan else []}
    return render(request, "orders/card/_sourcing.html", shown)


@require_POST
def decide_rest(request: HttpRequest, number: int) -> HttpResponse:
    """Say what becomes of the pieces that are missing: they are waited for, cut off, or cancelled."""
    order = find_order(request, number)
    at, said = timezone.now(), read_form(RestForm(request.POST))
    policy = Order.Policy(said["policy"])
    held = partial.decide(order.pk, policy, until=_end_of(said["until"]), by=asker(request).actor, at=at)
    if held.pk != order.pk:
        say(request, _("Order %(part)s was cut off.") % {"part": held.pk})
    else:
        say(request, _("Kept: %(what)s.") % {"what": policy.label})
    return done(request, reverse("orders-card", args=[number]))


@require_POST
def choose(request: HttpRequest, number: int) -> HttpResponse:
    """Serve the order from another location."""
    subject = asker(request)
    order = find_order(request, number)
    code = request.POST.get("location", "")
    if not Location.objects.for_subject(subject).filter(pk=code).exists():
        raise Missing
    rerouting.serve_from(order.pk, code, by=subject.actor, at=timezone.now())
    say(request, _("The order is served from %(location)s now.") % {"location": code})
    return done(request, reverse("orders-card", args=[number]))


@require_POST
def divide(request: HttpRequest, number: int) -> HttpResponse:
    """Carry the proposed split out: an order for each location that has a part."""
    order = find_order(request, number)
    cut = merging.split_between(order.pk, by=asker(request).actor, at=timezone.now())
    words = ngettext("Cut off and served from elsewhere: order %(n)s.", "Cut off: orders %(n)s.", len(cut))
    say(request, words % {"n": ", ".join(str(one.pk) for one in cut)})
    return done(request, reverse("orders-card", args=[number]))


def _end_of(day: date | None) -> datetime | None:
    """The end of a day in the shop's zone."""
    return datetime.combine(day, time(23, 59), ZoneInfo(Shop.current().zone)) if day else None


def _parts(subject: Subject, plan: sourcing.Plan) -> list[dict[str, Any]]:
    """The parts of a plan with the names of their products, and what is nowhere as the last part."""
    products = {product for part in plan.parts for product in part.pieces} | set(plan.missing)
    names = dict(Product.objects.for_subject(subject).filter(pk__in=products).values_list("pk", "sku"))
    parts = [{"location": part.location.code, "goods": _goods(part.pieces, names)} for part in plan.parts]
    return [*parts, {"location": "", "goods": _goods(plan.missing, names)}] if plan.missing else parts


def _goods(pieces: sourcing.Pieces, names: dict[int, str]) -> str:
    return ", ".join(f"{names[product]} × {number}" for product, number in pieces.items() if product in names)
