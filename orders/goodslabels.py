"""Labels of goods, bins and carts' slots, with barcodes that the desk's own scanners find them by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import journal
from orders.models import Barcode, Place, Product, Receipt, Shop
from shopdesk.base import papers
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.papers import breakable

MOST_LABELS = 500  # about four seconds of drawing


class TooManyLabels(DomainError):
    """More pieces than labels are drawn in one go."""

    sentence = gettext_lazy("These are %(pieces)s labels; one print holds %(most)s.")
    next_step = gettext_lazy("Print one for each product, and copy it on the label printer.")


class NoBins(DomainError):
    """No bin was chosen."""

    sentence = gettext_lazy("There is no bin to print a label for.")
    next_step = gettext_lazy("Put up a bin, or tick the bins.")


def print_labels(receipt_id: int, *, one_each: bool = False, by: Actor, at: datetime) -> bytes:
    """Draw a label for every piece of a receipt, or one for each product, in the order of its lines. Gives the PDF.

    Printing again prints again, and is noted again. Raises Missing, TooManyLabels.
    """
    receipt = Receipt.objects.filter(pk=receipt_id).first()
    if receipt is None:
        raise Missing
    lines = list(receipt.lines.select_related("product", "place").order_by("pk"))
    pieces = len(lines) if one_each else sum(line.quantity for line in lines)
    if pieces > MOST_LABELS:
        raise TooManyLabels(detail={"pieces": pieces, "most": MOST_LABELS})
    codes = codes_of([line.product for line in lines])
    shop = Shop.current()
    with translation.override(shop.language):
        sheets = [
            _label(line.product, codes[line.product_id], line.place.code)
            for line in lines
            for _piece in range(1 if one_each else line.quantity)
        ]
        title = _("Labels of receipt %(number)d") % {"number": receipt.pk}
        pdf = papers.draw("goods", {"language": shop.language[:2], "title": title, "sheets": sheets}, at=at)
    _note(journal.Entry("stock.labels_printed", data={"labels": pieces}, subject=("receipt", receipt.pk)), by=by, at=at)
    return pdf


def codes_of(products: list[Product]) -> dict[int, str]:
    """Give what each product is scanned by: its own barcode of one piece, else its SKU; empty where bars cannot."""
    found = {product.pk: product.sku for product in products}
    own = Barcode.objects.filter(product__in=found, pieces=1).order_by("-code")
    found |= dict(own.values_list("product", "code"))
    return {key: code if _has_bars(code) else "" for key, code in found.items()}


def _label(product: Product, code: str, bin_code: str) -> Mapping[str, Any]:
    return {
        "name": breakable(product.name), "sku": breakable(product.sku), "bin": breakable(bin_code),
        "barcode": papers.bars(code) if code else None,
    }  # fmt: skip


def print_bins(bins: Sequence[Place], *, by: Actor, at: datetime) -> bytes:
    """Draw a label for each of these bins, as the scanner reads it, and note it. Gives the PDF.

    Raises TooManyLabels, NoBins.
    """
    if not bins:
        raise NoBins
    if len(bins) > MOST_LABELS:
        raise TooManyLabels(detail={"pieces": len(bins), "most": MOST_LABELS})
    shop = Shop.current()
    with translation.override(shop.language):
        title = _("Labels of bins")
        sheets = [
            {"name": breakable(place.code), "sku": _("bin"), "bin": place.location_id, "grows": True,
             "barcode": papers.bars(place.code) if _has_bars(place.code) else None}
            for place in bins
        ]  # fmt: skip
        pdf = papers.draw("goods", {"language": shop.language[:2], "title": title, "sheets": sheets}, at=at)
    _note(journal.Entry("stock.labels_printed", data={"labels": len(bins), "of": "bins"}), by=by, at=at)
    return pdf


def print_slots(cart: str, slots: int, *, by: Actor, at: datetime) -> bytes:
    """Draw a label for each slot of a cart, as the scanner reads it, and note it. Gives the PDF."""
    shop = Shop.current()
    with translation.override(shop.language):
        name = _("Cart %(cart)s") % {"cart": cart}
        codes = [(f"K-{cart}-{place}", place) for place in range(1, slots + 1)]
        sheets = [
            {"name": name, "sku": _("slot %(slot)s") % {"slot": place}, "bin": code, "barcode": papers.bars(code)}
            for code, place in codes
        ]
        pdf = papers.draw("goods", {"language": shop.language[:2], "title": name, "sheets": sheets}, at=at)
    _note(journal.Entry("stock.labels_printed", data={"labels": slots, "of": f"K-{cart}"}), by=by, at=at)
    return pdf


def _has_bars(code: str) -> bool:
    """Whether Code 128 can say it: it knows the letters of ASCII alone."""
    return code.isascii() and code.isprintable()


@transaction.atomic(durable=True)
def _note(entry: journal.Entry, *, by: Actor, at: datetime) -> None:
    journal.record([entry], by=by, at=at)
