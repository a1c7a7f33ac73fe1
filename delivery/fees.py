"""What a courier may keep out of the money it took: for taking it, and because a customer kept a part.

It is booked as soon as the courier's news say how an order ended, and set against what its register keeps.
"""

from collections.abc import Sequence

from django.db.models import Sum

from delivery import cash
from delivery.models import CashEntry, RegisterLine, Shipment
from delivery.shipments import Outcome, discount_on
from orders import tariffs
from orders.models import Courier, JournalEvent, OrderLine, ParcelItem
from shopdesk.base.money import part_of

Said = RegisterLine.Outcome
AGREED = (Said.MATCHED, Said.PARTIAL, Said.FEE)  # lines whose money is right: only their fee may be wrong
Ended = Sequence[tuple[Sequence[ParcelItem], Outcome]]


def expect(shipment: Shipment, ended: Ended, event: JournalEvent) -> None:
    """Book what the courier may keep by its terms, given what became of the parcels. The same again changes nothing.

    The shipment and its order are locked; what was taken is booked already.
    """
    for_part = _for_part(shipment, ended)
    for_taking = tariffs.cod_fee(shipment.order, shipment.collected_minor) or 0
    cash.settle([shipment], CashEntry.Kind.FEE_DUE, [for_taking + for_part], [event])
    if shipment.buyout_fee_minor != for_part:
        shipment.buyout_fee_minor = for_part
        shipment.save(update_fields=["buyout_fee_minor"])


def stated_before(rows: Sequence[RegisterLine]) -> dict[int, int]:
    """Give what other lines stated as fees of the shipments of these rows, by shipment."""
    others = RegisterLine.objects.filter(shipment__in={row.shipment_id for row in rows if row.shipment_id})
    others = others.exclude(pk__in=[row.pk for row in rows if row.pk])
    return dict(others.order_by().values_list("shipment").annotate(Sum("fee_minor")))


def compare(shipment: Shipment, rows: Sequence[RegisterLine], *, before_minor: int, tolerance_minor: int) -> None:
    """Set the fees that a register states for one shipment against its terms; the rows are judged, and not saved yet.
    `before_minor`: what others stated.

    Another fee makes a question of the last line whose money is right. Nothing is compared where no fee is stated
    (the courier sends a bill for it), or where no tariff says what it should be. A courier may take its price for
    the way out of the money as well: with it, or without, is both right.
    """
    stated = sum(row.fee_minor for row in rows)
    if not stated or (shipment.order.cod_fee_permille is None and not shipment.buyout_fee_minor):
        return
    due = shipment.fee_due_minor - before_minor
    with_way = due + (shipment.order.delivery_cost_minor or 0)
    for row in rows:
        row.fee_due_minor = due
    agreed = [row for row in rows if row.outcome in AGREED and row.fee_minor]
    if agreed and min(abs(stated - due), abs(stated - with_way)) > tolerance_minor:
        last = agreed[-1]
        last.outcome, last.is_open, last.differs_minor = Said.OTHER_FEE, True, stated - due


def _for_part(shipment: Shipment, ended: Ended) -> int:
    """What the courier asks because a part was kept. Nothing when all of it was, or none, or for an exempt reason."""
    reasons: set[str] = set()
    pieces: dict[int, int] = {}
    lines: dict[int, OrderLine] = {}
    for items, outcome in ended:
        for item in items:
            lines[item.line_id] = item.line
            pieces[item.line_id] = pieces.get(item.line_id, 0) + outcome.kept.get(item.line_id, 0)
        refused = sum(item.quantity - outcome.kept.get(item.line_id, 0) for item in items)
        if outcome.comes_back and refused:
            reasons.add(outcome.reason)
    kept = sum(part_of(lines[pk].total_minor, number, lines[pk].quantity) for pk, number in pieces.items())
    if not any(pieces.values()) or not reasons or _is_exempt(shipment.courier_id, reasons):
        return 0
    kept -= discount_on(shipment.order, kept)
    return tariffs.buyout_fee(shipment.courier_id, shipment.currency, kept)


def _is_exempt(courier: str, reasons: set[str]) -> bool:
    """Whether each reason is one for which it asks nothing. No reason is none of them."""
    exempt = Courier.objects.values_list("fee_exempt", flat=True).get(pk=courier)
    return reasons <= set(exempt.split())
