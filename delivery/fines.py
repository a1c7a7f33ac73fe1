"""Fines of our own couriers: recorded with a reason of the directory, paid, taken off the pay, or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from delivery.models import CashEntry, Fine, FineReason
from delivery.models.fines import KNOWN
from orders import journal
from orders.models import Courier, JournalEvent, Parcel, Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.models import User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note


class NotOurs(DomainError):
    """Only the shop's own couriers have a shift that ends here, and fines."""

    sentence = _("%(courier)s has no shift here: it is not a courier of our own.")


class NotTheirParcel(DomainError):
    """The parcel was never with this courier."""

    sentence = _("Parcel %(parcel)s was never with %(courier)s.")


class NoAmount(DomainError):
    """A fine is a sum."""

    sentence = _("Say how much the fine is.")


class EndedBefore(DomainError):
    """Somebody ended it already."""

    sentence = _("This fine has ended already: %(how)s.")


class ReasonExists(DomainError):
    """The code is taken."""

    sentence = _("There is a reason %(code)s already.")


@dataclass(frozen=True, slots=True)
class NewFine:
    """What one of our own couriers owes (the shop's minor units), and why. No amount: what is usual for the reason."""

    courier: str
    reason: str
    amount_minor: int = 0
    parcel: str = ""
    person: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A line of the directory as it shall be. An empty name is the desk's own word for the code."""

    name: str = ""
    usual_minor: int = 0
    active: bool = True


def own_courier(code: str) -> Courier:
    """Give one of the shop's own couriers. Raises Missing, NotOurs."""
    row = Courier.objects.filter(pk=code).first()
    if row is None:
        raise Missing
    if row.kind != Courier.Kind.OWN:
        raise NotOurs(detail={"courier": row.name})
    return row


@transaction.atomic(durable=True)
def impose(new: NewFine, *, by: Actor, at: datetime) -> Fine:
    """Record a fine: it stands in the courier's account until it ends. The same said twice is two fines.

    Raises Missing, NotOurs, NoAmount, NotTheirParcel.
    """
    courier = own_courier(new.courier)
    reason = _reason(new.reason)
    if not reason.active or (new.person and not User.objects.filter(pk=new.person, courier_code=courier.pk).exists()):
        raise Missing
    amount = new.amount_minor or reason.usual_minor
    if amount <= 0:
        raise NoAmount
    parcel = _parcel_of(courier, new.parcel) if new.parcel else None
    currency = Shop.current().currency
    data: dict[str, journal.Code] = {
        "courier": courier.pk, "reason": reason.pk, "amount": amount, "currency": currency,
        "parcel": parcel.number if parcel else "", "person": new.person,
    }  # fmt: skip
    entry = journal.Entry("fine.imposed", parcel.order if parcel else None, data, subject=("courier", courier.pk))
    event = journal.record([entry], by=by, at=at)[0]
    booked = _book(event, CashEntry.Kind.FINE, ("fines", f"courier:{courier.pk}"), amount, currency)
    return Fine.objects.create(
        courier=courier, person_id=new.person or None, reason=reason, parcel=parcel, amount_minor=amount,
        currency=currency, note=new.note, entry=booked, at=at,
    )  # fmt: skip


@transaction.atomic(durable=True)
def end(fine_id: int, how: Fine.Ended, *, by: Actor, at: datetime) -> Fine:
    """End a fine: paid in cash, taken off the pay, or withdrawn as if it never was. Raises Missing, EndedBefore."""
    row = Fine.objects.locked(pk=fine_id).first()
    if row is None:
        raise Missing
    if row.ended:
        raise EndedBefore(detail={"how": Fine.Ended(row.ended).label})
    data: dict[str, journal.Code] = {"fine": row.pk, "how": str(how)}
    event = journal.record([journal.Entry("fine.ended", data=data, subject=("courier", row.courier_id))], by=by, at=at)
    account = f"courier:{row.courier_id}"
    if how == Fine.Ended.WITHDRAWN:
        booked = _book(event[0], CashEntry.Kind.FINE, (account, "fines"), row.amount_minor, row.currency, row.entry)
    else:
        target = "home" if how == Fine.Ended.PAID else "pay"
        booked = _book(event[0], CashEntry.Kind.FINE_ENDED, (account, target), row.amount_minor, row.currency)
    row.ended, row.ended_at, row.end_entry = how, at, booked
    row.save(update_fields=["ended", "ended_at", "end_entry"])
    return row


