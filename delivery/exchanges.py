"""Exchanges: one comes back, one goes out, and one difference is paid at the door or owed back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery import refunds, returns
from delivery.models import Return
from delivery.returns import NewReturn, UnknownProduct
from orders import carrying, customers, journal, lifecycle, takings
from orders.models import Hold, JournalEvent, Order, OrderLine, OrderLink, Payment, Product, SearchKey
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

COPIED = (
    "channel", "location_id", "customer", "contact_name", "contact_phone", "contact_phone_raw", "contact_email", "zone",
    "delivery_method", "courier", "address_text", "address_country", "address_region", "address_region_code",
    "address_postcode", "address_city", "address_street", "address_house", "address_flat", "address_notes", "currency",
    "payment_method",
)  # fmt: skip


class NothingInstead(DomainError):
    """An exchange sends something out."""

    sentence = _("Say what goes out instead.")
    next_step = _("If nothing does, it is a return.")


@dataclass(frozen=True, slots=True)
class Instead:
    """Pieces that go out, at the catalogue's price."""

    sku: str
    quantity: int


@transaction.atomic(durable=True)
def exchange(wanted: NewReturn, instead: Sequence[Instead], *, by: Actor, at: datetime) -> Return:
    """Announce what comes back of an order, and take in what goes out for it, agreed and paid with what comes back.

    What the customer has paid for the pieces that come back counts for the new order as far as it goes; the rest of
    the new order is taken at its door, the rest of the old is owed back after the inspection. A reference that was
    exchanged before gives that exchange. Raises NothingInstead, UnknownProduct, NotWithCustomer, CannotCarry.
    """
    if not instead:
        raise NothingInstead
    row = returns.announce_within(wanted, by=by, at=at)
    if row.exchange is not None or row.order is None:
        return row
    new = _take_in(row.order, instead, at=at)
    worth = min(refunds.worth_of(row.order, row), new.total_minor)
    if worth < new.total_minor:
        new.payment_method = Order.PaidBy.COD
    new.paid_minor = 0
    lifecycle.first([new], at=at)
    new.save(force_insert=True)
    OrderLine.objects.bulk_create(_lines(new, instead))
    SearchKey.objects.bulk_create(SearchKey(order=new, key=key) for key in customers.number_keys(new.number))
    lifecycle.begin([new], by=by, at=at)
    row.exchange, row.exchanged_minor = new, worth
    row.save(update_fields=["exchange", "exchanged_minor"])
    _carry_money_over(row.order, new, worth, by=by, at=at)
    carrying.refuse_unable(new)
    OrderLink.objects.create(first=new, second=row.order, kind=OrderLink.Kind.EXCHANGE, at=at, by=str(by))
    if not Hold.objects.filter(order=new, closed_at=None).exists():
        lifecycle.move([new], Status.CONFIRMED, by=by, at=at, why=lifecycle.Why(reason="exchange"))
    return row


def _take_in(old: Order, instead: Sequence[Instead], *, at: datetime) -> Order:
    products = _products(instead)
    items = sum(products[one.sku].price_minor * one.quantity for one in instead)
    columns = {name: getattr(old, name) for name in COPIED}
    return Order(
        placed_at=at, taken_at=at, items_minor=items, total_minor=items, source={"exchange_of": old.pk}, **columns
    )


def _lines(new: Order, instead: Sequence[Instead]) -> list[OrderLine]:
    products = _products(instead)
    return [
        OrderLine(
            order=new, position=position, product=(product := products[one.sku]), kind=product.kind, sku=product.sku,
            name=product.name, quantity=one.quantity, price_minor=product.price_minor,
            total_minor=product.price_minor * one.quantity,
        )
        for position, one in enumerate(instead, start=1)
    ]  # fmt: skip


def _products(instead: Sequence[Instead]) -> dict[str, Product]:
    found = {row.sku: row for row in Product.objects.filter(sku__in=[one.sku for one in instead], active=True)}
    for one in instead:
        if one.sku not in found:
            raise UnknownProduct(detail={"sku": one.sku})
    return found


def _carry_money_over(old: Order, new: Order, amount_minor: int, *, by: Actor, at: datetime) -> list[JournalEvent]:
    """Book what was paid for the old pieces as paid for the new ones: the one sum, with both signs."""
    if not amount_minor:
        return []
    entries = [
        journal.Entry("order.exchanged", old, {"to": new.pk, "amount": amount_minor}),
        journal.Entry("order.exchanged", new, {"from": old.pk, "amount": amount_minor}),
    ]
    events = journal.record(entries, by=by, at=at)
    account = Payment.Account.PREPAID
    takings.receive([takings.Taking(old, account, -amount_minor), takings.Taking(new, account, amount_minor)], events)
    return events
