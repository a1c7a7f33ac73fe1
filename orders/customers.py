"""Customers: known by any of their phones, else by e-mail; and the keys by which they are found again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from orders.models import Customer, CustomerConflict, CustomerPhone, Order, SearchKey
from shopdesk.base import phones
from shopdesk.base.bulk import create, insert
from shopdesk.base.fresh import fresh
from shopdesk.base.prepared import Reading

FRAGMENT = 4  # digits from which on a number is searched
KEY_LENGTH = 80
BY_PHONE = Reading(Customer, "JOIN customer_phone p ON p.customer_id = t.id WHERE p.phone {texts}", extra=["p.phone"])


@dataclass(frozen=True, slots=True)
class Contact:
    """Who ordered, as a channel said it; `phones` in E.164, the first is the one to ring."""

    name: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose each contact is. `new` are not inserted yet, nor are the `phones` that nobody had."""

    customers: list[Customer | None]
    new: list[tuple[Customer, Contact]]
    phones: dict[str, Customer]
    doubts: list[tuple[Customer, Customer]]


def match(contacts: Sequence[Contact], *, at: datetime) -> list[Customer | None]:
    """Give the customer of each contact, made where nobody is known by these phones or that e-mail."""
    found = recognise(contacts, at=at)
    insert_new(found, at=at)
    return found.customers


def recognise(contacts: Sequence[Contact], *, at: datetime) -> Recognised:
    """Find the customer of each contact, a new one where nobody is known by these phones or that e-mail.

    A phone outranks an e-mail. A contact with neither stays nobody.
    """
    by_phone = _by_phone(contacts)
    known_phones = set(by_phone)
    by_email = _by_email(contacts)
    customers: list[Customer | None] = []
    new: list[tuple[Customer, Contact]] = []
    doubts: list[tuple[Customer, Customer]] = []
    for contact in contacts:
        doubts += combinations([by_phone[phone] for phone in contact.phones if phone in by_phone], 2)
        known = next((by_phone[phone] for phone in contact.phones if phone in by_phone), None)
        if known is None and not contact.phones:
            known = by_email.get(contact.email)
        if known is None and (contact.phones or contact.email):
            known = fresh(Customer, name=contact.name, email=contact.email, created_at=at)
            new.append((known, contact))
        if known is not None:
            by_phone.update({phone: known for phone in contact.phones if phone not in by_phone})
            if contact.email:
                by_email.setdefault(contact.email, known)
        customers.append(known)
    return Recognised(
        customers, new, {phone: by_phone[phone] for phone in by_phone if phone not in known_phones}, doubts
    )


def insert_new(found: Recognised, *, at: datetime) -> None:
    """Insert new customers and phones, with the keys by which they are found.

    Two at once that bring the same new phone: the second fails on its unique index, and intake takes its whole batch
    again.
    """
    create([customer for customer, _ in found.new])
    _add_phones(found.phones)
    insert(
        SearchKey, ("customer_id", "key"),
        [(customer.pk, key) for customer, contact in found.new for key in words(contact.name, contact.email)],
    )  # fmt: skip
    _ask_about(found.doubts, at)


def attach(customer: Customer, numbers: Sequence[str]) -> None:
    """Note further phones of a customer. A phone that is somebody else's stays theirs: nobody is merged silently."""
    known = set(CustomerPhone.objects.filter(phone__in=numbers).values_list("phone", flat=True))
    _add_phones({phone: customer for phone in numbers if phone not in known})


def words(*texts: str) -> set[str]:
    """Give the casefolded words of names, mails and ids, as `SearchKey` keeps them: SQLite folds only ASCII."""
    found = set()
    for text in texts:
        folded = text.casefold().strip()
        if folded:
            found.add(folded[:KEY_LENGTH])
            found.update(word[:KEY_LENGTH] for word in re.split(r"[\s,;.]+", folded) if len(word) > 1)
    return found


def number_keys(number: int) -> set[str]:
    """Give the endings of an order's number from the fourth digit on, and the number itself."""
    digits = str(number)
    return {digits} | {digits[start:] for start in range(len(digits) - FRAGMENT + 1)}


def _ask_about(doubts: Sequence[tuple[Customer, Customer]], at: datetime) -> None:
    """Ask a person whether two customers of whom one order names a phone each are one. Asked before, it stays asked."""
    pairs = {(min(one.pk, other.pk), max(one.pk, other.pk)) for one, other in doubts if one.pk != other.pk}
    if pairs:
        CustomerConflict.objects.bulk_create(
            [CustomerConflict(known_id=known, other_id=other, opened_at=at) for known, other in sorted(pairs)],
            ignore_conflicts=True,
        )


def _by_phone(contacts: Sequence[Contact]) -> dict[str, Customer]:
    wanted = {phone for contact in contacts for phone in contact.phones}
    return {phone: customer for phone, customer in BY_PHONE.rows(wanted)} if wanted else {}


def _by_email(contacts: Sequence[Contact]) -> dict[str, Customer]:
    wanted = {contact.email for contact in contacts if contact.email and not contact.phones}
    if not wanted:
        return {}
    # The oldest wins where several share a mail; the latest entry of a dict does, so the newest come first.
    return {row.email: row for row in Customer.objects.filter(email__in=wanted).order_by("-pk")}


def _add_phones(new: dict[str, Customer]) -> None:
    """Insert new phones, sorted: two batches with the same ones wait, never deadlock.

    No second look whether one came meanwhile: its customer is another than ours, so the insert must fail and intake
    take its whole batch again.
    """
    insert(CustomerPhone, ("phone", "customer_id"), [(phone, new[phone].pk) for phone in sorted(new)])
    insert(
        SearchKey, ("customer_id", "key"),
        [(new[phone].pk, suffix) for phone in sorted(new) for suffix in phones.suffixes(phone)],
    )  # fmt: skip


def keys_of(order: Order) -> set[str]:
    """Give what an order is found by beside its customer's keys: its numbers, and a name that differs from theirs."""
    keys = number_keys(order.number) | words(order.external_id)
    if order.customer is None or order.customer.name != order.contact_name:
        keys |= words(order.contact_name)
    return keys
