"""Enquiries: somebody asks whether there is something. What is asked for and absent is demand that was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.instead import alike
from orders.models import CustomerPhone, Enquiry, ExpectedLine, ExpectedReceipt, Product, StockLevel, Substitute
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing


class NothingAsked(DomainError):
    """An enquiry about nothing."""

    sentence = _("Say what they asked for: a product, or their own words.")


@dataclass(frozen=True, slots=True)
class NewEnquiry:
    """What somebody asked for: a product of ours, or something in their own words."""

    asked: str = ""
    product: int | None = None
    quantity: int = 1
    phone: str = ""
    ordered: bool = False


MOST_LIKE: Final = 3  # beside what people ranked


@dataclass(frozen=True, slots=True)
class ThereIs:
    """What may be said about a product: free pieces, its price, what there is instead, when more comes."""

    product: Product
    free: int
    instead: Sequence[tuple[Product, int]]
    comes_on: date | None
    comes: int


def see_there_is(product: Product) -> ThereIs:
    """Give what may be said about a product, in six statements."""
    others = [row.instead for row in Substitute.objects.filter(product=product).select_related("instead")]
    others += [one for one in alike([product]).get(product.pk, ()) if one not in others][:MOST_LIKE]
    free = _free([product, *others])
    open_lines = ExpectedLine.objects.filter(product=product, expected__state=ExpectedReceipt.State.OPEN)
    first = open_lines.order_by(F("expected__due_on").asc(nulls_last=True)).select_related("expected").first()
    there = [(other, free.get(other.pk, 0)) for other in others if other.active and free.get(other.pk, 0) > 0]
    comes_on = first.expected.due_on if first else None
    return ThereIs(product, free.get(product.pk, 0), there, comes_on, first.quantity if first else 0)


@transaction.atomic(durable=True)
def note_enquiry(new: NewEnquiry, *, by: Actor, person: int, at: datetime) -> Enquiry:
    """Note what somebody asked for. Absent: fewer pieces were free than they wanted, or we do not sell it.

    Twice noted is asked twice. Raises NothingAsked, Missing for an unknown product.
    """
    product = Product.objects.filter(pk=new.product).first() if new.product else None
    if new.product and product is None:
        raise Missing
    if not new.asked and product is None:
        raise NothingAsked
    free = _free([product]).get(product.pk, 0) if product else None
    is_absent = free is None or free < new.quantity
    came_to = Enquiry.CameTo.ABSENT if is_absent else Enquiry.CameTo.TOLD
    if new.ordered:
        came_to = Enquiry.CameTo.ORDERED
    known = CustomerPhone.objects.filter(phone=new.phone).first() if new.phone else None
    told: dict[str, journal.Code] = {
        "came_to": came_to.value, "product": product.pk if product else None, "quantity": new.quantity, "free": free
    }  # fmt: skip
    event = journal.record([journal.Entry("enquiry.noted", data=told)], by=by, at=at)[0]
    return Enquiry.objects.create(
        phone=new.phone, customer_id=known.customer_id if known else None, product=product,
        asked=new.asked or (product.name if product else ""), quantity=new.quantity, came_to=came_to, free=free,
        person_id=person or None, event=event, at=at,
    )  # fmt: skip


def _free(products: Sequence[Product]) -> dict[int, int]:
    """Give the pieces that nobody was promised, over all locations."""
    levels = StockLevel.objects.filter(product__in=products).order_by().values("product")
    rows = levels.annotate(pieces=Sum(F("on_hand") - F("reserved") - F("safety")))
    return {row["product"]: max(row["pieces"] or 0, 0) for row in rows}
