"""Money that comes home: what a courier says it sends, line by line against what it held of each parcel.

    matched    as much as the courier held                            partial    several lines that add up to it
    short      less: what came is booked, the rest is still held      over       more: what was held is booked
    fee        nothing but a fee                                      duplicate  paid before, nothing is booked
    unknown    not a parcel of this courier, nothing is booked
    other_fee  the money is right and booked, the fee is not what the courier's terms make it

Amounts are gross, minor units of the register's currency; the fee is what the courier keeps out of the amount. Every
line but a matched, partial or fee one is open: somebody's question until it is settled.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from delivery import cash, fees
from delivery.models import CashEntry, Register, RegisterColumns, RegisterLine, Shipment
from delivery.registers import USUAL, Columns, Said
from orders import journal
from orders.models import JournalEvent, Order, Parcel
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.models import ApiToken, Role, User

Outcome = RegisterLine.Outcome
OPEN = {Outcome.SHORT, Outcome.OVER, Outcome.UNKNOWN, Outcome.DUPLICATE, Outcome.OTHER_FEE}
AGAIN = (Outcome.UNKNOWN, Outcome.OVER)  # what the courier's own news may still explain
SURPLUS = "surplus"


class OtherRegister(DomainError):
    """The number is taken."""

    sentence = _("Register %(reference)s of this courier was taken in before, with other lines.")
    next_step = _("Look at the one that is there; a corrected register has a number of its own.")


class NoLines(DomainError):
    """There is nothing in it."""

    sentence = _("There are no lines in this register.")


class NothingHeld(DomainError):
    """The courier holds no money."""

    sentence = _("This courier holds no money of ours.")


class NoWord(DomainError):
    """A question is settled by an answer."""

    sentence = _("Say how it was settled.")


class AlreadySettled(DomainError):
    """Somebody settled it before."""

    sentence = _("This line is settled already.")


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register as it came. A difference up to `tolerance_minor` a parcel is the courier's rounding."""

    courier: str
    reference: str
    currency: str
    lines: Sequence[Said]
    tolerance_minor: int = 0
    bank_reference: str = ""  # of the payment that brings the money


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line comes to: what is booked home, what the courier keeps, and by how much it differs."""

    outcome: Outcome
    remitted_minor: int = 0
    kept_minor: int = 0
    differs_minor: int = 0


@transaction.atomic(durable=True)
def take_in(new: NewRegister, *, by: Actor, at: datetime) -> tuple[Register, bool]:
    """Take in a courier's register and book what it brings. The same one again changes nothing (False).

    Raises OtherRegister, NoLines, ClosedPeriod.
    """
    if not new.lines:
        raise NoLines
    says = _digest(new)
    register, is_new = Register.objects.get_or_create(
        courier_id=new.courier,
        reference=new.reference,
        defaults={
            "currency": new.currency, "sha256": says, "at": at, "taken_by_id": _person(by),
            "total_minor": sum(line.amount_minor for line in new.lines),
            "fees_minor": sum(line.fee_minor for line in new.lines), "bank_reference": new.bank_reference,
        },
    )  # fmt: skip
    if not is_new:
        if register.sha256 != says:
            raise OtherRegister(detail={"reference": new.reference})
        return register, False
    rows = [_row(register, line) for line in new.lines]
    _match(register, rows, new.tolerance_minor, by=by, at=at)
    owner = _who_answers(by)
    for row in rows:
        row.owner_id = owner if row.is_open else None
    RegisterLine.objects.bulk_create(rows)
    return register, True


def hand_in(
    courier: str, counted_minor: int, *, currency: str, reference: str, by: Actor, at: datetime
) -> tuple[Register, bool]:
    """Take what our courier laid on the table, counted without knowing what it should be. The oldest is paid first.

    What is missing stays in the courier's hands, with an open line; what is too much is an open line of no parcel.
    Raises NothingHeld, OtherRegister, ClosedPeriod.
    """
    if known := Register.objects.filter(courier=courier, reference=reference).first():
        if (known.total_minor, known.currency) != (counted_minor, currency):
            raise OtherRegister(detail={"reference": reference})
        return known, False
    lines: list[Said] = []
    left = counted_minor
    for number, held in held_by(courier, currency):
        lines.append(Said(len(lines) + 1, str(number), min(held, left)))
        left -= lines[-1].amount_minor
        if lines[-1].amount_minor < held:
            break
    if not lines:
        raise NothingHeld
    if left:
        lines.append(Said(len(lines) + 1, SURPLUS, left))
    return take_in(NewRegister(courier, reference, currency, lines), by=by, at=at)


def held_by(courier: str, currency: str) -> list[tuple[int, int]]:
    """Give the orders whose money the courier holds and how much, what was handed over first first."""
    out = F("collected_minor") - F("remitted_minor") - F("fees_minor")
    rows = Shipment.objects.filter(courier=courier, currency=currency).annotate(out=out).filter(out__gt=0)
    return list(rows.order_by("started_at", "pk").values_list("order", "out"))


def columns_of(courier: str) -> Columns:
    """Give what a courier calls its columns, as it was said once; else the usual names."""
    row = RegisterColumns.objects.filter(pk=courier).first()
    return Columns.named(row.waybill, row.amount, row.fee, net=row.net) if row else USUAL


@transaction.atomic(durable=True)
def remember_columns(courier: str, named: Mapping[str, str], *, net: bool, by: Actor, at: datetime) -> Columns:
    """Keep what a courier calls its columns (`waybill`, `amount`, `fee`): its next register is read by it."""
    RegisterColumns.objects.update_or_create(courier_id=courier, defaults={**named, "net": net})
    journal.record([journal.Entry("register.columns", subject=("courier", courier))], by=by, at=at)
    return columns_of(courier)


@transaction.atomic(durable=True)
def look_again(register_id: int, *, by: Actor, at: datetime) -> int:
    """Match anew what nobody could match: the courier's news may have come meanwhile. Gives how many lines closed."""
    register = Register.objects.locked(pk=register_id).get()
    rows = list(RegisterLine.objects.locked(register=register, is_open=True, outcome__in=AGAIN, remitted_minor=0))
    _match(register, rows, 0, by=by, at=at)
    RegisterLine.objects.bulk_update(
        rows, ["shipment", "outcome", "differs_minor", "fee_due_minor", "remitted_minor", "kept_minor", "is_open"]
    )
    return sum(not row.is_open for row in rows)


