"""What every scan at the packing table has in common: read once, matched to a product, to and from bins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orders import stock
from orders.models import Barcode, JournalEvent, Order, OrderLine, Place, PlaceLevel, Product, Scan
from shopdesk.base.errors import Missing


@dataclass(frozen=True, slots=True)
class NewScan:
    """One scan: a product by SKU or barcode, how many times, and the bin (none: wherever it lies).

    `by_hand` says in a code why it was typed and not scanned: no_label, bad_label, no_scanner, other.
    `mark` is the code of this very piece, where its product has one.
    """

    event_id: str
    quantity: int = 1
    sku: str = ""
    barcode: str = ""
    bin: str = ""
    by_hand: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan that was read: whose pieces they are. No product when the desk knows no such code."""

    event_id: str
    code: str
    product_id: int | None
    quantity: int
    bin: str
    mark: str = ""


def lock_order(number: int) -> Order:
    """Lock the order. Raises Missing."""
    try:
        return Order.objects.lock(number)
    except Order.DoesNotExist:
        raise Missing from None


def unseen(order: Order, scans: Sequence[NewScan]) -> list[NewScan]:
    """Leave out scans that were applied before, or come twice in this list. The order's lock guards the check."""
    ids = [one.event_id for one in scans]
    known = set(Scan.objects.filter(order=order, event_id__in=ids).values_list("event_id", flat=True))
    fresh = {one.event_id: one for one in reversed(scans) if one.event_id not in known}
    return list(reversed(fresh.values()))


def read_scans(scans: Sequence[NewScan]) -> list[Seen]:
    """Find the products of scans. A pack's barcode counts for all its pieces."""
    codes = {one.barcode for one in scans if one.barcode}
    barcodes = {row.code: row for row in Barcode.objects.filter(code__in=codes)}
    # A scanner reads whatever label is there: a SKU printed as a barcode is as good as the barcode.
    skus = {one.sku for one in scans if one.sku} | codes
    products = dict(Product.objects.filter(sku__in=skus).values_list("sku", "pk"))
    return [_read(one, barcodes.get(one.barcode), products) for one in scans]


def remember(order: Order, seen: Iterable[Seen], event: JournalEvent) -> None:
    """Mark scans as applied, in the transaction that applies them."""
    Scan.objects.bulk_create(
        Scan(
            order=order, event_id=one.event_id, product_id=one.product_id, quantity=one.quantity, journal=event,
            at=event.at,
        )
        for one in seen
    )  # fmt: skip


class Bins:
    """What the bins of a location hold of some products, counted down while a list of scans is read."""

    def __init__(self, location_id: str, products: set[int]) -> None:
        self.location_id = location_id
        levels = PlaceLevel.objects.filter(
            product__in=products, place__kind=Place.Kind.BIN, place__location=location_id, on_hand__gt=0
        ).select_related("place")
        # MAIN first: a shop with one bin never thinks of bins.
        ordered = sorted(levels, key=lambda level: (level.place.code != stock.MAIN, level.place.code))
        self.levels = [(level.product_id, level.place, level.on_hand) for level in ordered]

    def holding(self, product_id: int) -> Place:
        """Give the first bin that holds the product by the book, MAIN when none does."""
        own = [place for product, place, _ in self.levels if product == product_id]
        return own[0] if own else stock.bin_at(self.location_id)

    def lying(self, product_id: int | None) -> list[tuple[str, int]]:
        """Give the bins with pieces of a product that no line of this list takes."""
        return [(place.code, left) for product, place, left in self.levels if product == product_id and left]

    def take(self, line: OrderLine, pieces: int, named: str) -> list[tuple[Place, int]]:
        """Say from which bins pieces come. The ledger refuses what a named bin, or all of them, do not have."""
        if not pieces:
            return []
        if named:
            return [(stock.bin_at(self.location_id, named), pieces)]
        parts: list[tuple[Place, int]] = []
        for index, (product, place, on_hand) in enumerate(self.levels):
            part = min(on_hand, pieces) if product == line.product_id else 0
            if part:
                parts.append((place, part))
                self.levels[index] = (product, place, on_hand - part)
                pieces -= part
        return [*parts, (stock.bin_at(self.location_id), pieces)] if pieces else parts


def _read(one: NewScan, barcode: Barcode | None, products: dict[str, int]) -> Seen:
    code = one.barcode or one.sku
    if barcode is not None:
        return Seen(one.event_id, code, barcode.product_id, one.quantity * barcode.pieces, one.bin, one.mark)
    return Seen(one.event_id, code, products.get(code), one.quantity, one.bin, one.mark)
