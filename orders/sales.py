"""What was sold: a row for every piece that the customer kept, at its share of the line's total."""

from collections.abc import Sequence

from orders.models import JournalEvent, Order, OrderLine, Sale
from shopdesk.base.bulk import set_integers
from shopdesk.base.money import part_of


def keep(lines: Sequence[tuple[OrderLine, int]], event: JournalEvent) -> list[Sale]:
    """Book that the customer kept these pieces: (line, pieces); negative pieces take a wrong booking back.

    Shares are rounded on what was kept in all, so that the parts of a line add up to its total to the penny.
    """
    rows = []
    for line, pieces in lines:
        if not pieces:
            continue
        amount_before, discount_before = _share(line)
        line.delivered += pieces
        amount, discount = _share(line)
        rows.append(
            Sale(
                line=line, quantity=pieces, amount_minor=amount - amount_before,
                discount_minor=discount - discount_before, cost_minor=pieces * (line.cost_minor or 0),
                currency=line.order.currency, event=event, at=event.at,
            )
        )  # fmt: skip
    set_integers(OrderLine, ["delivered"], [(line.pk, line.delivered) for line, _ in lines])
    return Sale.objects.bulk_create(rows)


def keep_services(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Book the services of delivered orders: postage is sold when the parcel is."""
    by_order = {event.order_id: event for event in events}
    lines = OrderLine.objects.filter(order__in=orders).exclude(kind="goods").select_related("order")
    for order in orders:
        own = [(line, line.open) for line in lines if line.order_id == order.pk]
        keep(own, by_order[order.pk])


def _share(line: OrderLine) -> tuple[int, int]:
    """Give what the delivered pieces come to, and how much of the line's discount lies on them."""
    total = part_of(line.total_minor, line.delivered, line.quantity)
    return total, part_of(line.discount_minor, line.delivered, line.quantity)