def to_look_at_again() -> Sequence[int]:
    """Give the registers with lines that the couriers' news may explain by now."""
    lines = RegisterLine.objects.filter(is_open=True, outcome__in=AGAIN, remitted_minor=0)
    return list(lines.order_by("register").values_list("register", flat=True).distinct())


@transaction.atomic(durable=True)
def settle(line_id: int, note: str, *, by: Actor, at: datetime) -> RegisterLine:
    """Close a question with a word on how it ended. No money moves. Raises Missing, NoWord, AlreadySettled."""
    line = _lock_open(line_id)
    if not note:
        raise NoWord
    line.is_open, line.note, line.settled_at = False, note, at
    line.save(update_fields=["is_open", "note", "settled_at"])
    journal.record([journal.Entry("register.settled", subject=("register_line", line.pk))], by=by, at=at)
    return line


@transaction.atomic(durable=True)
def assign(line_id: int, person: int, *, by: Actor, at: datetime) -> RegisterLine:
    """Give a question to a person. Raises Missing, AlreadySettled."""
    line = _lock_open(line_id)
    line.owner_id = person
    line.save(update_fields=["owner"])
    data: dict[str, journal.Code] = {"owner": person}
    journal.record([journal.Entry("register.assigned", data=data, subject=("register_line", line.pk))], by=by, at=at)
    return line


def judge(held_minor: int, lines: Sequence[Said], *, before: bool, tolerance_minor: int = 0) -> list[Verdict]:
    """Say what the lines of one parcel's shipment come to, given what the courier holds; `before`: paid already."""
    gross = sum(line.amount_minor for line in lines)
    if len(lines) > 1 and held_minor > 0 and abs(gross - held_minor) <= tolerance_minor:
        return _judge_parts(held_minor, lines)
    found: list[Verdict] = []
    for line in lines:
        one = _judge_one(held_minor, line, before, tolerance_minor)
        held_minor -= one.remitted_minor + one.kept_minor
        before = before or one.remitted_minor + one.kept_minor > 0
        found.append(one)
    return found


def _judge_one(held: int, line: Said, before: bool, tolerance: int) -> Verdict:
    differs = line.amount_minor - held
    # Less than nothing is held where more came home than was taken, as it turned out: of that nothing is booked.
    left = max(held, 0)
    if line.amount_minor == 0 and line.fee_minor:
        return Verdict(Outcome.FEE, 0, min(line.fee_minor, left))
    if held <= 0 and line.amount_minor:
        return Verdict(Outcome.DUPLICATE if before else Outcome.OVER, differs_minor=differs)
    if abs(differs) <= tolerance:
        kept = min(line.fee_minor + max(-differs, 0), left)
        return Verdict(Outcome.MATCHED, left - kept, kept)
    booked = min(line.amount_minor, left)
    kept = min(line.fee_minor, booked)
    return Verdict(Outcome.SHORT if differs < 0 else Outcome.OVER, booked - kept, kept, differs)


def _judge_parts(held: int, lines: Sequence[Said]) -> list[Verdict]:
    """Several lines that add up: each is booked as it stands, the rounding with the last that has an amount."""
    found = []
    for line in lines:
        booked = min(line.amount_minor, held)
        kept = min(line.fee_minor, booked)
        held -= booked
        found.append(Verdict(Outcome.PARTIAL, booked - kept, kept))
    return [*found[:-1], replace(found[-1], kept_minor=found[-1].kept_minor + held)]


