"""What suppliers are to bring: expected line by line, compared with what came, closed when no more will come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.models import ExpectedLine, ExpectedReceipt, Product, ReceiptLine
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

State = ExpectedReceipt.State


class NothingExpected(DomainError):
    """An expected receipt without a line."""

    sentence = _("Say which goods are to come.")


class NotBuyable(DomainError):
    """Products were named that are not in the catalogue, or that are services; all of them are told at once."""

    sentence = _("%(skus)s cannot come from a supplier: the catalogue does not know it, or it is a service.")


class ExpectedAlready(DomainError):
    """The supplier's order of that number is noted."""

    sentence = _("Order %(reference)s of this supplier is expected already.")


class NotExpected(DomainError):
    """It is closed: nothing is expected any more."""

    sentence = _("Expected receipt %(number)s is closed.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces of a product that are to come, at what they shall cost."""

    sku: str
    quantity: int
    unit_cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class NewExpected:
    """What a supplier was asked for. Without a location it is to come to the shop's main one."""

    lines: Sequence[Wanted]
    supplier: str
    reference: str = ""
    location: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A product of an expected receipt: asked for, and what came so far. `over` and `short` are never both."""

    product: Product
    asked: int
    came: int
    unit_cost_minor: int | None = None

    @property
    def over(self) -> int:
        return max(self.came - self.asked, 0)

    @property
    def short(self) -> int:
        return max(self.asked - self.came, 0)


@transaction.atomic(durable=True)
def expect(new: NewExpected, *, by: Actor, at: datetime) -> ExpectedReceipt:
    """Note what a supplier is to bring. Raises NothingExpected, NotBuyable, ExpectedAlready, UnknownLocation."""
    sums: dict[str, Wanted] = {}
    for line in new.lines:
        before = sums[line.sku].quantity if line.sku in sums else 0
        sums[line.sku] = Wanted(line.sku, before + line.quantity, line.unit_cost_minor)
    if not sums:
        raise NothingExpected
    products = {row.sku: row for row in Product.objects.filter(sku__in=sums, kind=Product.Kind.GOODS)}
    if unknown := sorted(set(sums) - set(products)):
        raise NotBuyable(detail={"skus": ", ".join(unknown)})
    location = stock.location_named(new.location)
    data: dict[str, journal.Code] = {"lines": len(sums), "pieces": sum(line.quantity for line in sums.values())}
    (event,) = journal.record([journal.Entry("stock.expected", data=data)], by=by, at=at)
    try:
        with transaction.atomic():
            row = ExpectedReceipt.objects.create(
                supplier=new.supplier, reference=new.reference, location=location, due_on=new.due_on, event=event, at=at
            )
    except IntegrityError:
        raise ExpectedAlready(detail={"reference": new.reference}) from None
    ExpectedLine.objects.bulk_create(
        ExpectedLine(
            expected=row, product=products[line.sku], quantity=line.quantity, unit_cost_minor=line.unit_cost_minor
        )
        for line in sums.values()
    )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def close(expected_id: int, *, by: Actor, at: datetime) -> ExpectedReceipt:
    """Say that nothing more will come of it; what is short stays on paper. Raises Missing, NotExpected."""
    row = ExpectedReceipt.objects.locked(pk=expected_id).first()
    if row is None:
        raise Missing
    if row.state == State.CLOSED:
        raise NotExpected(detail={"number": expected_id})
    row.state, row.closed_at = State.CLOSED, at
    row.save(update_fields=["state", "closed_at"])
    short = sum(one.short for one in compare(row))
    entry = journal.Entry("stock.expected_closed", data={"short": short}, subject=("expected", row.pk))
    journal.record([entry], by=by, at=at)
    return row


def compare(expected: ExpectedReceipt) -> list[Compared]:
    """Give each product with what was asked for and what came; what came unasked stands last, asked for 0 times."""
    asked = {line.product_id: line for line in expected.lines.select_related("product").order_by("pk")}
    came: dict[int, int] = {}
    unasked: dict[int, Product] = {}
    for line in ReceiptLine.objects.filter(receipt__expected=expected).select_related("product").order_by("pk"):
        came[line.product_id] = came.get(line.product_id, 0) + line.quantity
        if line.product_id not in asked:
            unasked[line.product_id] = line.product
    rows = [Compared(one.product, one.quantity, came.get(pk, 0), one.unit_cost_minor) for pk, one in asked.items()]
    return rows + [Compared(product, 0, came[pk]) for pk, product in unasked.items()]
