"""Who rings: the people behind a number and what is open with them, before anybody says a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import caches
from django.db.models import Q

from orders.models import CallTask, Customer, CustomerPhone, Order, PhoneCall
from orders.status import ENDED
from shopdesk.base.access import Subject

RINGS_FOR: Final = timedelta(seconds=90)  # longer than any telephone rings; a lost event fades by itself
TALKS_FOR: Final = timedelta(hours=1)
SHOWN: Final = 5
CONNECTED, CONNECTED_FOR_S = "telephony:connected", 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind a number: their name, their open orders (the newest first), the calls that wait for them."""

    phone: str
    name: str
    customer: int | None
    orders: Sequence[Order]
    tasks: Sequence[CallTask]
    call: PhoneCall | None = None


def is_connected() -> bool:
    """Tell whether a provider ever told of a call: only then do pages ask who rings. Looked up once in a minute."""
    known: bool | None = caches["nearby"].get(CONNECTED)
    if known is None:
        known = PhoneCall.objects.exists()
        caches["nearby"].set(CONNECTED, known, CONNECTED_FOR_S)
    return known


def who_rings(phone: str, subject: Subject, call: PhoneCall | None = None) -> Caller:
    """Give who is behind a number, as far as whoever asks sees them; nobody known has no name and no orders."""
    seen = Customer.objects.for_subject(subject)
    known = CustomerPhone.objects.filter(phone=phone, customer__in=seen).select_related("customer").first()
    theirs = Q(contact_phone=phone) | (Q(customer=known.customer_id) if known else Q())
    orders = list(
        Order.objects.for_subject(subject).filter(theirs).exclude(status__in=ENDED).order_by("-number")[:SHOWN]
    )
    wait = Q(phone=phone) | (Q(customer=known.customer_id) if known else Q())
    tasks = list(CallTask.objects.for_subject(subject).filter(wait, closed_at=None).order_by("due_at")[:SHOWN])
    name = (known.customer.name if known else "") or (orders[0].contact_name if orders else "")
    return Caller(phone, name, known.customer_id if known else None, orders, tasks, call)


def incoming(subject: Subject, *, at: datetime) -> list[Caller]:
    """Give the calls that ring at this person's extension or at nobody's in particular, and the one they took."""
    person = subject.person
    mine = Q(person=person) | Q(person=None)
    rings = Q(state=PhoneCall.State.RINGING, began_at__gt=at - RINGS_FOR) & mine
    talks = Q(state=PhoneCall.State.ANSWERED, began_at__gt=at - TALKS_FOR, person=person)
    calls = PhoneCall.objects.filter(rings | talks, direction=PhoneCall.Direction.IN).order_by("-began_at")[:SHOWN]
    return [who_rings(call.phone, subject, call) for call in calls if call.phone]
