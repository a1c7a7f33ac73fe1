"""Keyed hashes by which an erased person is known again in an old backup, and by nobody without the key."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Q

from orders.models import Customer, CustomerPhone, Order
from shopdesk.privacy.person import Person

PURPOSE = b"shopdesk erasures "
AT_ONCE = 2_000


def marks_of(person: Person) -> list[str]:
    """Give the marks of a person's phones, mails and orders, sorted."""
    orders = Order.objects.filter(pk__in=person.orders).values_list("channel_id", "external_id", "taken_at", "number")
    said = [_phone(phone) for phone in person.phones] + [_mail(mail) for mail in person.mails]
    return sorted(mark(one) for one in (*said, *(_order(*row) for row in orders)))


def mark(said: str, key: str | None = None) -> str:
    """Give the mark of one identifier. A phone has few digits: without the key every one of them could be tried."""
    secret = (settings.FIELD_KEY if key is None else key).encode()
    return hmac.new(hashlib.sha256(PURPOSE + secret).digest(), said.encode(), hashlib.sha256).hexdigest()


def marked(marks: Sequence[str]) -> tuple[list[int], list[int]]:
    """Give the customers and the orders that bear one of these marks: reads all of them, for a restore."""
    wanted = set(marks)
    phones = CustomerPhone.objects.values_list("customer_id", "phone").iterator(chunk_size=AT_ONCE)
    customers = {customer for customer, phone in phones if _is_marked(_phone(phone), wanted)}
    mails = Customer.objects.exclude(email="").values_list("pk", "email").iterator(chunk_size=AT_ONCE)
    customers |= {customer for customer, mail in mails if _is_marked(_mail(mail), wanted)}
    rows = Order.objects.values_list("channel_id", "external_id", "taken_at", "number", "contact_phone")
    orders = {
        number
        for channel, external_id, taken_at, number, phone in rows.iterator(chunk_size=AT_ONCE)
        if _is_marked(_order(channel, external_id, taken_at, number), wanted)
        or (phone and _is_marked(_phone(phone), wanted))
    }
    orders |= set(Order.objects.filter(Q(customer__in=customers)).values_list("pk", flat=True))
    return sorted(customers), sorted(orders)


def _is_marked(said: str, wanted: set[str]) -> bool:
    return any(mark(said, key) in wanted for key in _keys())


def _keys() -> Iterable[str]:
    """The key in use, and those before it: the list outlives a rotation."""
    return (settings.FIELD_KEY, *settings.FIELD_KEY_FALLBACKS)


def _phone(e164: str) -> str:
    return f"phone {e164}"


def _mail(mail: str) -> str:
    return f"mail {mail.casefold()}"


def _order(channel: str, external_id: str, taken_at: object, number: int) -> str:
    """An order as no other is: after a restore its number may be given anew, its hour not."""
    return f"order {channel} {external_id} {number} {taken_at}"
