"""Erasing people: every personal value goes, every fact stays. One at once, several with a second person's word."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import holds, journal, printing
from orders.models import CallTask, Customer, Order, PhoneLease, Shop
from orders.status import BEFORE_PACKED, ENDED, HoldReason
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.exports import making
from shopdesk.imports import taking
from shopdesk.privacy import erased_list
from shopdesk.privacy.columns import personal_tables
from shopdesk.privacy.emptying import empty, field_of, filled
from shopdesk.privacy.marks import marks_of
from shopdesk.privacy.models import Erasure
from shopdesk.privacy.person import Person, of_customers, of_key, rows_of
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

MOST_AT_ONCE = 500
ERASED = "person.erased"


class StillServed(DomainError):
    """An order of the person is on its way: without phone and address nobody can bring it."""

    sentence = _("Order %(number)s is not at its end yet, so its phone and address are still needed.")
    next_step = _("Cancel it or wait for its delivery, then erase.")


class NothingLeft(DomainError):
    """There is nothing personal left of these people."""

    sentence = _("Nothing personal is left here.")


class AnotherPersonMust(DomainError):
    """Whoever asked for an erasure of several people may not approve it."""

    sentence = _("Another owner must approve this: four eyes see more than two.")
    next_step = _("Ask a second owner to open this page.")


class AlreadySettled(DomainError):
    """It was approved or dropped before."""

    sentence = _("This erasure is settled already.")


def foresee(person: Person) -> dict[str, int]:
    """Count what would be emptied, "table.column" -> values; changes nothing. Mentions elsewhere come on top."""
    counts = {}
    for table in personal_tables():
        rows = rows_of(table, person)
        for column in table.personal:
            if count := filled(rows, field_of(table, column)).count():
                counts[f"{table.name}.{column}"] = count
    return counts


@transaction.atomic(durable=True)
def erase(key: str, *, ground: Erasure.Ground, by: Actor, at: datetime) -> Erasure:
    """Erase the person of a key ("c12", "o10427") with all their orders. Raises Missing, StillServed, NothingLeft.

    A second time raises NothingLeft. The act is the row that is given back; its hash covers what it says.
    """
    person = of_key(key)
    row = Erasure(code=secrets.token_hex(16), ground=ground, asked_by_id=_person(by), asked_at=at)
    return _carry_out(row, person, by=by, at=at)


@transaction.atomic(durable=True)
def ask(keys: Sequence[int], *, ground: Erasure.Ground, by: Actor, at: datetime) -> Erasure:
    """Ask to erase several customers at once. Nothing happens until it is approved. Raises Missing."""
    wanted = sorted(set(keys))[:MOST_AT_ONCE]
    person = of_customers(wanted)
    return Erasure.objects.create(
        code=secrets.token_hex(16), ground=ground, people=len(wanted), customers=wanted, orders=list(person.orders),
        asked_by_id=_person(by), asked_at=at,
    )  # fmt: skip


@transaction.atomic(durable=True)
def approve(erasure_id: int, *, by: Actor, at: datetime) -> Erasure:
    """Carry out what somebody else asked for. Raises Missing, AnotherPersonMust, AlreadySettled, StillServed.

    In a shop of one (`SHOP_FOUR_EYES=off`) the owner approves their own; the act shows one name.
    """
    row = _settleable(erasure_id)
    if row.asked_by_id == _person(by) and Shop.current().four_eyes:
        raise AnotherPersonMust
    row.approved_by_id = _person(by)
    return _carry_out(row, of_customers(row.customers), by=by, at=at)


@transaction.atomic(durable=True)
def drop(erasure_id: int, *, by: Actor, at: datetime) -> Erasure:
    """Take back what was asked for and not carried out. Raises Missing, AlreadySettled."""
    row = _settleable(erasure_id)
    row.state, row.done_at = Erasure.State.DROPPED, at
    row.save()
    note(Note(Deed.ERASED, ("erasure", row.pk), {"state": "asked"}, {"state": "dropped"}), by=by, at=at)
    return row


@transaction.atomic(durable=True)
def repeat(line: erased_list.Line, customers: Sequence[int], numbers: Sequence[int], *, at: datetime) -> Erasure | None:
    """Erase again what a restored backup brought back. None when nothing personal was there. Open orders go too."""
    person = of_customers(customers)
    person = Person(person.customers, sorted({*person.orders, *numbers}), person.phones, person.mails, person.homes)
    row = Erasure.objects.filter(code=line.code).first()
    if row is None:
        row = Erasure(code=line.code, ground=line.ground, people=line.people, asked_at=line.at)
    elif not foresee(person):
        return None
    row.marks = line.marks
    return _carry_out(row, person, by=Actor("sweep"), at=at, again=True)


def seal(row: Erasure) -> str:
    """Give the hash over everything that the act of an erasure says."""
    said = [row.code, row.ground, row.people, row.customers, row.orders, row.counts, row.marks]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _carry_out(row: Erasure, person: Person, *, by: Actor, at: datetime, again: bool = False) -> Erasure:
    """Lock, empty, journal, write the act and the line for after a restore."""
    orders = Order.objects.lock_many(list(person.orders))
    list(Customer.objects.locked(pk__in=person.customers))
    if not again:
        _refuse_open(orders)
        row.marks = marks_of(person)
    _end_calls(person, at)
    _hold_open(orders, by=by, at=at)
    row.counts = empty(person)
    if not row.counts and not again:
        raise NothingLeft
    making.withdraw_all(at=at)
    printing.withdraw_all()
    taking.withdraw_all(at=at)
    row.state, row.done_at = Erasure.State.DONE, at
    row.customers, row.orders = list(person.customers), list(person.orders)
    row.event = _tell(row, orders, by=by, at=at)
    row.hash = seal(row)
    row.save()
    if not again:
        # Last, so that a refusal leaves no line.
        erased_list.append(erased_list.Line(row.code, row.ground, row.people, row.marks, at))
    return row


def _refuse_open(orders: Sequence[Order]) -> None:
    for order in orders:
        if order.status not in ENDED:
            raise StillServed(detail={"number": order.number})


def _end_calls(person: Person, at: datetime) -> None:
    """Nobody can be rung any more: what was to be said stays unsaid, whoever has the phone in hand lets go of it."""
    tasks = CallTask.objects.filter(customer__in=person.customers) | CallTask.objects.filter(phone__in=person.phones)
    tasks.filter(closed_at=None).update(closed_at=at, token="")
    PhoneLease.objects.filter(phone__in=person.phones).delete()


def _hold_open(orders: Sequence[Order], *, by: Actor, at: datetime) -> None:
    """An order that a restore brought back before its end waits for a person: nobody can be rung or visited."""
    waiting = [order for order in orders if order.status in BEFORE_PACKED]
    holds.open_holds([holds.NewHold(order, HoldReason.BAD_PHONE) for order in waiting], by=by, at=at)


def _tell(row: Erasure, orders: Sequence[Order], *, by: Actor, at: datetime) -> Any:
    """An event in the life of each order, and one of the whole; the trail keeps who did it."""
    about = ("erasure", row.code)
    entries = [journal.Entry(ERASED, order, subject=about) for order in orders]
    event = journal.record([journal.Entry(ERASED, data={"orders": len(orders)}, subject=about), *entries], by=by, at=at)
    after = {"people": row.people, "orders": len(orders), "values": sum(row.counts.values()), "ground": str(row.ground)}
    note(Note(Deed.ERASED, about, after=after), by=by, at=at)
    return event[0]


def _settleable(erasure_id: int) -> Erasure:
    row: Erasure | None = Erasure.objects.locked(pk=erasure_id).first()
    if row is None:
        raise Missing
    if row.state != Erasure.State.ASKED:
        raise AlreadySettled
    return row


def _person(by: Actor) -> int | None:
    return by.id if by.kind == "person" else None
