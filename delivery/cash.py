"""The couriers' money, double entry: every entry takes from one account what it gives to another.

due        sale -> customer               the customer owes it at the door
reduced    customer -> sale               refused, or gone: not owed after all
collected  customer -> courier:<code>     the courier took it (a card: -> acquirer)
remitted   courier:<code> -> home         it came home
fee        courier:<code> -> fees         the courier kept it
written_off customer -> written_off       nobody will pay it
fee_due    terms -> owed:<code>           what the courier may keep by its terms; the fee is what it kept
fine       fines -> courier:<code>        one of our own owes it for something it did (`fines`)
fine_ended courier:<code> -> home         it paid; or it was taken off its pay (-> pay)
"""

from collections.abc import Sequence

from delivery.models import CashEntry, Shipment
from orders.models import JournalEvent, Order
from shopdesk.base.bulk import set_integers

Kind = CashEntry.Kind

COLUMNS = {
    Kind.DUE: "due_minor",
    Kind.REDUCED: "reduced_minor",
    Kind.COLLECTED: "collected_minor",
    Kind.REMITTED: "remitted_minor",
    Kind.FEE: "fees_minor",
    Kind.WRITTEN_OFF: "written_off_minor",
    Kind.FEE_DUE: "fee_due_minor",
}
# Kinds that move the sums that parcels carry: the others are beside them.
OF_PARCELS = (Kind.DUE, Kind.REDUCED, Kind.COLLECTED, Kind.REMITTED, Kind.FEE, Kind.WRITTEN_OFF)
OVERPAID = "overpaid"
OVERSENT = "oversent"


def settle(
    shipments: Sequence[Shipment], kind: CashEntry.Kind, amounts: Sequence[int], events: Sequence[JournalEvent]
) -> None:
    """Let the booked sum of a kind be `amounts`: what stands is reversed and booked again. The same sum: nothing.

    Each shipment has its event. So there is at most one entry of a kind that is not reversed per shipment. A shipment
    whose customer paid more than was due is flagged.
    """
    standing = {
        entry.shipment_id or 0: entry
        for entry in CashEntry.objects.filter(shipment__in=shipments, kind=kind, reverses=None, reversed_by=None)
    }
    entries: list[CashEntry] = []
    changed: list[tuple[int, int]] = []
    for shipment, amount, event in zip(shipments, amounts, events, strict=True):
        old = standing.get(shipment.pk)
        if (old.amount_minor if old else 0) == amount:
            continue
        if old:
            entries.append(_reversal(old, event))
        if amount:
            entries.append(_entry(shipment, kind, amount, event))
        setattr(shipment, COLUMNS[kind], amount)
        changed.append((shipment.pk, amount))
        _flag(shipment)
    set_integers(Shipment, [COLUMNS[kind]], changed)
    CashEntry.objects.bulk_create(entries)


def accounts(shipment: Shipment, kind: CashEntry.Kind) -> tuple[str, str]:
    """Give source and target of an entry."""
    courier = f"courier:{shipment.courier_id}"
    taken_by = "acquirer" if shipment.order.payment_method == Order.PaidBy.CARD_ON_DELIVERY else courier
    return {
        Kind.DUE: ("sale", "customer"),
        Kind.REDUCED: ("customer", "sale"),
        Kind.COLLECTED: ("customer", taken_by),
        Kind.REMITTED: (taken_by, "home"),
        Kind.FEE: (taken_by, "fees"),
        Kind.WRITTEN_OFF: ("customer", "written_off"),
        Kind.FEE_DUE: ("terms", f"owed:{shipment.courier_id}"),
    }[kind]


def _entry(shipment: Shipment, kind: CashEntry.Kind, amount: int, event: JournalEvent) -> CashEntry:
    source, target = accounts(shipment, kind)
    return CashEntry(
        shipment=shipment, kind=kind, source=source, target=target, amount_minor=amount,
        currency=shipment.currency, event=event, at=event.at,
    )  # fmt: skip


def _reversal(old: CashEntry, event: JournalEvent) -> CashEntry:
    return CashEntry(
        shipment_id=old.shipment_id, kind=old.kind, source=old.target, target=old.source,
        amount_minor=old.amount_minor, currency=old.currency, reverses=old, event=event, at=event.at,
    )  # fmt: skip


def doubt_of(shipment: Shipment) -> str:
    """Give the flag for sums that cannot be: more taken than was due, more sent home than was taken; else empty."""
    if shipment.outstanding_minor < 0:
        return OVERPAID
    return OVERSENT if shipment.remitted_minor + shipment.fees_minor > shipment.collected_minor else ""


def _flag(shipment: Shipment) -> None:
    """Have somebody look at sums that cannot be, until they can."""
    flag = shipment.flag
    shipment.flag = doubt_of(shipment) or ("" if flag in {OVERPAID, OVERSENT} else flag)
    if shipment.flag != flag:
        shipment.save(update_fields=["flag"])
