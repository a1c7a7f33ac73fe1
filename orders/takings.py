"""Money that came in for orders: one row a fact, and the order's sum beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import JournalEvent, Order, Payment
from shopdesk.base.bulk import add_integers


@dataclass(frozen=True, slots=True)
class Taking:
    """Money for an order in its currency's minor units; a correction is negative."""

    order: Order
    account: Payment.Account
    amount_minor: int


def receive(takings: Sequence[Taking], events: Sequence[JournalEvent]) -> list[Payment]:
    """Book money for locked orders, each with its event; nothing for a sum of zero. `order.paid_minor` follows."""
    rows = []
    for taking, event in zip(takings, events, strict=True):
        if not taking.amount_minor:
            continue
        taking.order.paid_minor += taking.amount_minor
        rows.append(
            Payment(
                order=taking.order, account=taking.account, amount_minor=taking.amount_minor,
                currency=taking.order.currency, event=event, at=event.at,
            )
        )  # fmt: skip
    sums: dict[int, int] = {}
    for row in rows:
        sums[row.order_id] = sums.get(row.order_id, 0) + row.amount_minor
    add_integers(Order, ["paid_minor"], sorted(sums.items()))
    return Payment.objects.bulk_create(rows)
