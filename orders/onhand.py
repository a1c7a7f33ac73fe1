"""What there is: reads of the shelf for its pages, in a fixed number of queries however many products are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils.translation import gettext_lazy as _

from orders.models import Barcode, JournalEvent, OrderLine, Place, PlaceLevel, Product, StockLevel, StockMove
from orders.models.catalog import ProductRows
from orders.models.stock import PlaceRows
from orders.status import Status
from shopdesk.base.errors import DomainError

VIEWS = ("all", "short", "low", "out")
FRESH = timedelta(days=7)
SHOWN = 200
OPEN = (Status.NEW, Status.CONFIRMED)


class NothingScanned(DomainError):
    """A code that is neither on a product nor on a bin."""

    sentence = _("Nothing here has the code %(code)s.")
    next_step = _("Scan it again, or type the SKU or the bin's code.")


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A product with the bins it lies in and the pieces that orders were promised in vain."""

    product: Product
    bins: Sequence[PlaceLevel]
    short: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code means: a product and the pieces it stands for, or a bin."""

    product: Product | None = None
    pieces: int = 1
    bin: Place | None = None


def found(rows: ProductRows, text: str) -> ProductRows:
    """Narrow products to those with this barcode, whose SKU begins so, or whose name has all the words."""
    text = text.strip()
    if not text:
        return rows
    named = Q()
    for word in text.split():
        named &= _spelt(word)
    return rows.filter(named | Q(sku__istartswith=text) | Q(pk__in=Barcode.objects.filter(code=text).values("product")))


def with_totals(rows: ProductRows) -> ProductRows:
    """Add what there is of each product in all locations: on_hand, reserved, safety, available."""
    return rows.annotate(
        on_hand=_sum(F("on_hand")), reserved=_sum(F("reserved")), safety=_sum(F("safety")), available=_sum(_free())
    )


def in_view(rows: ProductRows, view: str) -> ProductRows:
    """Narrow products to a view: `short` were promised in vain, `low` are below their minimum."""
    if view == "short":
        return rows.filter(pk__in=_short_lines().values("product"))
    if view == "low":
        return rows.filter(pk__in=_low().values("pk"))
    if view == "out":
        # Not by the total: that would be summed up for every product of the shop.
        return rows.exclude(Exists(StockLevel.objects.filter(product=OuterRef("pk"), on_hand__gt=0)))
    return rows


def in_bin(rows: ProductRows, code: str) -> ProductRows:
    """Narrow products to those that lie in a bin."""
    lying = PlaceLevel.objects.filter(place__kind=Place.Kind.BIN, place__code=code, on_hand__gt=0)
    return rows.filter(pk__in=lying.values("product"))


def on_shelf(products: Sequence[Product]) -> list[OnShelf]:
    """Give products with their bins, their totals and what is short of them, in three queries."""
    _add_totals(products)
    bins: dict[int, list[PlaceLevel]] = {}
    lying = PlaceLevel.objects.filter(product__in=products, on_hand__gt=0, place__kind=Place.Kind.BIN)
    for level in lying.select_related("place").order_by("-on_hand", "place__code"):
        bins.setdefault(level.product_id, []).append(level)
    short: dict[int, int] = {}
    for line in _short_lines().filter(product__in=products):
        short[line.product_id or 0] = short.get(line.product_id or 0, 0) + line.wanted
    return [OnShelf(product, bins.get(product.pk, []), short.get(product.pk, 0)) for product in products]


def waiting_lines(products: Sequence[Product]) -> QuerySet[OrderLine]:
    """Give the lines of open orders that still miss pieces of these products, the oldest promise first."""
    rows = _short_lines().filter(product__in=products).select_related("order")
    return rows.order_by(F("order__promised_on").asc(nulls_last=True), "order_id", "position")


def served_since(products: Sequence[Product], event: JournalEvent, *, at: datetime) -> list[OrderLine]:
    """Give the lines of these products in orders that were given what they waited for since an event, for a week.

    Later the journal behind the event is too long to be read for a page.
    """
    if at - event.at > FRESH:
        return []
    given = JournalEvent.objects.filter(pk__gt=event.pk, kind="order.allocated")
    rows = OrderLine.objects.filter(product__in=products, order__in=given.values("order"))
    return list(rows.select_related("order").order_by("order_id", "position")[:SHOWN])


def ledger_of(moves: QuerySet[StockMove], product: Product) -> QuerySet[StockMove]:
    """Narrow moves to a product, so that pages of them are read by the index of product and id.

    Asked for as one of two (no product has the key 0), because of one alone PostgreSQL drops the product from the
    order, and then walks ten million rows by id for the last page of a product that sells every day.
    """
    return moves.filter(product__in=[product.pk, 0])


def promised_lines(product: Product) -> QuerySet[OrderLine]:
    """Give the lines that hold a promise of this product, the oldest order first."""
    rows = OrderLine.objects.filter(product=product, reserved__gt=0).select_related("order")
    return rows.order_by("order_id", "position")


def scanned(code: str, products: ProductRows, bins: PlaceRows) -> Scanned:
    """Say what a code means: a barcode, a SKU, or a bin. Raises NothingScanned."""
    barcode = Barcode.objects.filter(code=code, product__in=products).select_related("product").first()
    if barcode is not None:
        return Scanned(barcode.product, barcode.pieces)
    if product := products.filter(sku=code).first() or products.filter(sku__iexact=code).first():
        return Scanned(product)
    own = bins.filter(kind=Place.Kind.BIN).order_by("location")
    if place := own.filter(code=code).first() or own.filter(code__iexact=code).first():
        return Scanned(bin=place)
    raise NothingScanned(detail={"code": code})


def balance_by_day(product: Product, *, days: int, at: datetime, zone: str) -> list[tuple[date, int]]:
    """Give what lay in bins at the end of each day, the last one now: walked back from today's pieces."""
    there = ZoneInfo(zone)
    today = at.astimezone(there).date()
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first, datetime.min.time(), there)
    changes: dict[date, int] = {}
    moves = StockMove.objects.filter(product=product, at__gte=since)
    days_of = moves.annotate(day=TruncDate("at", tzinfo=there)).values_list("day", "source__kind", "target__kind")
    for day, source, target, pieces in days_of.annotate(pieces=Sum("quantity")).order_by():
        sign = (target == Place.Kind.BIN) - (source == Place.Kind.BIN)
        changes[day] = changes.get(day, 0) + sign * pieces
    level = StockLevel.objects.filter(product=product).aggregate(pieces=Sum("on_hand"))["pieces"] or 0
    balances = []
    for back in range(days):
        day = today - timedelta(days=back)
        balances.append((day, level))
        level -= changes.get(day, 0)
    return balances[::-1]


