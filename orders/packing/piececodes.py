"""The codes of single pieces at the packing table: kept with the order, refused twice, given back with the piece."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.marks import Mark, looks_like_mark, read_mark
from orders.models import Barcode, JournalEvent, Order, OrderLine, PieceCode, Product
from orders.packing.scans import lock_order
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

SHORTEST_SERIAL = 3
GTIN_LENGTHS = {8, 12, 13, 14}


class CodeUsed(DomainError):
    """The code went out with another piece."""

    sentence = _("Code %(code)s is packed in order %(other)s already.")
    next_step = _("One code is one piece: scan the code of the piece in your hand.")


class CodeOfAnother(DomainError):
    """The code names another product than the one it was scanned for."""

    sentence = _("This code is of another product (%(gtin)s), not of %(sku)s.")
    next_step = _("Put the piece back and take the right one.")


class CodeNotWanted(DomainError):
    """No piece of this product lies on the table without its code."""

    sentence = _("No piece of %(sku)s in order %(number)s waits for a code.")


class CodesMissing(DomainError):
    """Pieces lie on the table without the codes that their product asks for."""

    sentence = _("Pieces of %(sku)s in order %(number)s have no code yet: %(left)s.")
    next_step = _("Scan the code on each of them.")


class ScanItsCode(DomainError):
    """A piece with a code of its own goes back, and nobody said which one."""

    sentence = _("Each piece of %(sku)s has its own code.")
    next_step = _("Scan the code of the piece that goes back.")


class UnreadableSerial(DomainError):
    """What was scanned as a serial number is none."""

    sentence = _("%(code)s is no serial number.")
    next_step = _("Scan the serial number on the piece: three characters or more, without blanks.")


@dataclass(frozen=True, slots=True)
class Coded:
    """How many pieces of a line lie on the table, and how many of their codes are known."""

    line: OrderLine
    pieces: int
    codes: int

    @property
    def left(self) -> int:
        return max(self.pieces - self.codes, 0)


@transaction.atomic(durable=True)
def capture(number: int, sku: str, code: str, *, by: Actor, at: datetime) -> OrderLine:
    """Keep the code of a piece that lies on the table already. The same code for the same order again changes nothing.

    Raises BrokenMark, UnreadableSerial, CodeUsed, CodeOfAnother, CodeNotWanted; CodesMissing never.
    """
    order = lock_order(number)
    waiting = [one for one in coded(order) if one.line.sku == sku]
    keys, _text = _read(waiting[0].line.product if waiting else None, sku, number, code)
    if known := PieceCode.objects.filter(order=order, key__in=keys, released_at=None).select_related("line").first():
        return known.line
    line = next((one.line for one in waiting if one.left), None)
    if line is None or order.status != Status.PICKING:
        raise CodeNotWanted(detail={"sku": sku, "number": number})
    event = journal.record([journal.Entry("order.code_kept", order, {"sku": sku})], by=by, at=at)[0]
    keep(order, [(line, code)], event)
    return line


def keep(order: Order, marked: Sequence[tuple[OrderLine, str]], event: JournalEvent) -> None:
    """Write codes of pieces down, in the transaction that picks them. Raises what `capture` raises."""
    for line, code in marked:
        product = line.product
        if product is None or not product.traced:
            continue
        keys, text = _read(product, line.sku, order.pk, code)
        _refuse_used(keys, order, at=event.at)
        row = PieceCode(key=keys[0], text=text, order=order, line=line, event=event, captured_at=event.at)
        try:
            with transaction.atomic():  # two tables with one code in this moment: the second one is told
                row.save()
        except IntegrityError:
            raise CodeUsed(detail={"code": row.says, "other": _holder_of(keys[0])}) from None


def release(order: Order, codes: Sequence[str], *, at: datetime) -> None:
    """Free the codes of pieces that went back to the shelf. Raises ScanItsCode when one was put back without."""
    held = PieceCode.objects.filter(order=order, released_at=None)
    for code in codes:
        held.filter(key__in=keys_of(order, code)).update(released_at=at)
    for one in coded(order):
        if one.codes > one.pieces:
            raise ScanItsCode(detail={"sku": one.line.sku})


def refuse_uncoded(order: Order) -> None:
    """Refuse to seal while a piece has no code that should have one. Raises CodesMissing."""
    if left := Counter({one.line.sku: one.left for one in coded(order) if one.left}):
        sku, pieces = next(iter(left.items()))
        raise CodesMissing(detail={"number": order.pk, "sku": sku, "left": pieces})


def coded(order: Order) -> list[Coded]:
    """Count pieces and codes of the lines whose product asks for codes."""
    held = Count("piece_codes", filter=Q(piece_codes__released_at=None))
    rows = OrderLine.objects.filter(order=order, kind="goods").exclude(product=None).exclude(product__traced="")
    lines = rows.select_related("product").annotate(codes=held).order_by("position")
    return [Coded(line, line.picked, line.codes) for line in lines]


def product_of(mark: Mark) -> Product | None:
    """Find the product whose barcode is the GTIN of a marking code."""
    row = Barcode.objects.filter(code__in=mark.barcodes, pieces=1).select_related("product").first()
    return row.product if row else None


def keys_of(order: Order, code: str) -> list[str]:
    """Give the keys that a scanned code may have in this order."""
    if looks_like_mark(code):
        return read_mark(code).spellings
    products = order.lines.exclude(product=None).values_list("product", flat=True)
    return [f"{product}:{code.strip()}" for product in products]


def held_line(order: Order, code: str) -> OrderLine | None:
    """Give the line of this order that a code of a piece was kept for; none when it is no such code."""
    row = PieceCode.objects.filter(order=order, released_at=None, key__in=keys_of(order, code)).first()
    return row.line if row else None


def _read(product: Product | None, sku: str, number: int, code: str) -> tuple[list[str], str]:
    """Read a code as its product has them: the keys of its piece, its own the first, and the whole of it."""
    if product is None:
        raise CodeNotWanted(detail={"sku": sku, "number": number})
    if product.traced == Product.Traced.SERIAL:
        serial = code.strip()
        if not SHORTEST_SERIAL <= len(serial) <= 64 or not serial.isprintable() or " " in serial:
            raise UnreadableSerial(detail={"code": serial[:64]})
        return [f"{product.pk}:{serial}"], serial
    mark = read_mark(code)
    codes = product.barcodes.values_list("code", flat=True)
    named = [one for one in codes if one.isdigit() and len(one) in GTIN_LENGTHS]
    if named and not set(named) & set(mark.barcodes):
        raise CodeOfAnother(detail={"gtin": mark.gtin, "sku": sku})
    return mark.spellings, mark.text


def _holder_of(key: str) -> int | str:
    """Give the order that was a moment faster; it may have given the code back since."""
    return PieceCode.objects.filter(key=key, released_at=None).values_list("order", flat=True).first() or "–"


def _refuse_used(keys: Sequence[str], order: Order, *, at: datetime) -> None:
    held = PieceCode.objects.filter(key__in=keys, released_at=None).select_related("line").first()
    if held is None:
        return
    if held.order_id != order.pk and held.line.returned:  # it came back from its customer, and is sold again
        PieceCode.objects.filter(pk=held.pk).update(released_at=at)
        return
    raise CodeUsed(detail={"code": held.says, "other": held.order_id})
