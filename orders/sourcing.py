"""From where an order is served: the nearest location with everything; else it is split, and a person agrees to it.

Nearest is what the shop's people wrote down: a location names the countries, regions and cities it is near to. The
more exactly it names the order's, the nearer it is; among equals the lower position comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from orders import stock
from orders.models import Hold, Location, Order, OrderLine, StockLevel
from orders.status import HoldReason, Status
from shopdesk.base import places
from shopdesk.base.prepared import Reading

Pieces = Mapping[int, int]  # product -> pieces
SERVING = Reading(Location, "WHERE t.serves ORDER BY t.position, t.code")


@dataclass(frozen=True, slots=True)
class Where:
    """Where an order goes, as far as it is known."""

    country: str = ""
    region: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What one location would send of an order: product -> pieces."""

    location: Location
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Plan:
    """How an order can be served now: whole from `whole`, or in `parts`; `missing` is nowhere."""

    whole: Location | None
    parts: Sequence[Part]
    missing: Pieces


def assign(asks: Sequence[tuple[Where, Pieces]]) -> list[str]:
    """Choose a location for each of several orders, in their order; what one takes is not free for the next.

    A guess as good as this moment: what is scarce is decided by the reservation itself.
    """
    locations = serving()
    if len(locations) < 2:
        return [locations[0].code if locations else stock.main_location().code] * len(asks)
    free = free_at(locations, sorted({product for _, wants in asks for product in wants}))
    codes = []
    for where, wants in asks:
        chosen = choose(nearest_first(locations, where), wants, free).code
        for product, pieces in wants.items():
            free[chosen][product] = max(free[chosen].get(product, 0) - pieces, 0)
        codes.append(chosen)
    return codes


def serving() -> list[Location]:
    """Give the locations that serve orders, in the order of their positions."""
    return SERVING.all()


def nearest_first(locations: Sequence[Location], where: Where) -> list[Location]:
    """Sort locations by how exactly they name the place: city, region, country, nothing."""
    regions = {where.region.casefold(), places.key_of(where.region)}
    names = [{where.city.casefold()} - {""}, regions - {""}, {where.country.casefold()} - {""}]

    def far(location: Location) -> tuple[int, int, str]:
        lines = [line.strip() for line in location.near.splitlines()]
        near = {line.casefold() for line in lines} | {places.key_of(line) for line in lines}
        exact = next((rank for rank, called in enumerate(names) if called & near), len(names))
        return exact, location.position, location.code

    return sorted(locations, key=far)


def free_at(locations: Sequence[Location], products: Sequence[int]) -> dict[str, dict[int, int]]:
    """Give what each location could promise now of products: location -> product -> pieces, in one statement."""
    found: dict[str, dict[int, int]] = {location.code: {} for location in locations}
    free = F("on_hand") - F("reserved") - F("safety")
    rows = StockLevel.objects.filter(location__in=found, product__in=products).annotate(free=free)
    for location, product, pieces in rows.values_list("location", "product", "free"):
        found[location][product] = max(pieces, 0)
    return found


def choose(locations: Sequence[Location], wants: Pieces, free: Mapping[str, Pieces]) -> Location:
    """Choose of locations, nearest first: the first that has everything, else the first that has anything of it."""
    for location in locations:
        if all(free[location.code].get(product, 0) >= pieces for product, pieces in wants.items()):
            return location
    some = [one for one in locations if any(free[one.code].get(product, 0) for product in wants)]
    return (some or list(locations))[0]


def plan(order: Order) -> Plan:
    """Say how an order could be served now, counting what is promised to it already as free for it."""
    lines = OrderLine.objects.filter(order=order, kind="goods", product__isnull=False)
    own: dict[int, int] = {}
    wants: dict[int, int] = {}
    for line in lines:
        product = line.product_id or 0
        own[product] = own.get(product, 0) + line.reserved
        if line.wanted + line.reserved:
            wants[product] = wants.get(product, 0) + line.wanted + line.reserved
    where = Where(order.address_country, order.address_region_code or order.address_region, order.address_city)
    locations = nearest_first(serving(), where)
    free = free_at(locations, list(wants))
    for product, pieces in own.items():
        if order.location_id in free:
            free[order.location_id][product] = free[order.location_id].get(product, 0) + pieces
    return _plan(locations, wants, free)


def short_elsewhere(limit: int) -> list[int]:
    """Give orders that wait for goods which lie free in another location than theirs, the oldest promise first."""
    there = StockLevel.objects.filter(
        product=OuterRef("product"), location__serves=True, on_hand__gt=F("reserved") + F("safety")
    ).exclude(location=OuterRef("order__location"))
    short = OrderLine.objects.filter(
        Exists(there), order=OuterRef("pk"), kind="goods", reserved__lt=F("quantity") - F("picked") - F("cancelled")
    )
    held = Hold.objects.filter(order=OuterRef("pk"), closed_at=None, reason=HoldReason.OUT_OF_STOCK)
    picked = OrderLine.objects.filter(order=OuterRef("pk"), picked__gt=0)
    orders = Order.objects.filter(Exists(held), Exists(short), ~Exists(picked))
    waiting = orders.filter(status__in=[Status.NEW, Status.CONFIRMED])
    ranked = waiting.order_by(F("promised_on").asc(nulls_last=True), "number")
    return list(ranked.values_list("number", flat=True)[:limit])


def _plan(locations: Sequence[Location], wants: Pieces, free: Mapping[str, Pieces]) -> Plan:
    """Give the plan: whole from the nearest that can, else part by part, each from the nearest that has pieces."""
    for location in locations:
        if all(free[location.code].get(product, 0) >= pieces for product, pieces in wants.items()):
            return Plan(location, [Part(location, wants)], {})
    left, parts = dict(wants), []
    for location in locations:
        taken = {product: min(pieces, free[location.code].get(product, 0)) for product, pieces in left.items()}
        taken = {product: pieces for product, pieces in taken.items() if pieces}
        if taken:
            parts.append(Part(location, taken))
            left = {product: left[product] - taken.get(product, 0) for product in left}
    return Plan(None, parts, {product: pieces for product, pieces in left.items() if pieces})
