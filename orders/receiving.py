"""Receiving: goods come from a supplier into bins, once per paper, at what they cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.models import ExpectedReceipt, JournalEvent, Place, Product, Receipt, ReceiptLine, StockLevel
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.errors import DomainError
from shopdesk.base.wake import wake


class NothingMoreExpected(DomainError):
    """Goods were received against an expected receipt that is closed or not there."""

    sentence = _("Expected receipt %(number)s is not open.")
    next_step = _("Receive the goods without it.")


class UnknownSkus(DomainError):
    """Products were named that are not in the catalogue; all of them are told at once."""

    sentence = _("The catalogue does not know %(skus)s.")
    next_step = _("Add them to the catalogue first, or correct the SKU.")


class NotGoods(DomainError):
    """A service has no place on a shelf."""

    sentence = _("%(skus)s is a service: it cannot be received.")


class NothingReceived(DomainError):
    """A receipt without a line."""

    sentence = _("A receipt needs a line.")


class AlreadyReceived(DomainError):
    """The supplier's paper is booked already, and said something else."""

    sentence = _("%(reference)s of this supplier is booked already as receipt %(receipt)s, with other lines.")
    next_step = _("Book the difference under another reference.")


@dataclass(frozen=True, slots=True)
class NewLine:
    """Pieces of a product for one bin. Without a cost they are taken at what was agreed, else at the average so far.

    `aside`: they are doubtful and go to quarantine; nobody may sell them until somebody brings them back.
    """

    sku: str
    quantity: int
    unit_cost_minor: int | None = None
    bin: str = "MAIN"
    aside: bool = False


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What a supplier brought. Without a location it is the shop's main one, or where it was expected.

    `expected`: the number of the expected receipt that it answers; `invoice`: the supplier's own number of the bill.
    """

    lines: Sequence[NewLine]
    supplier: str = ""
    reference: str = ""
    location: str = ""
    invoice: str = ""
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A receipt, and whether it was booked before: then nothing was moved now."""

    receipt: Receipt
    again: bool


def receive(new: NewReceipt, *, by: Actor, at: datetime) -> Booked:
    """Book what a supplier brought. The same reference of the same supplier again gives the receipt that exists.

    Raises AlreadyReceived when it says something else now, UnknownSkus, NotGoods.
    """
    try:
        return _book(new, by=by, at=at)
    except IntegrityError:
        # The same paper was booked between our look and our insert; the second look finds it.
        return _book(new, by=by, at=at)


@transaction.atomic(durable=True)
def _book(new: NewReceipt, *, by: Actor, at: datetime) -> Booked:
    if known := _known(new):
        return Booked(known, again=True)
    if not new.lines:
        raise NothingReceived
    expected = _lock_expected(new.expected)
    location = expected.location if expected else stock.location_named(new.location)
    lines = _at_agreed_cost(new.lines, expected)
    products = _lock_products(lines)
    bins = stock.bins_at(location.code, {line.bin for line in lines})
    data: dict[str, journal.Code] = {"lines": len(new.lines), "pieces": sum(line.quantity for line in new.lines)}
    entry = journal.Entry("stock.received", data=data, subject=("receipt", new.reference[:64]))
    (event,) = journal.record([entry], by=by, at=at)
    receipt = Receipt.objects.create(
        supplier=new.supplier or (expected.supplier if expected else ""), reference=new.reference,
        invoice=new.invoice, expected=expected, location=location, event=event, at=at,
    )  # fmt: skip
    _shelve(receipt, lines, products, bins)
    _average(products, lines)
    wake("orders.tasks.allocate")
    return Booked(receipt, again=False)


def _known(new: NewReceipt) -> Receipt | None:
    """Give the receipt of this paper, None when it is new or has no reference. Raises AlreadyReceived."""
    if not new.reference:
        return None
    known = Receipt.objects.filter(supplier=new.supplier, reference=new.reference).first()
    if known is None:
        return None
    booked = Counter(known.lines.values_list("product__sku", "quantity", "place__code"))
    if booked != Counter((line.sku, line.quantity, "" if line.aside else line.bin) for line in new.lines):
        raise AlreadyReceived(detail={"reference": new.reference, "receipt": known.pk})
    return known


