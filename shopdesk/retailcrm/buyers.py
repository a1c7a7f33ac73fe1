"""A shop's customers: made, changed and told apart by the shop's own ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from orders import customers, journal
from orders.inbox.applying import Verdict
from orders.inbox.asked import UNASKED, Cause
from orders.models import Channel, Customer, InboundMessage
from shopdesk.base import phones
from shopdesk.base.access import Actor
from shopdesk.retailcrm.models import ShopCustomer
from shopdesk.retailcrm.reading import LONGEST_ID, Entity, part, rows, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.taking import ADDRESS

State = InboundMessage.State
TRIES = 3
MOST_PHONES = 5
EXISTS = "Customer already exists."
NAMES = {"firstName": "first_name", "lastName": "last_name", "patronymic": "patronymic"}


@dataclass(frozen=True)
class Said:
    """What a shop says of a customer: columns by name, what it does not say is not there."""

    columns: Mapping[str, object]
    external_id: str = ""
    phones: Sequence[str] = field(default=())


def read(said: Entity) -> Said:
    """Read a customer. Raises BadEntity for an id that is too long to be kept."""
    own = text(said, "externalId", 1_000)
    if len(own) > LONGEST_ID:
        raise BadEntity({"externalId": "This value is not valid."})
    columns: dict[str, object] = {
        ours: " ".join(text(said, theirs, 150).split()) for theirs, ours in NAMES.items() if theirs in said
    }
    if "email" in said:
        columns["email"] = text(said, "email", 254).casefold()
    numbers = list(dict.fromkeys(filter(None, (text(one, "number", 90) for one in rows(said, "phones")))))
    if "phones" in said:
        columns["phones"] = numbers[:MOST_PHONES]
    if "address" in said:
        address = part(said, "address")
        columns["address"] = {name: text(address, name, 300) for name in ADDRESS if text(address, name, 300)}
    return Said(columns, own, numbers[:MOST_PHONES])


def make(new: Said, *, channel: Channel, by: Actor, at: datetime, cause: Cause = UNASKED) -> ShopCustomer:
    """Keep a new customer of a shop. Raises BadEntity for an id that the shop used before."""
    for _try in range(TRIES - 1):
        try:
            return _make(new, channel=channel, by=by, at=at, cause=cause)
        except IntegrityError:  # somebody brought the same phone or the same id at this moment: look again
            continue
    return _make(new, channel=channel, by=by, at=at, cause=cause)


@transaction.atomic(durable=True)
def change(row: ShopCustomer, said: Said, *, by: Actor, at: datetime, cause: Cause = UNASKED) -> ShopCustomer:
    """Change what the shop says anew. Phones are added to the customer, never taken from somebody else.

    What the shop said before something that is done already changes nothing.
    """
    cause.lock()
    locked = ShopCustomer.objects.locked(pk=row.pk).select_related("customer", "channel").get()
    if cause.is_overtaken(about(locked)):
        cause.mark(_done("older", locked), about(locked), at=at)
        return locked
    changed = {name: value for name, value in said.columns.items() if getattr(locked, name) != value}
    if said.external_id and said.external_id != locked.external_id:
        _refuse_taken(locked.channel, said.external_id)
        changed["external_id"] = said.external_id
    if changed:
        for name, value in changed.items():
            setattr(locked, name, value)
        locked.version += 1
        locked.save()
        customers.attach(locked.customer, _dialable(said.phones, locked.channel))
        _journal("shop_customer.changed", locked, sorted(changed), by=by, at=at)
    cause.mark(_done("customer" if changed else "same", locked), about(locked), at=at)
    return locked


def about(row: ShopCustomer) -> str:
    """Name a shop's customer in the inbox."""
    return f"customer:{row.pk}"


def understood(said: Said, channel: Channel) -> dict[str, object]:
    """Give what was understood of a customer, in the words of the inbox's page."""
    name = " ".join(str(said.columns[one]) for one in NAMES.values() if said.columns.get(one))
    address = said.columns.get("address") or {}
    parts = address.values() if isinstance(address, dict) else ()
    return {
        "external_id": said.external_id, "name": name, "phone": ", ".join(_dialable(said.phones, channel)),
        "email": said.columns.get("email", ""), "address": {"text": ", ".join(map(str, parts))},
    }  # fmt: skip


def _done(reason: str, row: ShopCustomer) -> Verdict:
    state = State.IGNORED if reason in ("older", "same") else State.APPLIED
    return Verdict(state, reason, external_id=row.external_id, customer=row.customer_id)


@transaction.atomic(durable=True)
def _make(new: Said, *, channel: Channel, by: Actor, at: datetime, cause: Cause) -> ShopCustomer:
    cause.lock()
    _refuse_taken(channel, new.external_id)
    row = ShopCustomer(channel=channel, external_id=new.external_id, created_at=at)
    for name, value in new.columns.items():
        setattr(row, name, value)
    name = " ".join(filter(None, (row.first_name, row.patronymic, row.last_name)))
    contact = customers.Contact(name, tuple(_dialable(new.phones, channel)), row.email)
    known = customers.match([contact], at=at)[0]
    row.customer = known or Customer.objects.create(name=name, created_at=at)
    row.save()
    _journal("shop_customer.made", row, sorted(new.columns), by=by, at=at)
    cause.mark(_done("customer", row), about(row), at=at)
    return row


def _refuse_taken(channel: Channel, external_id: str) -> None:
    if external_id and ShopCustomer.objects.filter(channel=channel, external_id=external_id).exists():
        raise BadEntity({"externalId": EXISTS})


def _dialable(numbers: Sequence[str], channel: Channel) -> list[str]:
    read_ = [one for number in numbers for one in phones.read(number, channel.country)]
    return list(dict.fromkeys(one.e164 for one in read_ if one.dialable))


def _journal(kind: str, row: ShopCustomer, changed: Sequence[str], *, by: Actor, at: datetime) -> None:
    """Say that a customer was made or changed, and in which fields; the values stay in the row."""
    data: dict[str, journal.Code] = {"channel": row.channel_id, "fields": list(changed)}
    journal.record([journal.Entry(kind, data=data, subject=("shop_customer", row.pk))], by=by, at=at)
