"""A person as the desk knows them: their customer cards, their orders, and all phones, mails and names in these."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from orders import customers as names
from orders.models import Customer, CustomerPhone, Order
from shopdesk.base.errors import Missing
from shopdesk.privacy.columns import Table

LONGEST_KEY = 19
REACHED = {"orders": "orders", "customers": "customers", "phones": "phones"}


@dataclass(frozen=True, slots=True)
class Person:
    """One person, or several whose data go together. `homes` are (name, street or address text)."""

    customers: Sequence[int]
    orders: Sequence[int]
    phones: Sequence[str]
    mails: Sequence[str]
    homes: Sequence[tuple[str, str]]


def of_key(key: str) -> Person:
    """Give the person of "c12" (customer 12) or "o10427" (order 10427). Raises Missing."""
    kind, number = key[:1], key[1:]
    if kind not in {"c", "o"} or not number.isascii() or not number.isdigit() or len(number) >= LONGEST_KEY:
        raise Missing
    return of_order(int(number)) if kind == "o" else of_customers([int(number)])


def of_order(number: int) -> Person:
    """Give the person who placed an order: a customer with all their orders, else this order alone. Raises Missing."""
    order = Order.objects.filter(pk=number).first()
    if order is None:
        raise Missing
    return of_customers([order.customer_id]) if order.customer_id else _described([], [order])


def of_customers(keys: Sequence[int]) -> Person:
    """Give the person or people of customer cards, with every order that says one of their phones. Raises Missing."""
    customers = list(Customer.objects.filter(pk__in=keys).order_by("pk"))
    if len(customers) != len(set(keys)):
        raise Missing
    phones = CustomerPhone.objects.filter(customer__in=customers).values_list("phone", flat=True)
    mails = [customer.email for customer in customers if customer.email]
    theirs = Q(customer__in=customers) | Q(contact_phone__in=list(phones))
    theirs |= Q(contact_email__in=mails, customer=None)
    return _described(customers, Order.objects.filter(theirs).order_by("pk"))


def rows_of(table: Table, person: Person) -> QuerySet[Any]:
    """Give the rows of a table that a person is in, by every road that the table has."""
    wanted = Q(pk__in=[])
    for road, lookup in table.roads.items():
        wanted |= Q(**{f"{lookup}__in": list(getattr(person, REACHED[road]))})
    rows = table.rows.filter(wanted)
    # An order goes on being found by its numbers: those are nobody's data.
    return rows.exclude(order__isnull=False, key__in=_own_keys(person)) if table.name == "search_key" else rows


def _own_keys(person: Person) -> set[str]:
    """The keys by which orders are found whoever placed them: their numbers and the shop's ids."""
    rows = Order.objects.filter(pk__in=person.orders).values_list("pk", "external_id")
    return {key for number, external_id in rows for key in names.number_keys(number) | names.words(external_id)}


def _described(customers: Sequence[Customer], orders: Iterable[Order]) -> Person:
    """Everything by which these are known."""
    rows = list(orders)
    keys = sorted({customer.pk for customer in customers})
    phones = {row.contact_phone for row in rows}
    phones |= set(CustomerPhone.objects.filter(customer__in=keys).values_list("phone", flat=True))
    mails = {row.contact_email.casefold() for row in rows} | {customer.email for customer in customers}
    homes = {(row.contact_name, row.address_street or row.address_text) for row in rows}
    known = {(name, street) for name, street in homes if name and street}
    return Person(keys, [row.pk for row in rows], sorted(phones - {""}), sorted(mails - {""}), sorted(known))
