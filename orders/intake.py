"""Intake: an order is taken in whatever its data look like, once, with everything that follows from it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from orders import customers, lifecycle, nocall, sourcing, writing
from orders.customers import Contact
from orders.models import Channel, IdempotencyKey, Order, Shop
from orders.models.shop import FIRST_SHOP
from orders.neworders import Address, NewLine, NewOrder
from shopdesk.base import phones, prepared
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, KeyReused
from shopdesk.base.kept import Kept

__all__ = ["Address", "NewLine", "NewOrder"]

T = TypeVar("T")

# Each id is looked up by itself, and "not empty" is said in the words of the index, or all orders are walked over.
SAME_ORDERS = """
SELECT 1 AS rank, o.channel_id, o.external_id, o.number, o.body_hash
FROM {each} c CROSS JOIN {each} w CROSS JOIN {lateral} orders o
WHERE o.channel_id = c.one AND o.external_id = w.one AND NOT (o.external_id = ''){end}
UNION ALL
SELECT 2, a.channel_id, a.external_id, a.order_id, o.body_hash FROM order_alias a JOIN orders o ON o.number = a.order_id
WHERE a.channel_id {texts} AND a.external_id {texts}
ORDER BY 1
"""
# The first statement of all: whoever comes second with a key waits here for the first to commit, or to roll back.
CLAIM = """
INSERT INTO idempotency_key (client, key, body_hash, at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""
ANSWER = "UPDATE idempotency_key SET order_id = %(number)s, answer = {json:answer} WHERE id = %(key)s"
SETTINGS = Kept(FIRST_SHOP, sourcing.SERVING, lifecycle.NEW_LABEL, nocall.ACTIVE)
MOST_AT_ONCE = 500
MOST_LINES = 5_000
TRIES = 3  # a batch meets another one with the same new phone or order: the next try finds what the other made


class TooMany(DomainError):
    """More was given at once than one transaction should hold."""

    sentence = _("At most 500 orders at once, and at most 5,000 lines in an order.")


class OrderExists(DomainError):
    """The channel's id is taken by an order that says something else."""

    sentence = _("This channel already has another order with that id: %(number)s.")


class KeyBusy(DomainError):
    """The same idempotency key is being worked on right now."""

    sentence = _("A request with this key is still being worked on.")
    next_step = _("Repeat it in a moment: it will get the first one's answer.")


@dataclass(frozen=True, slots=True)
class Key:
    """The idempotency key of a request: whose, its text, and the SHA-256 of the raw body."""

    client: str
    key: str
    body_hash: str


@dataclass(slots=True)
class Taken:
    """What became of one order of a batch: taken in now, there already, or a clash with one that says otherwise."""

    order: Order
    created: bool
    clash: bool = False


Answer = Callable[[Order], dict[str, Any]]


def phone_channel() -> Channel:
    """Give the channel of orders that people type in themselves; made on first use, in the shop's own currency."""
    shop = Shop.current()
    defaults = {"name": _("by phone"), "kind": Channel.Kind.MANUAL, "currency": shop.currency, "country": shop.country}
    return Channel.objects.get_or_create(code="phone", defaults=defaults)[0]


def take_in(new: NewOrder, *, by: Actor, at: datetime) -> Taken:
    """Take one order in. The same order again gives the one that exists. Raises OrderExists for another of its id."""
    taken = take_in_many([new], by=by, at=at)[0]
    if taken.clash:
        raise OrderExists(detail={"number": taken.order.number})
    return taken


def take_in_keyed(
    new: NewOrder, *, by: Actor, at: datetime, cause: Key, answer: Answer
) -> tuple[Taken, dict[str, Any]]:
    """Take one order in under an idempotency key and give its answer; the same key again gives the same answer.

    `answer` is made before commit and stored in the same transaction. Raises KeyReused when the key came with
    another body, KeyBusy when its first request is still being worked on.
    """
    return _again_after_a_race(lambda: _take_in_keyed(new, by=by, at=at, cause=cause, answer=answer))


def take_in_many(new: Sequence[NewOrder], *, by: Actor, at: datetime) -> list[Taken]:
    """Take up to 500 orders in, in one transaction: some fourteen statements whatever their number."""
    return _again_after_a_race(lambda: _take_in_many(new, by=by, at=at))


def take_in_within(new: NewOrder, *, by: Actor, at: datetime) -> Taken:
    """Take one order in within the caller's transaction: the inbox marks its message in the same one.

    An IntegrityError means that somebody took the same in meanwhile; the caller's transaction is to be repeated.
    """
    return _take_in([new], by=by, at=at)[0]


@transaction.atomic(durable=True)
def _take_in_many(new: Sequence[NewOrder], *, by: Actor, at: datetime) -> list[Taken]:
    return _take_in(new, by=by, at=at)


@transaction.atomic(durable=True)
def _take_in_keyed(
    new: NewOrder, *, by: Actor, at: datetime, cause: Key, answer: Answer
) -> tuple[Taken, dict[str, Any]]:
    contacts = [_contact(new)]
    with _claimed(cause, at, _asks([new], contacts)) as key:
        if key is None:
            return _answered_before(cause, answer)
        taken = _write([new], contacts, by=by, at=at)[0]
        if taken.clash:
            raise OrderExists(detail={"number": taken.order.number})
        said = answer(taken.order)
        prepared.change(ANSWER, {"key": key, "number": taken.order.pk, "answer": json.dumps(said)})
        return taken, said


@contextmanager
def _claimed(cause: Key, at: datetime, asks: Sequence[prepared.Ask]) -> Iterator[int | None]:
    """Insert the key, and give its row, or None where it was there; what else is asked ahead travels along."""
    claim = [cause.client, cause.key, cause.body_hash, at]
    try:
        with ExitStack() as stack:
            stack.enter_context(prepared.ahead([(CLAIM, claim), *asks]))
            found = prepared.rows(CLAIM, *claim)
            held = stack.pop_all()
    except OperationalError as error:
        if "lock timeout" in str(error):
            raise KeyBusy from error
        raise
    with held:
        yield found[0][0] if found else None


def _answered_before(cause: Key, answer: Answer) -> tuple[Taken, dict[str, Any]]:
    row = IdempotencyKey.objects.select_related("order").get(client=cause.client, key=cause.key)
    if row.body_hash != cause.body_hash:
        raise KeyReused
    if row.order is None:  # the first request was refused and rolled back with its key, so this cannot be
        raise KeyBusy
    return Taken(row.order, created=False), row.answer if row.answer is not None else answer(row.order)


def _again_after_a_race(act: Callable[[], T]) -> T:
    for _try in range(TRIES - 1):
        try:
            return act()
        except IntegrityError as error:
            if not _is_race(error):
                raise
    return act()


def _is_race(error: IntegrityError) -> bool:
    """Tell whether somebody else inserted the same order or phone at the same time."""
    return any(name in str(error) for name in ("order_once_per_channel", "orders.channel_id", "customer_phone"))


def _take_in(new: Sequence[NewOrder], *, by: Actor, at: datetime) -> list[Taken]:
    if len(new) > MOST_AT_ONCE:
        raise TooMany
    contacts = [_contact(order) for order in new]
    with prepared.ahead(_asks(new, contacts) if len(new) == 1 else ()):
        return _write(new, contacts, by=by, at=at)


def _write(new: Sequence[NewOrder], contacts: Sequence[Contact], *, by: Actor, at: datetime) -> list[Taken]:
    if any(len(order.lines) > MOST_LINES for order in new):
        raise TooMany
    with SETTINGS.held():
        return _write_once(new, contacts, by=by, at=at)


def _asks(new: Sequence[NewOrder], contacts: Sequence[Contact]) -> list[prepared.Ask]:
    """Give what an intake is going to read whatever it finds, so that one trip to the server fetches all of it."""
    ids = {order.external_id for order in new if order.external_id}
    codes = {order.channel.code for order in new}
    skus = {line.sku for order in new for line in order.lines if line.sku}
    numbers = {phone for contact in contacts for phone in contact.phones}
    asks: list[tuple[Any, list[Any], Any]] = [
        (SAME_ORDERS, [codes, ids, codes, ids], ids), (customers.BY_PHONE, [numbers], numbers),
        (writing.BY_SKU, [skus], skus), (SETTINGS.statement, [], True),
    ]  # fmt: skip
    return [(what, values) for what, values, wanted in asks if wanted]


def _write_once(new: Sequence[NewOrder], contacts: Sequence[Contact], *, by: Actor, at: datetime) -> list[Taken]:
    """Insert what is not there yet; the same order twice in a batch is one."""
    known = _known(new)
    first_of: dict[tuple[str, str], int] = {}
    fresh: list[int] = []
    for index, order in enumerate(new):
        identity = (order.channel.code, order.external_id)
        if order.external_id and (identity in known or identity in first_of):
            continue
        if order.external_id:
            first_of[identity] = index
        fresh.append(index)
    # Sorted by the unique key they will meet others on, so that two batches wait for each other and never deadlock.
    fresh.sort(key=lambda index: (new[index].channel.code, new[index].external_id))
    written = writing.write([(new[index], contacts[index]) for index in fresh], by=by, at=at) if fresh else []
    made = dict(zip(fresh, written, strict=True))
    return [_taken(order, index, made, known, first_of) for index, order in enumerate(new)]


def _taken(
    order: NewOrder,
    index: int,
    made: Mapping[int, Order],
    known: Mapping[tuple[str, str], tuple[Order, str]],
    first_of: Mapping[tuple[str, str], int],
) -> Taken:
    if index in made:
        return Taken(made[index], created=True)
    identity = (order.channel.code, order.external_id)
    if identity in known:
        existing, said = known[identity]
    else:
        existing = made[first_of[identity]]
        said = existing.body_hash
    return Taken(existing, created=False, clash=said != order.body_hash)


def _known(new: Sequence[NewOrder]) -> dict[tuple[str, str], tuple[Order, str]]:
    """Find orders that the channels sent before, or what they were merged into; and what was said when they came."""
    ids = {order.external_id for order in new if order.external_id}
    if not ids:
        return {}
    codes = {order.channel.code for order in new}
    said: dict[tuple[str, str], str] = {}
    numbers: dict[tuple[str, str], int] = {}
    # An order's own row comes before the aliases: what it was merged into counts, and what it said itself.
    for _rank, channel, external_id, number, body_hash in prepared.rows(SAME_ORDERS, codes, ids, codes, ids):
        said.setdefault((channel, external_id), body_hash)
        numbers[channel, external_id] = number
    orders = Order.objects.select_related("channel").in_bulk(set(numbers.values())) if numbers else {}
    return {identity: (orders[number], said[identity]) for identity, number in numbers.items()}


def _contact(order: NewOrder) -> Contact:
    dialable = tuple(dict.fromkeys(p.e164 for p in phones.read(order.phone, order.channel.country) if p.dialable))
    return Contact(order.name, dialable, order.email.casefold())
