"""Door of an order's edit: its lines, address, delivery and discount. A stale form is shown again with what differs."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views import View

from orders import changes
from orders.columns import COLUMNS
from orders.models import Order, OrderLine, Product
from orders.status import BEFORE_PACKED, Status
from orders.web.basket import Basket, basket_of, changed, check, read_basket, typed_of
from orders.web.card import find_order
from orders.web.form import couriers_of
from orders.web.forms import PersonForm
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Malformed, Stale
from shopdesk.base.money import from_minor
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

FIELDS = {
    "name": "contact_name",
    "phone": "contact_phone_raw",
    "email": "contact_email",
    "method": "delivery_method",
    "courier": "courier_id",
    "on": "promised_on",
    "slot": "slot",
    "city": "address_city",
    "postcode": "address_postcode",
    "address": "address_text",
    "notes": "address_notes",
    "comment": "comment",
}


class EditOrder(View):
    """The order as a form."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show it as it is now."""
        order = find_order(request, number)
        is_open = order.status in BEFORE_PACKED
        if not is_open:
            raise changes.TooLate(detail={"number": number})
        lines = list(order.lines.order_by("position"))
        form = PersonForm(couriers=couriers_of(request), initial=as_typed(order))
        return _show(request, order, form, basket_of(order, lines, _products(request)))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        """Save what differs. A refusal leaves everything that was typed where it was."""
        order = find_order(request, number)
        lines = list(order.lines.order_by("position"))
        form = PersonForm(request.POST, couriers=couriers_of(request))
        basket = read_basket(request.POST, _products(request), order.currency)
        if not form.is_valid() or not basket.is_right:
            return _show(request, order, form, basket)
        version = request.POST.get("version", "")
        wanted = edit_of(order, form.cleaned_data, basket, lines)
        try:
            changes.edit(
                number, wanted, version=read_whole(version, digits=9) or 0,
                by=asker(request).actor, at=timezone.now(),
            )  # fmt: skip
        except Stale as stale:
            return _show_stale(request, number, stale, basket)
        except (DomainError, Malformed) as refusal:
            return _show(request, order, form, basket, refusal=refusal)
        say(request, _("Order %(number)s is changed.") % {"number": number})
        return done(request, reverse("orders-card", args=[number]))


def _products(request: HttpRequest) -> Any:
    """The catalogue as the subject may see it."""
    return Product.objects.for_subject(asker(request))


def as_typed(order: Order) -> dict[str, Any]:
    """The order's columns under the names of the form."""
    typed = {name: getattr(order, column) for name, column in FIELDS.items()}
    parts = (order.address_street, order.address_house, order.address_flat)
    typed["address"] = typed["address"] or ", ".join(part for part in parts if part)
    typed["courier"] = typed["courier"] or ""
    return typed


def edit_of(order: Order, typed: Mapping[str, Any], basket: Basket, lines: list[OrderLine]) -> changes.Edit:
    """What differs from the order, as the desk takes it."""
    before = as_typed(order)
    fields = {column: typed[name] for name, column in FIELDS.items() if typed[name] != before[name]}
    if "courier_id" in fields:
        fields["courier_id"] = fields["courier_id"] or None
    money: dict[str, Any] = {"delivery_minor": basket.delivery_minor, "discount_minor": basket.discount_minor}
    if basket.by_tariff:  # left empty: the tariff says it from now on
        money["delivery_by_tariff"] = True
    fields |= {name: value for name, value in money.items() if value != getattr(order, name)}
    edits = [
        changes.LineEdit(line.pieces, id=read_whole(line.line), sku=line.sku, price_minor=line.price_minor)
        for line in changed(basket, lines)
    ]
    return changes.Edit(fields, edits)


def _show(
    request: HttpRequest, order: Order, form: PersonForm, basket: Basket, *, refusal: Any = None, differs: Any = None
) -> HttpResponse:
    """The form as it stands, with why it was not saved."""
    shown: dict[str, Any] = {"order": order, "form": form, "basket": basket, "differs": differs or []}
    if refusal is not None:
        wrong = [str(error.detail) for error in getattr(refusal, "errors", [])]
        shown |= {"why": refusal.fill(refusal.sentence), "what_next": refusal.fill(refusal.next_step), "wrong": wrong}
    is_fine = refusal is None and not form.errors and basket.is_right
    return render(request, "orders/form/edit.html", shown, status=200 if is_fine else 409 if refusal else 422)


def _show_stale(request: HttpRequest, number: int, stale: Stale, basket: Basket) -> HttpResponse:
    """What was typed stays, with what differs above it."""
    order = find_order(request, number)
    form = PersonForm(merge(request.POST, stale, order, basket), couriers=couriers_of(request))
    return _show(request, order, form, basket, refusal=stale, differs=tell_differences(stale, order))


def merge(post: QueryDict, stale: Stale, order: Order, basket: Basket) -> QueryDict:
    """Give what was typed; fields that this person left alone take what somebody else put there, lines are added."""
    now = as_typed(order)
    typed: QueryDict = post.copy()
    for name, column in FIELDS.items():
        was = stale.differs.get(column, (None, None))[0]
        if column in stale.differs and typed.get(name, "") == written(was):
            typed[name] = written(now[name])
    _take_over(stale, order, basket)
    return typed


def _take_over(stale: Stale, order: Order, basket: Basket) -> None:
    """Let lines and sums that this person left alone become what somebody else made of them."""
    ids = {line.line for line in basket.lines}
    added = [line for line in order.lines.order_by("position") if str(line.pk) not in ids]
    basket.lines += [typed_of(line, order.currency) for line in added if line.cancelled < line.quantity]
    for theirs in stale.differs.get("items", (None, []))[1]:
        for line in basket.lines:
            if line.sku == theirs["sku"] and line.pieces == theirs["from"]:
                line.quantity = str(theirs["to"])
    for name in ("delivery", "discount"):
        was = stale.differs.get(f"{name}_minor", (None, None))[0]
        if was is not None and was == getattr(basket, f"{name}_minor"):
            setattr(basket, name, from_minor(getattr(order, f"{name}_minor"), order.currency))
    check(basket)


def written(value: Any) -> str:
    """A stored value as a form field has it."""
    return "" if value is None else str(value)


def tell_differences(stale: Stale, order: Order) -> list[dict[str, str]]:
    """What somebody else changed: the field, what it was, what it is."""
    told = []
    for name, (was, now) in stale.differs.items():
        label = capfirst(str(COLUMNS.get(name, name)))
        if name == "items":
            told.append({"label": label, "was": "", "now": "; ".join(f"{line['sku']}: {line['to']}" for line in now)})
            continue
        told.append({"label": label, "was": _tell_value(name, was, order), "now": _tell_value(name, now, order)})
    return told


def _tell_value(name: str, value: Any, order: Order) -> str:
    """A stored value for people."""
    if name == "status" and value in Status.values:
        return str(Status(value).label)
    if name.endswith("_minor") and isinstance(value, int):
        return from_minor(value, order.currency)
    return written(value) or "–"