def drivers_of(courier: str) -> QuerySet[User]:
    """Give the people who drive for a courier."""
    return User.objects.filter(courier_code=courier, is_active=True).order_by("name")


def open_of(courier: str) -> QuerySet[Fine]:
    """Give what a courier owes for, the newest first."""
    rows = Fine.objects.filter(courier=courier, ended="").select_related("reason", "parcel", "person")
    return rows.order_by("-at", "-pk")


def owed_by(courier: str) -> dict[str, int]:
    """Give how much a courier owes in fines, by currency."""
    rows = Fine.objects.filter(courier=courier, ended="").order_by().values_list("currency")
    return dict(rows.annotate(Sum("amount_minor")))


def reasons() -> Sequence[FineReason]:
    """Give the directory, what is in use first: what was written down, and what every desk begins with."""
    rows = {row.pk: row for row in FineReason.objects.all()}
    found = rows | {code: FineReason(code=code) for code in KNOWN if code not in rows}
    return sorted(found.values(), key=lambda row: (not row.active, row.pk not in KNOWN, row.pk))


@transaction.atomic(durable=True)
def add_reason(code: str, wanted: Reason, *, by: Actor, at: datetime) -> FineReason:
    """Add a reason to the directory. Raises ReasonExists."""
    if code in KNOWN:
        raise ReasonExists(detail={"code": code})
    row, is_new = FineReason.objects.get_or_create(
        code=code, defaults={"name": wanted.name, "usual_minor": wanted.usual_minor, "active": wanted.active}
    )
    if not is_new:
        raise ReasonExists(detail={"code": code})
    _tell(code, {}, wanted, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def change_reason(code: str, wanted: Reason, *, by: Actor, at: datetime) -> FineReason:
    """Change a reason; what was asked for it stays as it was. Raises Missing."""
    row = _reason(code)
    before = {"usual": row.usual_minor, "active": row.active}
    row.name, row.usual_minor, row.active = wanted.name, wanted.usual_minor, wanted.active
    row.save()
    _tell(code, before, wanted, by=by, at=at)
    return row


def _reason(code: str) -> FineReason:
    """Lock a reason; what every desk begins with is written down when it is first used. Raises Missing."""
    if code in KNOWN:
        FineReason.objects.get_or_create(code=code)
    row = FineReason.objects.locked(pk=code).first()
    if row is None:
        raise Missing
    return row


def _tell(code: str, before: dict[str, int | bool], wanted: Reason, *, by: Actor, at: datetime) -> None:
    after = {"usual": wanted.usual_minor, "active": wanted.active}
    note(Note(Deed.SETTINGS_CHANGED, ("fine_reason", code), dict(before), after), by=by, at=at)


def _parcel_of(courier: Courier, number: str) -> Parcel:
    """Give a parcel that is or was with the courier. Raises NotTheirParcel."""
    row = Parcel.objects.select_related("order").filter(number=number, order__shipment__courier=courier).first()
    if row is None:
        raise NotTheirParcel(detail={"parcel": number, "courier": courier.name})
    return row


def _book(
    event: JournalEvent, kind: CashEntry.Kind, way: tuple[str, str], amount: int, currency: str,
    reverses: CashEntry | None = None,
) -> CashEntry:  # fmt: skip
    return CashEntry.objects.create(
        kind=kind, source=way[0], target=way[1], amount_minor=amount, currency=currency, reverses=reverses,
        event=event, at=event.at,
    )  # fmt: skip
