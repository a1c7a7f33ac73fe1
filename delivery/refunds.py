"""What is owed back for returned goods: the share of the line totals that was paid, to the penny."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum

from delivery.models import Return, ReturnLine, Shipment
from delivery.shipments import discount_on
from orders.credits import NewCredit, NewCreditLine, open_credits
from orders.models import Credit, JournalEvent, Order, ParcelItem
from shopdesk.base.money import allocate, part_of

NOTHING: Mapping[int, int] = {}
REFUSED = (Return.Kind.REFUSED, Return.Kind.UNCOLLECTED, Return.Kind.AFTER_INSPECTION)


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a return without an order: its currency, whose it is, and services credited beside the goods."""

    currency: str
    customer_id: int | None = None
    services: Sequence[tuple[str, int]] = ()


def owe_for_order(
    order: Order,
    row: Return,
    services: Sequence[tuple[str, int]],
    event: JournalEvent,
    *,
    stated: Mapping[int, int] = NOTHING,
) -> Credit | None:
    """Open a credit for an inspected return of a locked order; None when nothing of it was paid.

    What a credit note states (`stated`: minor units by line of the return) is a fact and stands as it is. Else it is
    worked out on all inspected returns of the order at once, less what was credited before, so that the parts of a
    line add up to it. What was refused at the door was not paid there: the reduction of the sum due covers it first.
    """
    lines = list(row.lines.select_related("line", "product"))
    amounts = [stated.get(line.pk, 0) for line in lines] if stated else _worked_out(order, row, lines)
    wanted = [
        NewCreditLine(line.product.name, amount, quantity=line.quantity, line=line.line, product=line.product)
        for line, amount in zip(lines, amounts, strict=True)
        if amount
    ] + _services(services)
    if not wanted:
        return None
    terms = NewCredit(
        Credit.Reason.RETURN, order.currency, wanted, order=order, customer_id=order.customer_id,
        reference=row.reference,
    )  # fmt: skip
    return open_credits([(terms, event)])[0]


def worth_of(order: Order, row: Return) -> int:
    """Give what the customer has paid for the pieces of an announced return and can pay with: not owed back yet."""
    lines = row.lines.select_related("line")
    worth = sum(part_of(one.line.total_minor, one.quantity, one.line.quantity) for one in lines if one.line)
    return max(min(worth - discount_on(order, worth), _paid_and_not_owed_back(order)), 0)


def owe_alone(
    row: Return, lines: Sequence[ReturnLine], amounts: Mapping[int, int], event: JournalEvent, *, terms: Terms
) -> Credit | None:
    """Open a credit for a return without an order, at the sums that were agreed; None when they are zero."""
    wanted = [
        NewCreditLine(line.product.name, amounts[line.pk], quantity=line.quantity, product=line.product)
        for line in lines
        if amounts.get(line.pk)
    ] + _services(terms.services)
    if not wanted:
        return None
    credit = NewCredit(
        Credit.Reason.RETURN, terms.currency, wanted, customer_id=terms.customer_id, reference=row.reference
    )
    return open_credits([(credit, event)])[0]


def _worked_out(order: Order, row: Return, lines: Sequence[ReturnLine]) -> list[int]:
    owed = _owed(order) - _credited_for_goods(order) - _exchanged(order)
    goods = max(min(owed, _paid_and_not_owed_back(order)), 0)
    weights = [
        part_of(line.line.total_minor, line.quantity - _unpaid(row, line), line.line.quantity) if line.line else 0
        for line in lines
    ]
    return allocate(goods, weights)


def _services(services: Sequence[tuple[str, int]]) -> list[NewCreditLine]:
    return [NewCreditLine(name, amount, kind="service") for name, amount in services if amount]


def _owed(order: Order) -> int:
    """What all inspected returns of the order are worth to the customer, net of the order's own discount."""
    shipment = Shipment.objects.filter(order=order).first()
    reduced = shipment.reduced_minor if shipment else 0
    inspected = ReturnLine.objects.filter(parent__order=order, parent__state=Return.State.INSPECTED)
    # Missing pieces of a refused parcel are the courier's loss; missing pieces of a customer's return were not sent.
    refused = _worth(order, _refused_pieces(order, inspected.filter(parent__kind__in=REFUSED)))
    others = inspected.exclude(parent__kind__in=REFUSED).annotate(pieces=F("quantity") - F("missing"))
    sent_back = _worth(order, dict(others.values_list("line").annotate(Sum("pieces"))))
    return sent_back + max(refused - reduced, 0)


def _refused_pieces(order: Order, lines: QuerySet[ReturnLine]) -> dict[int, int]:
    """Count refused pieces by line. What was missing in a parcel and found later came back twice, and counts once."""
    held = {(item.parcel_id, item.line_id): item.quantity for item in ParcelItem.objects.filter(parcel__order=order)}
    pieces: dict[int, int] = {}
    for parcel, line, number in lines.values_list("parent__parcel", "line").annotate(Sum("quantity")):
        pieces[line] = pieces.get(line, 0) + min(number, held.get((parcel, line), number))
    return pieces


def _worth(order: Order, pieces: Mapping[int, int]) -> int:
    back = {line: min(pieces.get(line.pk) or 0, line.quantity) for line in order.lines.all()}  # none is worth more
    worth = sum(part_of(line.total_minor, number, line.quantity) for line, number in back.items())
    return worth - discount_on(order, worth)


def _credited_for_goods(order: Order) -> int:
    returned = Credit.objects.filter(order=order, reason=Credit.Reason.RETURN)
    return returned.aggregate(sum=Sum("goods_minor"))["sum"] or 0


def _exchanged(order: Order) -> int:
    """What paid for the orders that went out instead."""
    return Return.objects.filter(order=order).aggregate(sum=Sum("exchanged_minor"))["sum"] or 0


def _paid_and_not_owed_back(order: Order) -> int:
    """What came in less all credits: nobody gets back more than was paid."""
    paid = Order.objects.values_list("paid_minor", flat=True).get(pk=order.pk)
    credits = Credit.objects.filter(order=order).exclude(state=Credit.State.TAKEN_BACK)
    return paid - (credits.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _unpaid(row: Return, line: ReturnLine) -> int:
    """Pieces of a customer's return that were not in the box."""
    return 0 if row.kind in REFUSED else line.missing
