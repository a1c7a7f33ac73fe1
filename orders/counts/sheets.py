"""Count sheets: what is printed to be counted by hand, and what comes back as a table. Blind: no books on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import stock
from orders.counts.counting import COUNTING, REVIEW, Counted, locked, record, shelves_left
from orders.models import Barcode, Product, StockCount
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Malformed
from shopdesk.base.strict.fields import MAX_QUANTITY
from shopdesk.base.tables import Row

MOST_ROWS = 20_000
QUANTITY = ("counted", "quantity", "pieces", "количество", "факт", "намерено", "брой")
SKU = ("sku", "артикул", "code", "код")
BIN = ("bin", "ячейка", "клетка", "място")
BARCODE = ("barcode", "штрихкод", "баркод")
HOUR = ("counted_at", "time", "время", "час")


class RowsRefused(DomainError):
    """Rows of a table that say nothing the desk can take; all are told at once, and none was written."""

    sentence = gettext_lazy("Nothing is written down: %(rows)s.")
    next_step = gettext_lazy("Mend these rows and send the table again.")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A shelf on the paper."""

    bin: str
    sku: str
    name: str
    barcode: str


@transaction.atomic(durable=True)
def print_sheet(count_id: int, *, by: Actor, at: datetime) -> tuple[StockCount, list[SheetLine]]:
    """Give what is left to count, in the order of the walk, and remember the hour of the print.

    Whatever moves between now and the typing in may be on the paper or not, so that each such line asks.
    """
    count = locked(count_id, COUNTING, REVIEW)
    levels = list(shelves_left(count).select_related("product", "place"))
    levels.sort(key=lambda level: (stock.walk_key(level.place.code), level.product.sku))
    codes = dict(Barcode.objects.filter(product__in={one.product_id for one in levels}).values_list("product", "code"))
    count.printed_at = at
    count.save(update_fields=["printed_at"])
    record("count.printed", count, {"lines": len(levels)}, by=by, at=at)
    return count, [
        SheetLine(one.place.code, one.product.sku, one.product.name, codes.get(one.product_id, "")) for one in levels
    ]


def read_rows(count: StockCount, rows: Iterable[Row], *, zone: str) -> list[Counted]:
    """Read a table of counted quantities: SKU or barcode, bin, pieces, and the hour if it is known.

    An empty quantity is a shelf that nobody counted. Without an hour it was counted since the sheet was printed, or the
    count was opened. Raises RowsRefused with every row that cannot be read.
    """
    table = list(rows)
    skus = _skus(table)
    only_bin = list(count.bins.values_list("code", flat=True))
    found, wrong = [], []
    for row in table[:MOST_ROWS]:
        if not row.raw(*QUANTITY).strip():
            continue
        try:
            found.append(_read(row, count, skus, only_bin, zone))
        except (ValueError, Malformed):
            wrong.append(_("row %(row)d") % {"row": row.number})
    if wrong or len(table) > MOST_ROWS:
        shown = [*wrong[:20], *([_("more than %(most)d rows") % {"most": MOST_ROWS}] if len(table) > MOST_ROWS else [])]
        raise RowsRefused(detail={"rows": ", ".join(shown)})
    return found


def _skus(rows: Sequence[Row]) -> dict[str, str]:
    """Give the SKU behind every code of the table."""
    codes = {row.raw(*SKU).strip() for row in rows} | {row.raw(*BARCODE).strip() for row in rows}
    by_code = Barcode.objects.filter(code__in=codes).values_list("code", "product__sku")
    return dict(by_code) | {sku: sku for sku in Product.objects.filter(sku__in=codes).values_list("sku", flat=True)}


def _read(row: Row, count: StockCount, skus: dict[str, str], bins: Sequence[str], zone: str) -> Counted:
    """Read one row. Raises ValueError."""
    sku = skus.get(row.identifier(*SKU)) or skus[row.identifier(*BARCODE)] if _names(row, skus) else ""
    place = row.identifier(*BIN) or (bins[0] if len(bins) == 1 else "")
    pieces = int(row.raw(*QUANTITY).strip())
    if not sku or place not in bins or not 0 <= pieces <= MAX_QUANTITY:
        raise ValueError
    if written := row.raw(*HOUR).strip():
        hour = datetime.fromisoformat(written)
        at = hour if hour.tzinfo else hour.replace(tzinfo=ZoneInfo(zone))
        return Counted(sku, place, pieces, at)
    return Counted(sku, place, pieces, since=count.printed_at or count.opened_at)


def _names(row: Row, skus: dict[str, str]) -> bool:
    return row.identifier(*SKU) in skus or row.identifier(*BARCODE) in skus
