"""Labels: the shop's own names inside a status. They change no status, and no rule reads them; a move drops them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Order, StatusLabel
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note

MOST = 40  # labels of a shop; more would be a second set of statuses


class LabelElsewhere(DomainError):
    """The label belongs to another status than the order's."""

    sentence = _("Order %(number)s is %(status)s; “%(label)s” is a label of orders that are %(of)s.")
    next_step = _("Choose a label of the order's own status.")


class LabelTaken(DomainError):
    """Another label has this code, or this name in this status."""

    sentence = _("There is a label “%(name)s” in this status already.")


class TooManyLabels(DomainError):
    """Nobody finds their way among so many."""

    sentence = _("A shop has at most %(most)d labels.")
    next_step = _("Take one away first.")


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label as it shall be. `names` are its other languages; an empty code is made of the name."""

    status: Status
    name: str
    code: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    colour: str = ""
    position: int = 0
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an order's label: which it had, which it has, at which version."""

    number: int
    before: int | None
    after: int | None


@transaction.atomic(durable=True)
def put_on(number: int, label_id: int | None, *, by: Actor, at: datetime) -> Change:
    """Put a label on an order, or take it off with None. The one that it has already changes nothing.

    Raises Missing, LabelElsewhere.
    """
    order = Order.objects.lock(number)
    return _put(order, _find(label_id) if label_id else None, by=by, at=at)


@transaction.atomic(durable=True)
def put_back(change: Change, *, by: Actor, at: datetime) -> bool:
    """Undo a change of a label, unless somebody changed the order's label or status since. Tells whether it did."""
    order = Order.objects.lock(change.number)
    before = StatusLabel.objects.filter(pk=change.before).first() if change.before else None
    if order.label_id != change.after or (before is not None and before.status != order.status):
        return False
    _put(order, before, by=by, at=at)
    return True


@transaction.atomic(durable=True)
def make(new: NewLabel, *, by: Actor, at: datetime) -> StatusLabel:
    """Make a label. Raises LabelTaken, TooManyLabels."""
    rows = list(StatusLabel.objects.locked())
    if sum(row.is_active for row in rows) >= MOST:
        raise TooManyLabels(detail={"most": MOST})
    _refuse_taken(new, rows)
    row = StatusLabel(code=new.code or _free_code(new.name, {other.code for other in rows}), status=new.status)
    _write(row, new, rows)
    note(Note(Deed.LABEL_MADE, ("label", row.pk), after=told(row)), by=by, at=at)
    return row


@transaction.atomic(durable=True)
def change(pk: int, new: NewLabel, *, by: Actor, at: datetime) -> StatusLabel:
    """Change how a label is called, looks and stands. Its status and code stay. Raises Missing, LabelTaken."""
    rows = list(StatusLabel.objects.locked())
    row = next((one for one in rows if one.pk == pk and one.is_active), None)
    if row is None:
        raise Missing
    others = [one for one in rows if one.pk != pk]
    _refuse_taken(new, others)
    before = told(row)
    _write(row, new, others)
    if told(row) != before:
        note(Note(Deed.LABEL_CHANGED, ("label", pk), before=before, after=told(row)), by=by, at=at)
    return row


@transaction.atomic(durable=True)
def take_away(pk: int, *, by: Actor, at: datetime) -> StatusLabel:
    """Offer a label no more. Orders that carry it keep it until they move on. A second time changes nothing."""
    row = StatusLabel.objects.locked(pk=pk).first()
    if row is None:
        raise Missing
    if row.is_active:
        before = told(row)
        row.is_active = row.is_default = False
        row.save(update_fields=["is_active", "is_default"])
        note(Note(Deed.LABEL_REMOVED, ("label", pk), before=before), by=by, at=at)
    return row


def told(row: StatusLabel) -> dict[str, Code]:
    """Say a label in codes and names of the shop's own."""
    return {
        "code": row.code, "status": row.status, "name": row.name, "names": dict(row.names), "colour": row.colour,
        "position": row.position, "is_default": row.is_default,
    }  # fmt: skip


def _find(label_id: int) -> StatusLabel:
    label = StatusLabel.objects.filter(pk=label_id, is_active=True).first()
    if label is None:
        raise Missing
    return label


def _put(order: Order, label: StatusLabel | None, *, by: Actor, at: datetime) -> Change:
    if label is not None and label.status != order.status:
        named = {"number": order.number, "label": label.says, "status": Status(order.status).label}
        raise LabelElsewhere(detail=named | {"of": Status(label.status).label})
    before, after = order.label, label
    done = Change(order.number, before.pk if before else None, after.pk if after else None)
    if done.before != done.after:
        data = {"from": before.code if before else None, "to": after.code if after else None}
        journal.record([journal.Entry("order.labelled", order, data)], by=by, at=at)
        Order.objects.filter(pk=order.pk).update(label=after)
    return done


def _refuse_taken(new: NewLabel, others: Sequence[StatusLabel]) -> None:
    same = [one for one in others if one.is_active and one.status == new.status]
    taken = any(one.name.casefold() == new.name.casefold() for one in same)
    if taken or any(new.code and one.code == new.code for one in others):
        raise LabelTaken(detail={"name": new.name})


def _write(row: StatusLabel, new: NewLabel, others: Sequence[StatusLabel]) -> None:
    """Write a label; the status's former default gives way first, since there is one at most."""
    if new.is_default:
        StatusLabel.objects.filter(pk__in=[one.pk for one in others], status=row.status).update(is_default=False)
    row.name, row.names, row.colour = new.name, dict(new.names), new.colour
    row.position, row.is_default = new.position, new.is_default
    row.save()


def _free_code(name: str, taken: set[str]) -> str:
    """Make a code of a name; what has no Latin letters is numbered."""
    base = slugify(name)[:30] or "label"
    free = (base if not n else f"{base}-{n + 1}" for n in range(len(taken) + 1))
    return next(code for code in free if code not in taken)
