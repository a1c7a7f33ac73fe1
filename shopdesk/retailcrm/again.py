"""What shops said over API v5 is applied again: what a door was cut off at, and what somebody wants applied again."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.http import QueryDict

from orders.inbox import asked
from orders.models import InboundMessage
from shopdesk.base.access import Kind, Subject
from shopdesk.base.errors import Refusal
from shopdesk.retailcrm import customers, finding, inboxed, packs, payments, reading
from shopdesk.retailcrm.inboxed import Again, Fate
from shopdesk.retailcrm.refusals import Refused

BEGINS = "v5/"


def left_over(*, at: datetime) -> list[int]:
    """Give what a door was cut off at, and what somebody wants applied again."""
    return asked.left_over(BEGINS, at=at)


def apply(pk: int, *, at: datetime) -> int:
    """Apply one such message, or give it up. Gives 1: it is decided."""
    with asked.tried(pk, at=at) as row:
        if row is not None:
            _again(row, at)
    return 1


def _again(row: InboundMessage, at: datetime) -> None:
    deed = DEEDS.get(row.topic)
    fate = Fate(row, row.order)
    if deed is None or row.order_id or row.customer_id:  # done before: said again it changes nothing
        return asked.settle([(row, fate.verdict)], at=at)
    entity = _entity(row.topic)
    subject = Subject(Kind.STOREFRONT, code=row.channel_id, at=at)
    fields = QueryDict(mutable=True)
    fields.update({entity: row.body} | {name: str(row.detail[name]) for name in ("by",) if name in row.detail})
    # What is refused is marked so, and nobody waits for words; what another sweep has done is marked by that one.
    with suppress(Refused, Refusal, asked.DoneBefore), inboxed.settled(fate, at=at):
        deed(Again(subject, at, fields, QueryDict(), frozenset(), row.pk), fate)
    return None


def _entity(topic: str) -> str:
    """Give the field in which a call of this topic says what it says: `customer`, and `customers` of many."""
    many, deed = topic.split("/")[1:]
    return many if deed == "upload" else many.removesuffix("s")


def _split(topic: str) -> Callable[[Again, Fate], None]:
    """Make each part of an upload a message of its own, once: the sweep finds them and applies each."""

    def split(visit: Again, fate: Fate) -> None:
        if not fate.row.parts.exists():
            said = reading.entities(visit.fields, _entity(fate.row.topic))
            inboxed.keep_all(fate, said, topic, at=fate.row.received_at)  # they came with it

    return split


def _create_order(visit: Again, fate: Fate) -> None:
    inboxed.create(reading.entity(visit.fields, "order"), visit, fate)


def _edit_order(visit: Again, fate: Fate) -> None:
    order = finding.find_order(visit, _named(fate))
    inboxed.edit(reading.entity(visit.fields, "order"), visit, fate, order)


def _create_customer(visit: Again, fate: Fate) -> None:
    customers.create(reading.entity(visit.fields, "customer"), visit, fate)


def _edit_customer(visit: Again, fate: Fate) -> None:
    customers.edit(visit, fate, _named(fate))


def _named(fate: Fate) -> str:
    return str(fate.row.detail.get("uid", ""))


DEEDS: Final[Mapping[str, Callable[[Again, Fate], object]]] = {
    inboxed.CREATE: _create_order,
    inboxed.UPLOAD: _split(inboxed.CREATE),
    inboxed.EDIT: _edit_order,
    customers.CREATE: _create_customer,
    customers.UPLOAD: _split(customers.CREATE),
    customers.EDIT: _edit_customer,
    payments.CREATE: payments.create,
    payments.EDIT: payments.edit,
    payments.DELETE: payments.delete,
    packs.CREATE: packs.create,
    packs.EDIT: packs.edit,
    packs.DELETE: packs.delete,
}
