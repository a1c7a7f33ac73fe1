"""What shops say over API v5 stands in the inbox too: raw, with what became of it, to be applied again (`again`)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from orders import intake
from orders.inbox import asked
from orders.inbox.applying import Verdict
from orders.models import Channel, InboundMessage, Order
from shopdesk.base import retold
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Refusal
from shopdesk.base.strict.text import clean_text
from shopdesk.retailcrm import editing, finding, keeping, reading, taking
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.reading import Entity
from shopdesk.retailcrm.refusals import BadEntity, Refused
from shopdesk.retailcrm.taking import Read

CREATE, UPLOAD, EDIT = "v5/orders/create", "v5/orders/upload", "v5/orders/edit"
NO_TEXT = "{}"  # stands for what is said by the path alone: that something is none any more
EXISTS = "Order already exists."
MOST_TOLD = 50
State = InboundMessage.State


@dataclass(slots=True)
class Fate:
    """What becomes of a message while a door is at it."""

    row: InboundMessage
    order: Order | None = None
    reason: str = "same"
    read: Read | None = None
    said: Mapping[str, Any] | None = None  # what was understood of something that is no order
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Say it as the inbox does."""
        state = State.IGNORED if self.reason == "same" else State.APPLIED
        number = self.order.pk if self.order else None
        return Verdict(state, self.reason, self.detail, self.external_id, number, self.understood, self.row.customer_id)

    @property
    def cause(self) -> asked.Cause:
        """Give the message as what is done for it needs it."""
        return asked.Cause(self.row, self.understood)

    @property
    def understood(self) -> Mapping[str, Any] | None:
        return self.said or understood(self.read)

    @property
    def external_id(self) -> str:
        return self.order.external_id if self.order else self.read.new.external_id if self.read else ""

    def refused(self, refusal: Refused | Refusal) -> Verdict:
        """Say why nothing came of it, so that each reader reads it in a language of their own."""
        return Verdict(State.FAILED, "refused", {"told": told(refusal)}, self.external_id, None, self.understood)


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
    """Mark a message with its fate, or with what the desk said against it; one that is marked already stays so."""
    try:
        yield fate
    except (Refused, Refusal) as refusal:
        asked.settle([(fate.row, fate.refused(refusal))], at=at)
        raise
    if fate.row.state == State.RECEIVED:
        asked.settle([(fate.row, fate.verdict)], at=at)


def keep_all(whole: Fate, said: Sequence[Entity], topic: str, *, at: datetime) -> list[Fate]:
    """Make each part of an upload a message of its own; the upload itself is done with."""
    bodies = [json.dumps(one, cls=DjangoJSONEncoder, ensure_ascii=False) for one in said]
    rows = asked.keep_parts(whole.row, bodies, topic, at=at)
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


def names_of(visit: Visit, uid: str) -> dict[str, str]:
    """Give how a path names what it is about, to be kept beside the text. Cut to what any id here has."""
    by = reading.sent(visit.fields, "by") or reading.sent(visit.query, "by") or finding.BY[0]
    return {"uid": clean_text(uid)[0][: reading.LONGEST_ID + 1], "by": by}


def told(refusal: Refused | Refusal) -> list[retold.Kept]:
    """Give a refusal of this door as it is kept: which fields, and why; never what stood in them."""
    if not isinstance(refusal, Refused):
        return [retold.keep(refusal)]
    said = refusal.said or (refusal.errors if isinstance(refusal.errors, Mapping) else {})
    parts = [{"field": name} | _kept(why) for name, why in said.items()]
    rest = [] if isinstance(refusal.errors, Mapping) else [_kept(str(why)) for why in refusal.errors or []]
    return [_kept(refusal.message), *parts, *rest][:MOST_TOLD]


def _kept(why: str | DomainError) -> retold.Kept:
    return retold.keep(why) if isinstance(why, DomainError) else {"says": retold.words(why)}


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
