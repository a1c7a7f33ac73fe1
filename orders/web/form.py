"""Doors of the phone order: the customer as you type, products by name, SKU or barcode, totals at once."""

import hashlib
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import intake, lookups, merging
from orders.inbox import leads
from orders.models import Channel, Courier, Customer, Order, OrderLink, Product, Shop
from orders.models.catalog import ProductRows
from orders.web.basket import Basket, free_of, read_basket, show_instead, show_price
from orders.web.forms import NewPersonForm
from orders.web.leading import basket_left, typed_by
from shopdesk.base import phones
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.money import digits
from shopdesk.base.strict import clean_form_text, form_identifier, read_whole
from shopdesk.base.toasts import say

ADDRESS = {"city": "address_city", "postcode": "address_postcode", "address": "address_text", "notes": "address_notes"}


class PhoneOrder(View):
    """The form of an order that a customer dictates."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it empty, or with the phone that is ringing (`?phone=`), or with a basket left in a shop (`?lead=`)."""
        asked = read_whole(request.GET.get("lead", ""))
        lead = None if asked is None else leads.find(asked, asker(request))
        if lead is not None:
            form = _person_form(request, initial=typed_by(lead) | {"payment": Order.PaidBy.COD})
            return _show(request, form, basket_left(lead, _products(request)), key=uuid4().hex)
        phone = clean_form_text(request.GET.get("phone", ""))[:200]
        form = _person_form(request, initial={"payment": Order.PaidBy.COD, "phone": phone})
        return _show(request, form, Basket(Shop.current().currency, []), key=uuid4().hex)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the order in. What is wrong is said beside its field; open orders of this phone are shown first."""
        form = _person_form(request, data=request.POST)
        basket = read_basket(request.POST, _products(request), Shop.current().currency)
        key = form_identifier(request.POST.get("key", ""), pointer="/key") or uuid4().hex
        if not basket.lines:
            basket.wrong["find"] = _("An order needs a line. Find a product by its name, SKU or barcode.")
        if not form.is_valid() or not basket.is_right:
            return _show(request, form, basket, key=key)
        rivals = [] if request.POST.get("anyway") else _rivals(request, form.cleaned_data["phone"])
        if rivals:
            return _show(request, form, basket, key=key, rivals=rivals)
        number = _take_in(request, form.cleaned_data, basket, key)
        _say_what_was_copied(request, number)
        say(request, _("Order %(number)s is taken in.") % {"number": number})
        return done(request, reverse("orders-card", args=[number]))


@require_POST
def count_basket(request: HttpRequest) -> HttpResponse:
    """Count the lines anew, with one more if one was picked or scanned."""
    currency = request.POST.get("currency", "")
    digits(currency)  # refuses what is no currency
    typed = read_basket(request.POST, _products(request), currency)
    show_price(typed, request.POST, _products(request), at=timezone.now())
    show_instead(typed, _products(request))
    return render(request, "orders/form/_basket.html", {"basket": typed, "counted": True})


@require_safe
@never_cache
@part_of("orders-new")
def find_products(request: HttpRequest) -> HttpResponse:
    """Show products by name, SKU or barcode, with what is free of them."""
    text = clean_form_text(request.GET.get("find", ""))[:200]
    found = [(product, free_of(product)) for product in lookups.products(_products(request), text)]
    currency = Shop.current().currency
    return render(request, "orders/form/_products.html", {"found": found, "text": text, "currency": currency})


@require_safe
@never_cache
@part_of("orders-new")
def find_customers(request: HttpRequest) -> HttpResponse:
    """Show who is known by this phone, else by this name, with how their orders went."""
    mine = Customer.objects.for_subject(asker(request))
    found: list[Customer] = []
    for name in ("phone", "name"):
        text = clean_form_text(request.GET.get(name, ""))[:200]
        found = found or list(lookups.customers(mine, text))
    return render(request, "orders/form/_customers.html", {"found": found})


@require_POST
def take_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Fill in somebody who is known, with the address of their last order; what else was typed stays."""
    subject = asker(request)
    customer = Customer.objects.for_subject(subject).filter(pk=customer_id).first()
    if customer is None:
        raise Missing
    typed = {name: request.POST.get(name, "") for name in NewPersonForm.base_fields}
    first = customer.phones.order_by("pk").first()
    typed |= {"name": customer.name, "email": customer.email, "phone": first.phone if first else ""}
    orders = Order.objects.for_subject(subject).filter(customer=customer)
    last = orders.order_by("-number").first()
    if last is not None:
        typed |= {name: getattr(last, column) for name, column in ADDRESS.items()}
        typed |= {"method": last.delivery_method, "courier": last.courier_id or ""}
    shown = {"form": _person_form(request, initial=typed), "rivals": list(lookups.still_inside(orders))}
    return render(request, "orders/form/_person.html", shown)