def _lock_expected(number: int | None) -> ExpectedReceipt | None:
    """Lock the expected receipt that goods are booked against. Raises NothingMoreExpected."""
    if number is None:
        return None
    row = ExpectedReceipt.objects.locked(pk=number).select_related("location").first()
    if row is None or row.state != ExpectedReceipt.State.OPEN:
        raise NothingMoreExpected(detail={"number": number})
    return row


def _at_agreed_cost(lines: Sequence[NewLine], expected: ExpectedReceipt | None) -> Sequence[NewLine]:
    """Give lines without a cost the one that was agreed with the supplier."""
    if expected is None:
        return lines
    agreed = dict(expected.lines.values_list("product__sku", "unit_cost_minor"))
    return [
        line if line.unit_cost_minor is not None else replace(line, unit_cost_minor=agreed.get(line.sku))
        for line in lines
    ]


def _lock_products(lines: Sequence[NewLine]) -> dict[str, Product]:
    """Lock the products, sorted: two receipts must not average the same cost at once."""
    wanted = {line.sku for line in lines}
    products = {product.sku: product for product in Product.objects.locked(sku__in=wanted)}
    if unknown := sorted(wanted - set(products)):
        raise UnknownSkus(detail={"skus": ", ".join(unknown)})
    if services := sorted(sku for sku, product in products.items() if not product.is_goods):
        raise NotGoods(detail={"skus": ", ".join(services)})
    return products


def _shelve(
    receipt: Receipt, lines: Sequence[NewLine], products: Mapping[str, Product], bins: Mapping[str, Place]
) -> None:
    """Write the lines and move the goods from the supplier into their bins."""
    aside = stock.inside(Place.Kind.QUARANTINE, receipt.location_id) if any(line.aside for line in lines) else None
    rows = []
    for line in lines:
        product = products[line.sku]
        cost = product.cost_minor if line.unit_cost_minor is None else line.unit_cost_minor
        place = aside if line.aside and aside else bins[line.bin]
        rows.append(
            ReceiptLine(receipt=receipt, product=product, place=place, quantity=line.quantity, unit_cost_minor=cost)
        )
    ReceiptLine.objects.bulk_create(rows)
    stock.move([_move(row, receipt.event) for row in rows], at=receipt.at)


def _move(row: ReceiptLine, event: JournalEvent) -> stock.Move:
    return stock.Move(
        product_id=row.product_id, quantity=row.quantity, source=stock.outside(Place.Kind.SUPPLIER), target=row.place,
        reason="receipt", event=event, unit_cost_minor=row.unit_cost_minor,
    )  # fmt: skip


def _average(products: Mapping[str, Product], lines: Sequence[NewLine]) -> None:
    """Raise or lower the average cost: (pieces before x cost before + pieces now x cost now) / pieces after.

    Read after the move, when this location's levels are locked. Halves are rounded up. What was set aside at once cost
    as much as the rest.
    """
    on_hand = {
        row["product"]: row["pieces"]
        for row in StockLevel.objects.filter(product__in=products.values())
        .values("product")
        .annotate(pieces=Sum("on_hand"))
    }
    costs = []
    for product in products.values():
        own = [line for line in lines if line.sku == product.sku and line.unit_cost_minor is not None]
        pieces = sum(line.quantity for line in own)
        after = on_hand.get(product.pk, 0) + sum(
            line.quantity for line in lines if line.sku == product.sku and line.aside
        )
        worth = sum(line.quantity * (line.unit_cost_minor or 0) for line in own)
        total = (after - pieces) * product.cost_minor + worth
        costs.append((product.pk, (2 * total + after) // (2 * after)))
    set_integers(Product, ["cost_minor"], costs)
