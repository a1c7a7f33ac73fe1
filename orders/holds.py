"""Holds: what keeps an order away from packing, with a reason, an owner or an hour."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.models import Hold, Order
from orders.status import HoldReason
from shopdesk.base.access import Actor


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to be opened. Without an owner it is the work of `role`."""

    order: Order
    reason: HoldReason
    note: str = ""
    until: datetime | None = None
    owner_id: int | None = None
    role: str = "manager"


def open_holds(wanted: Sequence[NewHold], *, by: Actor, at: datetime) -> list[Hold]:
    """Open holds; a reason that is already open on an order is left as it is (but for `other`). Gives the new ones."""
    numbers = [hold.order.pk for hold in wanted]
    present = set(Hold.objects.filter(order__in=numbers, closed_at=None).values_list("order_id", "reason"))
    rows = []
    for hold in wanted:
        if (hold.order.pk, hold.reason) in present:
            continue
        if hold.reason != HoldReason.OTHER:
            present.add((hold.order.pk, hold.reason))
        rows.append(
            Hold(
                order=hold.order, reason=hold.reason, note=hold.note, until=hold.until, owner_id=hold.owner_id,
                role=hold.role, opened_at=at, opened_by=str(by),
            )
        )  # fmt: skip
    return Hold.objects.bulk_create(rows)


def close(orders: Sequence[Order], reasons: Collection[str], *, by: Actor, at: datetime) -> list[Hold]:
    """Close the open holds of these reasons. Gives those that were open."""
    holds = list(Hold.objects.filter(order__in=orders, reason__in=reasons, closed_at=None))
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(closed_at=at, closed_by=str(by))
    return holds
