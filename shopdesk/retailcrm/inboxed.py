"""What shops say of orders over API v5 stands in the inbox too: raw, with what became of it, to be applied again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import QueryDict

from orders import intake
from orders.inbox import asked
from orders.inbox.applying import Verdict
from orders.models import Channel, InboundMessage, Order
from shopdesk.base.access import Actor, Kind, Subject
from shopdesk.base.errors import Refusal
from shopdesk.retailcrm import editing, finding, keeping, reading, taking
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.reading import Entity
from shopdesk.retailcrm.refusals import BadEntity, Refused
from shopdesk.retailcrm.taking import Read

BEGINS = "v5/"
CREATE, UPLOAD, EDIT = "v5/orders/create", "v5/orders/upload", "v5/orders/edit"
EXISTS = "Order already exists."
State = InboundMessage.State


@dataclass(slots=True)
class Fate:
    """What becomes of a message while a door is at it."""

    row: InboundMessage
    order: Order | None = None
    reason: str = "same"
    read: Read | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Say it as the inbox does."""
        state = State.IGNORED if self.reason == "same" else State.APPLIED
        number = self.order.pk if self.order else None
        return Verdict(state, self.reason, self.detail, self.external_id, number, understood(self.read))

    @property
    def external_id(self) -> str:
        return self.order.external_id if self.order else self.read.new.external_id if self.read else ""

    def refused(self, words: str) -> Verdict:
        """Say why nothing came of it."""
        return Verdict(
            State.FAILED, "refused", {"sentence": words[:500]}, self.external_id, None, understood(self.read)
        )


@dataclass(frozen=True)
class Again(Visit):
    """A call that nobody makes any more: what was kept of it is applied for its shop."""

    message: int = 0

    @property
    def by(self) -> Actor:
        return Actor("channel", self.message)


@contextmanager
def kept(visit: Visit, channel: Channel, topic: str, raw: str, names: Mapping[str, str]) -> Iterator[Fate]:
    """Keep what was said before it is read, and mark what became of it. A bug leaves it to the sweep."""
    with settled(Fate(asked.keep(asked.Heard(channel, topic, raw, names), at=visit.now)), at=visit.now) as fate:
        yield fate


@contextmanager
def settled(fate: Fate, *, at: datetime) -> Iterator[Fate]:
    """Mark a message with its fate, or with what the desk said against it."""
    try:
        yield fate
    except (Refused, Refusal) as refusal:
        asked.settle([(fate.row, fate.refused(words_of(refusal)))], at=at)
        raise
    asked.settle([(fate.row, fate.verdict)], at=at)


def keep_all(whole: Fate, said: Sequence[Entity], *, at: datetime) -> list[Fate]:
    """Make each order of an upload a message of its own; the upload itself is done with."""
    bodies = [json.dumps(one, cls=DjangoJSONEncoder, ensure_ascii=False) for one in said]
    rows = asked.keep_parts(whole.row, bodies, CREATE, at=at)
    whole.reason, whole.detail = "split", {"n": len(rows)}
    return [Fate(row) for row in rows]


def create(said: Entity, visit: Visit, fate: Fate) -> Order:
    """Take an order in. Raises BadEntity for one that exists: the modules then edit it."""
    fate.read = read = named(taking.reader(said, visit.own_site, visit).read(), visit)
    if read.new.external_id:
        taken = intake.take_in_many([read.new], by=visit.by, at=visit.now)[0]
    else:  # nothing tells it from another one but this message, so the message is its key
        cause = intake.Key(f"v5:{visit.own_site.pk}"[:60], f"inbound-{fate.row.pk}", fate.row.body_hash)
        taken, _answer = intake.take_in_keyed(
            read.new, by=visit.by, at=visit.now, cause=cause, answer=lambda _order: {}
        )
    fate.order = taken.order
    if not taken.created and not _is_ours(visit, taken):
        keeping.keep_beside(taken.order, read, at=visit.now)  # its maker may have been cut off half-way
        raise BadEntity({"externalId": EXISTS})
    order = after(taken.order, read, visit)
    fate.reason = "taken"
    return order


def edit(said: Entity, visit: Visit, fate: Fate, order: Order) -> Order:
    """Change what differs in an order."""
    before = order.version
    fate.order = order = editing.edit(order, said, visit)
    fate.reason = "changed" if order.version != before else "same"
    return order


def named(read: Read, visit: Visit) -> Read:
    """Keep with the order which of the shop's customers it named."""
    known = keeping.named_customer(read, visit.own_site) if read.customer else None
    if known is None:
        return read
    return replace(read, new=replace(read.new, source=taking.with_customer(read.new.source, known.pk)))


def after(order: Order, read: Read, visit: Visit) -> Order:
    """Do what follows from an order that was just taken in: its payments, its customer, its status."""
    keeping.keep_beside(order, read, at=visit.now)
    return editing.begin_status(order, read.status, visit) if read.status is not None else order


def left_over(*, at: datetime) -> list[int]:
    """Give what a door was cut off at, and what somebody wants applied again."""
    return asked.left_over(BEGINS, at=at)


def apply_again(pk: int, *, at: datetime) -> int:
    """Apply one such message, or give it up. Gives 1: it is decided."""
    if (row := asked.take(pk, at=at)) is not None:
        _again(row, at)
    return 1


def words_of(refusal: Refused | Refusal) -> str:
    """Put a refusal of this door into one line: which fields, and why; never what stood in them."""
    if not isinstance(refusal, Refused):
        return str(refusal)
    errors = refusal.errors
    said = [f"{name}: {why}" for name, why in errors.items()] if isinstance(errors, Mapping) else list(errors or [])
    return "; ".join([refusal.message, *said]) if said else refusal.message


def understood(read: Read | None) -> dict[str, Any] | None:
    """Give what was understood of an order, in the words of the inbox's page."""
    if read is None:
        return None
    new = read.new
    return {
        "external_id": new.external_id, "name": new.name, "phone": new.phone, "email": new.email,
        "address": asdict(new.address), "delivery_method": new.delivery_method, "comment": new.comment,
        "payment_method": str(new.payment_method), "currency": new.currency,
        "lines": [asdict(one) for one in new.lines],
        "state": read.status.code if read.status else "", "stated_total_minor": None,
    }  # fmt: skip


def _is_ours(visit: Visit, taken: intake.Taken) -> bool:
    """Tell whether an order that is there is what this message brought before it was cut off."""
    return isinstance(visit, Again) and not taken.clash


def _again(row: InboundMessage, at: datetime) -> None:
    deed = DEEDS.get(row.topic)
    fate = Fate(row, row.order)
    if deed is None or row.order_id:  # done before: said again it changes nothing
        return asked.settle([(row, fate.verdict)], at=at)
    subject = Subject(Kind.STOREFRONT, code=row.channel_id, at=at)
    fields = QueryDict(mutable=True)
    fields.update({"order": row.body} | {name: str(row.detail[name]) for name in ("by",) if name in row.detail})
    with suppress(Refused, Refusal), settled(fate, at=at):  # what is refused is marked so, and nobody waits for words
        deed(Again(subject, at, fields, QueryDict(), frozenset(), row.pk), fate)
    return None


def _create_again(visit: Again, fate: Fate) -> None:
    create(reading.entity(visit.fields, "order"), visit, fate)


def _edit_again(visit: Again, fate: Fate) -> None:
    order = finding.find_order(visit, str(fate.row.detail.get("uid", "")))
    edit(reading.entity(visit.fields, "order"), visit, fate, order)


DEEDS: Final[Mapping[str, Callable[[Again, Fate], None]]] = {CREATE: _create_again, EDIT: _edit_again}
