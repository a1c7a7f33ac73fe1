"""Doors of orders that belong together: two made one, one cut in two, copied, linked."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import merging
from orders.merging import ASIDE, Strategy
from orders.models import Order, OrderLine, OrderLink, Product
from orders.web.basket import basket_of
from orders.web.card import find_order
from orders.web.edit import as_typed
from orders.web.form import couriers_of
from orders.web.forms import NewPersonForm
from orders.web.seeing import address_line
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say

STRATEGIES = {
    Strategy.SUM: gettext_lazy("Everything of both"),
    Strategy.MAX: gettext_lazy("Of the same goods the larger quantity"),
    Strategy.KEEP: gettext_lazy("Only what this order has"),
}
NOT_COPIED = ("on", "slot")


class MergeForm(forms.Form):
    """What becomes of the items."""

    strategy = forms.ChoiceField(label=gettext_lazy("Items"), choices=lambda: list(STRATEGIES.items()))


class LinkForm(forms.Form):
    """The other order."""

    other = forms.IntegerField(label=gettext_lazy("Number of the other order"), min_value=1, max_value=10**15)


@require_safe
@never_cache
@part_of("orders-card")
def see(request: HttpRequest, number: int) -> HttpResponse:
    """Show what an order belongs together with, and what can be done about it."""
    subject = asker(request)
    order = find_order(request, number)
    rows = OrderLink.objects.for_subject(subject)
    links = [(one, one.second, one.get_kind_display()) for one in rows.filter(first=order).select_related("second")]
    back = [(one, one.first, _back_words(one)) for one in rows.filter(second=order).select_related("first")]
    seen = set(
        _orders(request).filter(pk__in=[other.pk for _one, other, _w in links + back]).values_list("pk", flat=True)
    )
    shown = {
        "order": order, "links": [row for row in links + back if row[1].pk in seen], "form": LinkForm(),
        "is_aside": order.status in ASIDE,
    }  # fmt: skip
    return render(request, "orders/card/_together.html", shown)


@require_safe
@never_cache
def copy(request: HttpRequest, number: int) -> HttpResponse:
    """Show the form of a new order with everything of this one in it; nothing is taken in yet."""
    order = find_order(request, number)
    basket = basket_of(order, list(order.lines.order_by("position")), Product.objects.for_subject(asker(request)))
    for line in basket.lines:
        line.line = ""
    typed = {name: value for name, value in as_typed(order).items() if name not in NOT_COPIED}
    form = NewPersonForm(couriers=couriers_of(request), initial=typed | {"payment": order.payment_method})
    shown = {
        "form": form, "basket": basket, "key": uuid4().hex, "rivals": [], "ask_anyway": False, "copy_of": number,
    }  # fmt: skip
    return render(request, "orders/form/page.html", shown)


class Merge(View):
    """Two orders become one."""

    def get(self, request: HttpRequest, number: int, other_id: int) -> HttpResponse:
        """Show both side by side."""
        pair = [find_order(request, number), find_order(request, other_id)]
        shown: dict[str, Any] = {
            "order": pair[0],
            "other": pair[1],
            "form": MergeForm(),
            "lines": [_lines(one) for one in pair],
        }
        shown["places"] = [address_line(one) for one in pair]
        return render(request, "orders/card/merging.html", shown)

    def post(self, request: HttpRequest, number: int, other_id: int) -> HttpResponse:
        """Merge the other one into this one."""
        kept, gone = find_order(request, number), find_order(request, other_id)
        said = read_form(MergeForm(request.POST))
        merging.merge(
            kept.pk, gone.pk, Strategy(said["strategy"]), by=asker(request).actor, at=timezone.now()
        )  # fmt: skip
        say(request, _("Order %(other)s is a part of this one now.") % {"other": gone.pk})
        return done(request, reverse("orders-card", args=[number]))


class Split(View):
    """One order is cut in two."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show the lines, with what is short proposed to be cut off."""
        order = find_order(request, number)
        lines = [(line, line.wanted if line.is_goods else 0) for line in _lines(order)]
        return render(request, "orders/card/split.html", {"order": order, "lines": lines})

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        """Cut the pieces off that were named."""
        order = find_order(request, number)
        pieces = {line.pk: _whole(request.POST.get(f"pieces-{line.pk}", "")) for line in _lines(order)}
        part = merging.split(
            number, {key: count for key, count in pieces.items() if count}, by=asker(request).actor, at=timezone.now()
        )  # fmt: skip
        say(request, _("Order %(part)s was cut off.") % {"part": part.pk})
        return done(request, reverse("orders-card", args=[part.pk]))


@require_POST
def link(request: HttpRequest, number: int) -> HttpResponse:
    """Say that this order belongs together with another."""
    order = find_order(request, number)
    other = find_order(request, read_form(LinkForm(request.POST))["other"])
    merging.link(order.pk, other.pk, by=asker(request).actor, at=timezone.now())
    say(request, _("Linked with %(other)s.") % {"other": other.pk})
    return done(request, reverse("orders-card", args=[number]))


@require_POST
def unlink(request: HttpRequest, number: int, link_id: int) -> HttpResponse:
    """Take a link away that somebody made."""
    order = find_order(request, number)
    rows = OrderLink.objects.for_subject(asker(request))
    made = rows.filter(pk=link_id, first=order).first() or rows.filter(pk=link_id, second=order).first()
    if made is None:
        raise Missing
    merging.unlink(made.pk, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("orders-card", args=[number]))


def _orders(request: HttpRequest) -> Any:
    return Order.objects.for_subject(asker(request))


def _lines(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.order_by("position") if line.cancelled < line.quantity]


def _back_words(one: OrderLink) -> str:
    """How the other side of a link is called."""
    words = {
        OrderLink.Kind.COPY: _("copied as"), OrderLink.Kind.SPLIT: _("a part of it is"),
        OrderLink.Kind.MERGED: _("swallowed"), OrderLink.Kind.EXCHANGE: _("exchanged for"),
    }  # fmt: skip
    return words.get(OrderLink.Kind(one.kind), one.get_kind_display())


def _whole(text: str) -> int:
    """Give a number of pieces; what is none cuts nothing off. Raises Malformed."""
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Malformed([FieldError("/pieces", "invalid_type", _("Pieces are whole numbers."))])
    return int(text or 0)