def _match(register: Register, rows: Sequence[RegisterLine], tolerance: int, *, by: Actor, at: datetime) -> None:
    """Find each row's shipment, judge, book. The rows are not saved here."""
    found = _find(register, [row.waybill for row in rows])
    shipments = {one.pk: one for one in Shipment.objects.locked(pk__in=set(found.values()))}
    orders = {order.pk: order for order in Order.objects.lock_many(sorted(one.order_id for one in shipments.values()))}
    groups: dict[int, list[RegisterLine]] = {}
    for row in rows:
        row.shipment = shipments.get(found.get(row.waybill, 0))
        row.outcome, row.is_open, row.differs_minor = Outcome.UNKNOWN, True, row.amount_minor
        if row.shipment is not None:
            groups.setdefault(row.shipment.pk, []).append(row)
    paid = RegisterLine.objects.filter(Q(remitted_minor__gt=0) | Q(kept_minor__gt=0), shipment__in=shipments)
    before = set(paid.values_list("shipment", flat=True))
    stated = fees.stated_before(rows)
    for pk, own in groups.items():
        held = shipments[pk].collected_minor - shipments[pk].remitted_minor - shipments[pk].fees_minor
        said = [Said(row.position, row.waybill, row.amount_minor, row.fee_minor) for row in own]
        for row, verdict in zip(own, judge(held, said, before=pk in before, tolerance_minor=tolerance), strict=True):
            _write(row, verdict)
        shipments[pk].order = orders[shipments[pk].order_id]
        fees.compare(shipments[pk], own, before_minor=stated.get(pk, 0), tolerance_minor=tolerance)
    _book([shipments[pk] for pk in sorted(groups)], groups, orders, by=by, at=at)


def _who_answers(by: Actor) -> int | None:
    """Whose question a line that differs is until somebody else takes it: who took the register in, else an owner."""
    if (person := _person(by)) is not None:
        return person
    owners = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk")
    return owners.values_list("pk", flat=True).first()


def _person(by: Actor) -> int | None:
    """Who it is, by hand or by a key of their own; nobody when a machine's key brought it."""
    if by.kind == "token":
        return ApiToken.objects.filter(pk=by.id).values_list("user", flat=True).first()
    return by.id if by.kind == "person" else None


def _find(register: Register, waybills: Sequence[str]) -> Mapping[str, int]:
    """Give the shipment of each parcel as the courier wrote it: its waybill, our number, or the order's number."""
    own = Shipment.objects.filter(courier=register.courier_id, currency=register.currency)
    wanted = list(dict.fromkeys(waybills))
    numbers = [int(text) for text in wanted if text.isascii() and text.isdigit() and len(text) < 19]
    found = {str(number): pk for number, pk in own.filter(order__in=numbers).values_list("order", "pk")}
    parcels = Parcel.objects.filter(Q(number__in=wanted) | Q(waybill__in=wanted), order__shipment__in=own)
    for number, waybill, pk in parcels.order_by("pk").values_list("number", "waybill", "order__shipment"):
        found |= {text: pk for text in (number, waybill) if text}
    return found


def _write(row: RegisterLine, verdict: Verdict) -> None:
    row.outcome, row.differs_minor = verdict.outcome, verdict.differs_minor
    row.remitted_minor, row.kept_minor = verdict.remitted_minor, verdict.kept_minor
    row.is_open = verdict.outcome in OPEN


def _book(
    shipments: Sequence[Shipment],
    groups: Mapping[int, Sequence[RegisterLine]],
    orders: Mapping[int, Order],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Move the money, each order with its event."""
    sums = {one.pk: _sums(groups[one.pk]) for one in shipments}
    moved = [one for one in shipments if any(sums[one.pk])]
    entries = [
        journal.Entry("cash.remitted", orders[one.order_id], {"remitted": sums[one.pk][0], "kept": sums[one.pk][1]})
        for one in moved
    ]
    events: list[JournalEvent] = journal.record(entries, by=by, at=at) if entries else []
    for one in moved:
        one.order = orders[one.order_id]
    home = [one.remitted_minor + sums[one.pk][0] for one in moved]
    kept = [one.fees_minor + sums[one.pk][1] for one in moved]
    cash.settle(moved, CashEntry.Kind.REMITTED, home, events)
    cash.settle(moved, CashEntry.Kind.FEE, kept, events)


def _sums(rows: Sequence[RegisterLine]) -> tuple[int, int]:
    return sum(row.remitted_minor for row in rows), sum(row.kept_minor for row in rows)


def _row(register: Register, line: Said) -> RegisterLine:
    return RegisterLine(
        register=register, position=line.position, waybill=line.waybill,
        amount_minor=line.amount_minor, fee_minor=line.fee_minor,
    )  # fmt: skip


def _lock_open(line_id: int) -> RegisterLine:
    line = RegisterLine.objects.locked(pk=line_id).first()
    if line is None:
        raise Missing
    if not line.is_open:
        raise AlreadySettled
    return line


def _digest(new: NewRegister) -> str:
    """Give the register's content in one word, whatever the order of its rows."""
    rows = sorted((line.waybill, line.amount_minor, line.fee_minor) for line in new.lines)
    return hashlib.sha256(json.dumps([new.currency, rows]).encode()).hexdigest()