def _add_totals(products: Sequence[Product]) -> None:
    """Write what `with_totals` says on products that were read without it: cheaper than four sums in their query."""
    sums = {product.pk: [0, 0, 0, 0] for product in products}
    levels = StockLevel.objects.filter(product__in=sums).values_list("product", "on_hand", "reserved", "safety")
    for key, on_hand, reserved, safety in levels:
        for place, pieces in enumerate((on_hand, reserved, safety, max(on_hand - reserved - safety, 0))):
            sums[key][place] += pieces
    for product in products:
        told = zip(("on_hand", "reserved", "safety", "available"), sums[product.pk], strict=True)
        product.__dict__.update(told)


def _spelt(word: str) -> Q:
    """A word within a name. SQLite folds ASCII only, so the ways in which people spell it are asked for by name."""
    wanted = Q(name__icontains=word)
    for spelling in {word.lower(), word.upper(), word.capitalize()}:
        wanted |= Q(name__contains=spelling)
    return wanted


def _low() -> QuerySet[Product]:
    """Find what is below its minimum. Enough in one location is enough: so few are left to be added up."""
    enough = StockLevel.objects.annotate(free=_free()).filter(product=OuterRef("pk"), free__gte=OuterRef("min_stock"))
    scarce = Product.objects.filter(min_stock__gt=0).exclude(Exists(enough)).order_by()
    return scarce.annotate(free=Coalesce(Sum(_free("stock_levels__")), 0)).filter(free__lt=F("min_stock"))


def _free(level: str = "") -> Greatest:
    """What may be promised at a level."""
    return Greatest(F(f"{level}on_hand") - F(f"{level}reserved") - F(f"{level}safety"), 0)


def _sum(what: F | Greatest) -> Coalesce:
    levels = StockLevel.objects.filter(product=OuterRef("pk")).order_by().values("product")
    return Coalesce(Subquery(levels.annotate(pieces=Sum(what)).values("pieces")), 0, output_field=IntegerField())


def _short_lines() -> QuerySet[OrderLine]:
    wanted = Q(kind="goods", reserved__lt=F("quantity") - F("picked") - F("cancelled"))
    return OrderLine.objects.filter(wanted, product__isnull=False, order__status__in=OPEN)
