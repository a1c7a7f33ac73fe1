"""Holds: what keeps an order away from packing, with a reason, an owner or an hour."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from orders.models import Hold, Order
from orders.status import HoldReason
from shopdesk.base.access import Actor
from shopdesk.base.bulk import create, create_unkeyed
from shopdesk.base.fresh import fresh


class About(StrEnum):
    """What the desk itself says of a hold, by a code; `holdnotes` has the sentence for each."""

    CARRIER = "carrier"  # why: what is in the courier's way
    TOTALS = "totals"  # minor, currency: by how much the shop's total is above ours
    SHOP_CHANGED = "shop_changed"  # fields: columns of the order, or `line:` and the shop's id
    SHOP_STATUS = "shop_status"  # status: the code of a status that only work can bring
    REFUND_UNSAID = "refund_unsaid"  # refund: the shop's id of it


@dataclass(frozen=True, slots=True)
class Says:
    """What the desk says of a hold: a code, and codes and numbers for its sentence; never personal values."""

    about: About
    detail: Mapping[str, Any] = field(default_factory=dict)


Note = str | Says  # a person's own words, or the desk's


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to be opened. Without an owner it is the work of `role`."""

    order: Order
    reason: HoldReason
    note: Note = ""
    until: datetime | None = None
    owner_id: int | None = None
    role: str = "manager"


def of_short(order: Order, *, known: bool) -> NewHold:
    """Give the hold of an order with a short line: of stock, or of a product that nobody knows."""
    return NewHold(order, HoldReason.OUT_OF_STOCK if known else HoldReason.UNKNOWN_ITEM)


def open_first(wanted: Sequence[NewHold], *, by: Actor, at: datetime) -> None:
    """Open the holds of orders that were inserted in this transaction: nothing else can hold them yet."""
    create_unkeyed(_rows(wanted, set(), by, at))


def open_holds(wanted: Sequence[NewHold], *, by: Actor, at: datetime) -> list[Hold]:
    """Open holds; a reason that is already open on an order is left as it is (but for `other`). Gives the new ones."""
    numbers = [hold.order.pk for hold in wanted]
    present = set(Hold.objects.filter(order__in=numbers, closed_at=None).values_list("order_id", "reason"))
    return create(_rows(wanted, present, by, at))


def _rows(wanted: Sequence[NewHold], present: set[tuple[int, str]], by: Actor, at: datetime) -> list[Hold]:
    rows = []
    for hold in wanted:
        if (hold.order.pk, hold.reason) in present:
            continue
        if hold.reason != HoldReason.OTHER:
            present.add((hold.order.pk, hold.reason))
        rows.append(
            fresh(
                Hold, order=hold.order, reason=hold.reason, until=hold.until, owner_id=hold.owner_id,
                role=hold.role, opened_at=at, opened_by=str(by), **_said(hold.note),
            )
        )  # fmt: skip
    return rows


def close(orders: Sequence[Order], reasons: Collection[str], *, by: Actor, at: datetime) -> list[Hold]:
    """Close the open holds of these reasons. Gives those that were open."""
    holds = list(Hold.objects.filter(order__in=orders, reason__in=reasons, closed_at=None))
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(closed_at=at, closed_by=str(by))
    return holds


def _said(note: Note) -> dict[str, Any]:
    """Give the columns of what a hold says."""
    return {"note": note} if isinstance(note, str) else {"code": note.about.value, "detail": dict(note.detail)}
