"""Which papers of an order were printed, and whether they still say the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders import journal
from orders.models import JournalEvent, Order
from shopdesk.base.access import Actor

PRINTED = "order.printed"
EDITED = "order.edited"  # as `orders.changes` writes it


@dataclass(frozen=True, slots=True)
class Printed:
    """The last print of an order, and when the order was changed after it."""

    what: str
    at: datetime
    changed_at: datetime | None


@transaction.atomic(durable=True)
def note_printed(copies: Mapping[int, int], what: str, *, by: Actor, at: datetime) -> list[Order]:
    """Write down that a paper of these orders was printed: by number, how many sheets. Each print is a fact."""
    return record_printed(copies, what, by=by, at=at)


def record_printed(copies: Mapping[int, int], what: str, *, by: Actor, at: datetime) -> list[Order]:
    """The same for whoever has a transaction open."""
    orders = Order.objects.lock_many(sorted(copies))
    entries = [journal.Entry(PRINTED, order, {"what": what, "copies": copies[order.number]}) for order in orders]
    journal.record(entries, by=by, at=at)
    return orders


def last_print(order: Order) -> Printed | None:
    """Give the last print of an order; none when nothing was printed yet."""
    told = list(JournalEvent.objects.filter(order=order, kind__in=[PRINTED, EDITED]).order_by("seq"))
    prints = [event for event in told if event.kind == PRINTED]
    if not prints:
        return None
    last = prints[-1]
    changed = [event.at for event in told if event.kind == EDITED and (event.seq or 0) > (last.seq or 0)]
    return Printed(str(last.data.get("what", "")), last.at, changed[-1] if changed else None)
