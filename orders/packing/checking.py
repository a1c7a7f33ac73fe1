"""The second pair of eyes: where the shop asks for it, an order is sealed after another person looked at the table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Order, OrderLine, PackCheck, Shop
from orders.packing.scans import lock_order
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError


class NotChecked(DomainError):
    """The shop asks for a second person, and none has looked at what lies on the table now."""

    sentence = _("Nobody else has checked order %(number)s yet.")
    next_step = _("Ask a second person to look at it: here with their PIN, or on their own screen.")


class OwnWork(DomainError):
    """Whoever packs an order is not its second person."""

    sentence = _("Order %(number)s is on your own table: a second person checks it.")


class NothingToCheck(DomainError):
    """The order is not on a table, or pieces are still missing there."""

    sentence = _("Order %(number)s is not complete on a table, so there is nothing to check.")


@transaction.atomic(durable=True)
def check(number: int, person: int, *, by: Actor, at: datetime) -> PackCheck:
    """Say that everything of an order lies on the table, and nothing else. One piece more, and it holds no longer.

    Raises Missing, NothingToCheck, OwnWork.
    """
    order = lock_order(number)
    contents = _contents(order)
    whole = all(line.picked == line.quantity - line.cancelled for line in _lines(order))
    if order.status != Status.PICKING or not whole:
        raise NothingToCheck(detail={"number": number})
    if not person or person == order.packer_id:
        raise OwnWork(detail={"number": number})
    if (known := _valid(order, contents)) is not None and known.person_id == person:
        return known
    event = journal.record([journal.Entry("order.checked", order)], by=by, at=at)[0]
    return PackCheck.objects.create(
        order=order, person_id=person, picking_since=order.status_at, contents=contents, event=event, at=at
    )


@transaction.atomic(durable=True)
def uncheck(number: int, *, by: Actor, at: datetime) -> Order:
    """Take the check back. Where there is none, nothing changes. Raises Missing."""
    order = lock_order(number)
    if PackCheck.objects.filter(order=order, withdrawn_at=None).update(withdrawn_at=at):
        journal.record([journal.Entry("order.unchecked", order)], by=by, at=at)
    return order


@dataclass(frozen=True, slots=True)
class Rules:
    """What the packing table asks for: a second person; weights within so many percent or grams; see `Shop`."""

    second_check: bool = False
    weight_tolerance_percent: int = 0
    weight_tolerance_g: int = 0
    packaging_g: int = 0


@transaction.atomic(durable=True)
def set_rules(wanted: Rules, *, by: Actor, at: datetime) -> Shop:
    """Say what the packing table asks for before an order is sealed."""
    shop, said = Shop.current(), asdict(wanted)
    for name, value in said.items():
        setattr(shop, name, value)
    # A shop that lives on its environment still gets its row here, whole.
    shop.save() if shop.pk is None else shop.save(update_fields=[*said])
    journal.record([journal.Entry("shop.packing_rules", data=said)], by=by, at=at)
    return shop


def checked(order: Order) -> PackCheck | None:
    """Give the check that holds for what lies on the table now."""
    return _valid(order, _contents(order))


def refuse_unchecked(order: Order) -> None:
    """Refuse to seal what nobody else has looked at, where the shop asks for it. Raises NotChecked."""
    if Shop.current().second_check and checked(order) is None:
        raise NotChecked(detail={"number": order.pk})


def _valid(order: Order, contents: dict[str, int]) -> PackCheck | None:
    rows = PackCheck.objects.filter(order=order, picking_since=order.status_at, withdrawn_at=None)
    found = rows.exclude(person=order.packer_id).select_related("person").order_by("-pk")
    return next((one for one in found if one.contents == contents), None)


def _lines(order: Order) -> Sequence[OrderLine]:
    return list(OrderLine.objects.filter(order=order, kind="goods").order_by("position"))


def _contents(order: Order) -> dict[str, int]:
    return {str(line.pk): line.picked for line in _lines(order) if line.picked}