def _person_form(request: HttpRequest, **options: Any) -> NewPersonForm:
    """The form with the couriers that work for the shop."""
    return NewPersonForm(couriers=couriers_of(request), **options)


def couriers_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Give the couriers to choose from: code and name."""
    rows = Courier.objects.for_subject(asker(request)).filter(active=True)
    return list(rows.order_by("name").values_list("code", "name"))


def _products(request: HttpRequest) -> ProductRows:
    """The catalogue as the subject may see it."""
    return Product.objects.for_subject(asker(request))


def _show(
    request: HttpRequest, form: NewPersonForm, basket: Basket, *, key: str, rivals: list[Order] | None = None
) -> HttpResponse:
    """The form as it stands now, with everything that was typed."""
    shown = {"form": form, "basket": basket, "key": key, "rivals": rivals or [], "ask_anyway": bool(rivals)}
    shown["copy_of"] = request.POST.get("copy_of", "")
    show_instead(basket, _products(request))
    status = 200 if not (form.errors or rivals or not basket.is_right) else 422
    return render(request, "orders/form/page.html", shown, status=status)


def _say_what_was_copied(request: HttpRequest, number: int) -> None:
    """Link a copy with the order that it was copied from, as far as whoever copies sees it."""
    copied = read_whole(request.POST.get("copy_of", ""))
    if copied is not None:
        subject = asker(request)
        seen = Order.objects.for_subject(subject).filter(pk=copied).exclude(pk=number)
        if seen.exists():
            merging.link(number, copied, kind=OrderLink.Kind.COPY, by=subject.actor, at=timezone.now())


def _rivals(request: HttpRequest, phone: str) -> list[Order]:
    """Open orders of whoever has this phone."""
    known = [row.e164 for row in phones.read(phone, Shop.current().country)]
    return list(lookups.rivals(Order.objects.for_subject(asker(request)), known))


class NotByPhone(DomainError):
    """Whoever works for some channels only would not see the order that they typed in."""

    sentence = gettext_lazy("Orders by phone are not among the channels that you work for.")
    next_step = gettext_lazy("The owner can add that channel: Settings, Roles.")


def _phone_channel(subject: Subject) -> Channel:
    """Give the channel of orders that people type in. Raises NotByPhone."""
    channel = intake.phone_channel()
    if not Channel.objects.for_subject(subject).filter(pk=channel.pk).exists():
        raise NotByPhone
    return channel


def _take_in(request: HttpRequest, person: dict[str, Any], basket: Basket, key: str) -> int:
    """One call of intake; the same form sent twice gives the same order."""
    subject = asker(request)
    now = timezone.now()
    channel = _phone_channel(subject)
    address = intake.Address(
        text=person["address"], country=channel.country, postcode=person["postcode"], city=person["city"],
        notes=person["notes"],
    )  # fmt: skip
    new = intake.NewOrder(
        channel=channel, placed_at=now, currency=basket.currency, name=person["name"], phone=person["phone"],
        email=person["email"], address=address, delivery_method=person["method"], courier=person["courier"],
        promised_on=person["on"], slot=person["slot"], delivery_minor=basket.delivery_minor,
        delivery_by_tariff=basket.by_tariff, discount_minor=basket.discount_minor,
        payment_method=person["payment"], comment=person["comment"],
        lines=[
            intake.NewLine(line.label, line.pieces, line.price_minor, line.total_minor, sku=line.sku)
            for line in basket.lines
        ],
    )  # fmt: skip
    cause = intake.Key(f"form:{subject.actor}", key, hashlib.sha256(key.encode()).hexdigest())
    taken, _answer = intake.take_in_keyed(
        new, by=subject.actor, at=now, cause=cause, answer=lambda order: {"number": order.number}
    )
    return taken.order.number
