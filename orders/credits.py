"""Money owed back: opened by a cancellation or a return, paid by a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import Credit, CreditLine, JournalEvent, Order, OrderLine, Product


@dataclass(frozen=True, slots=True)
class NewCreditLine:
    """Pieces of a line or a product, or a service in words, and what they come to (gross, minor units)."""

    name: str
    amount_minor: int
    kind: str = "goods"
    quantity: int = 1
    line: OrderLine | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class NewCredit:
    """Money to be given back, with an order or without one. Its sum is that of its lines."""

    reason: Credit.Reason
    currency: str
    lines: Sequence[NewCreditLine]
    order: Order | None = None
    customer_id: int | None = None
    reference: str = ""


def open_credits(wanted: Sequence[tuple[NewCredit, JournalEvent]]) -> list[Credit]:
    """Open credits, each due from its event's minute on."""
    credits = Credit.objects.bulk_create([_row(credit, event) for credit, event in wanted])
    CreditLine.objects.bulk_create(
        CreditLine(
            credit=row, line=line.line, product=line.product, kind=line.kind, name=line.name,
            quantity=line.quantity, amount_minor=line.amount_minor,
        )
        for row, (credit, _) in zip(credits, wanted, strict=True)
        for line in credit.lines
    )  # fmt: skip
    return credits


def open_for_cancelled(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[Credit]:
    """Owe back what was received for orders that are now cancelled."""
    wanted = [
        (
            NewCredit(
                reason=Credit.Reason.CANCELLED, currency=order.currency, order=order, customer_id=order.customer_id,
                lines=[NewCreditLine(name=f"order {order.number}", amount_minor=order.paid_minor, kind="service")],
            ),
            event,
        )
        for order, event in zip(orders, events, strict=True)
        if order.paid_minor > 0
    ]  # fmt: skip
    return open_credits(wanted) if wanted else []


def _row(credit: NewCredit, event: JournalEvent) -> Credit:
    return Credit(
        order=credit.order,
        customer_id=credit.customer_id,
        reference=credit.reference,
        reason=credit.reason,
        amount_minor=sum(line.amount_minor for line in credit.lines),
        goods_minor=sum(line.amount_minor for line in credit.lines if line.kind == "goods"),
        currency=credit.currency,
        event=event,
        at=event.at,
    )
