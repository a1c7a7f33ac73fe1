"""Stock as another system says it is: a count like any other, so that the ledger explains every piece."""

from collections.abc import Mapping
from datetime import datetime

from orders import counts, stock
from orders.models import PlaceLevel, Product, StockLevel
from shopdesk.base.access import Actor
from shopdesk.retailcrm.finding import find_store

KIND = "list"


def take(store: str, available: Mapping[str, int], *, by: Actor, at: datetime) -> None:
    """Bring what can be sold of each SKU in a store to this many pieces, by a count of the bins that differ.

    The same again counts nothing. A large variance waits for a person, as in any count. Raises UnknownLocation,
    AlreadyCounted while somebody counts these shelves.
    """
    location = find_store(store).code
    shelves = _shelves(location, available)
    if not shelves:
        return
    count = counts.start(KIND, location, shelves=sorted(shelves), by=by, at=at)
    lines = [counts.Counted(sku, bin_code, pieces) for (sku, bin_code), pieces in sorted(shelves.items())]
    counts.count_lines(count.pk, lines, by=by, at=at)
    counts.close(count.pk, by=by, at=at)


def _shelves(location: str, available: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Say how many pieces lie in which bins, so that what is free comes to what was said; those that agree are left."""
    products = {row.sku: row for row in Product.objects.filter(sku__in=available, kind=Product.Kind.GOODS)}
    levels = {
        row.product_id: row for row in StockLevel.objects.filter(product__in=products.values(), location=location)
    }
    wanted: dict[tuple[str, str], int] = {}
    for sku, product in products.items():
        level = levels.get(product.pk)
        kept, on_hand = (level.reserved + level.safety, level.on_hand) if level else (0, 0)
        wanted |= _spread(sku, product.pk, location, available[sku] + kept - on_hand)
    return wanted


def _spread(sku: str, product: int, location: str, differs: int) -> dict[tuple[str, str], int]:
    """Lay what differs on the fullest bin, or take it from the fullest ones."""
    rows = PlaceLevel.objects.filter(product=product, place__kind="bin", place__location=location, on_hand__gt=0)
    lying = list(rows.order_by("-on_hand", "pk").values_list("place__code", "on_hand"))
    if differs > 0:
        code, pieces = lying[0] if lying else (stock.MAIN, 0)
        return {(sku, code): pieces + differs}
    found = {}
    for code, pieces in lying:
        if not differs:
            break
        gone = min(pieces, -differs)
        differs += gone
        found[sku, code] = pieces - gone
    return found
