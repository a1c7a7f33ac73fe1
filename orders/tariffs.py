"""Tariffs: what a delivery costs the customer and the shop, by courier, place, weight, sum and date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from orders.models import BuyoutFee, Order, OrderLine, Shop, Tariff, Zone
from shopdesk.base.periods import shop_day

# How much a place says: the first kind that a zone names and the order matches decides between tariffs.
KINDS = ("postcode", "city", "region", "country")
# What `settle` writes onto an order beside its charge.
COSTS = (
    "delivery_cost_minor", "cod_fee_minor", "cod_fee_fixed_minor", "cod_fee_permille", "delivery_tax_minor",
    "delivery_cost_tax_minor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcelful:
    """What is to be carried where. Sums in minor units of the tariff's currency; `cod_minor` is taken at the door."""

    courier: str
    currency: str
    on: date
    weight_g: int
    goods_minor: int
    cod_minor: int = 0
    country: str = ""
    region: str = ""
    city: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What the customer pays, what the courier takes, and what it keeps of money taken at the door.

    Sums are gross: the VAT inside them stands beside them.
    """

    tariff: Tariff
    charged_minor: int
    cost_minor: int
    cod_fee_minor: int
    charged_tax_minor: int = 0
    cost_tax_minor: int = 0


@dataclass(frozen=True, slots=True)
class ToPrice:
    """An order as it stands, and what its goods weigh."""

    order: Order
    weight_g: int


def price(wanted: Parcelful) -> Price | None:
    """Price a delivery; None when no tariff of this courier fits, and somebody says the price."""
    return _price(_tariffs_of([wanted.courier]), wanted)


def quote(one: ToPrice, *, at: datetime) -> Price | None:
    """Say what the tariffs make of an order as it stands. None without a courier, or when nothing fits."""
    return price(_parcelful(one, _today(at))) if one.order.courier_id else None


def settle(orders: Sequence[ToPrice], *, at: datetime) -> None:
    """Write onto orders that are not saved yet what their delivery costs the shop, and the charge where it follows
    the tariff (`delivery_by_tariff`). A charge that nobody's tariff answers for stays as it is.
    """
    rows = _tariffs_of([one.order.courier_id for one in orders if one.order.courier_id])
    today = _today(at) if rows else None
    for one in orders:
        _write(one, rows if one.order.courier_id else [], today)


def cod_fee(order: Order, taken_minor: int) -> int | None:
    """Say what a courier keeps for having taken a sum, by the terms the order was priced with. None: not known."""
    if order.cod_fee_fixed_minor is None or order.cod_fee_permille is None:
        return None
    return order.cod_fee_fixed_minor + _share(taken_minor, order.cod_fee_permille) if taken_minor else 0


def buyout_fee(courier: str, currency: str, kept_minor: int) -> int:
    """Say what a courier asks for a part that is kept, by the sum of it. Without a rule it asks nothing."""
    rows = BuyoutFee.objects.filter(courier=courier, currency=currency, sum_from_minor__lte=kept_minor)
    rows = rows.filter(Q(sum_to_minor=None) | Q(sum_to_minor__gt=kept_minor))
    found = rows.order_by("-pk").first()  # of two that fit the newer one counts, as with tariffs
    return found.fee_minor + _share(kept_minor, found.fee_permille) if found else 0


def weigh(lines: Sequence[OrderLine]) -> int:
    """Give what the goods of lines weigh by the catalogue, in grams."""
    return sum((line.quantity - line.cancelled) * line.product.weight_g for line in lines if line.product)


def _write(one: ToPrice, rows: Sequence[Tariff], today: date | None) -> None:
    order = one.order
    found = _price(rows, _parcelful(one, today)) if today else None
    if found and order.delivery_by_tariff:
        order.total_minor += found.charged_minor - order.delivery_minor
        order.delivery_minor = found.charged_minor
        found = _price(rows, _parcelful(one, today))  # the money at the door has changed, and the courier's fee with it
    order.delivery_tax_minor = found.charged_tax_minor if found and order.delivery_by_tariff else None
    order.delivery_cost_minor = found.cost_minor if found else None
    order.delivery_cost_tax_minor = found.cost_tax_minor if found else None
    order.cod_fee_minor = found.cod_fee_minor if found else None
    order.cod_fee_fixed_minor = found.tariff.cod_fee_minor if found else None
    order.cod_fee_permille = found.tariff.cod_fee_permille if found else None


def _today(at: datetime) -> date:
    shop = Shop.current()
    return shop_day(at, shop.zone, shop.day_cutoff)


def _parcelful(one: ToPrice, today: date | None) -> Parcelful:
    order = one.order
    return Parcelful(
        courier=order.courier_id or "", currency=order.currency,
        on=order.promised_on or today or date.min, weight_g=one.weight_g,
        goods_minor=order.items_minor - order.discount_minor, cod_minor=order.due_minor,
        country=order.address_country or order.channel.country, region=order.address_region_code,
        city=order.address_city, postcode=order.address_postcode,
    )  # fmt: skip


def _tariffs_of(couriers: Sequence[str]) -> list[Tariff]:
    """Read the prices of these couriers in one statement."""
    if not couriers:
        return []
    return list(Tariff.objects.filter(courier__in=sorted(set(couriers))).select_related("zone"))


def _price(rows: Sequence[Tariff], wanted: Parcelful) -> Price | None:
    ranked = [(rank, row) for row in rows if _fits(row, wanted) and (rank := _rank(row.zone, wanted)) is not None]
    if not ranked:
        return None
    # Of two that say as much about the place the newer one counts: that is how prices are changed.
    best = min(ranked, key=lambda found: (found[0], -found[1].pk))[1]
    is_free = best.free_from_minor is not None and wanted.goods_minor >= best.free_from_minor
    fee = best.cod_fee_minor + _share(wanted.cod_minor, best.cod_fee_permille) if wanted.cod_minor else 0
    charged = _with_tax(0 if is_free else best.charged_minor, best.charged_vat_bp, has_tax=best.charged_has_vat)
    declared = _share(wanted.goods_minor, best.declared_permille)
    cost = _with_tax(best.cost_minor + declared, best.cost_vat_bp, has_tax=best.cost_has_vat)
    return Price(best, charged[0], cost[0], fee, charged[1], cost[1])


def _fits(row: Tariff, wanted: Parcelful) -> bool:
    """Weights and sums from … up to, not included; days from … until, included."""
    if (row.courier_id, row.currency) != (wanted.courier, wanted.currency):
        return False
    heavy = row.weight_to_g is not None and wanted.weight_g >= row.weight_to_g
    dear = row.sum_to_minor is not None and wanted.goods_minor >= row.sum_to_minor
    if heavy or dear or wanted.weight_g < row.weight_from_g or wanted.goods_minor < row.sum_from_minor:
        return False
    return (row.from_on or wanted.on) <= wanted.on <= (row.until_on or wanted.on)


def _rank(zone: Zone | None, wanted: Parcelful) -> int | None:
    """Say how exactly a zone names the place, the smaller the better; None when the place is not in it."""
    if zone is None:
        return len(KINDS)
    named: Sequence[str] = zone.places
    places = [place.partition(":") for place in named]
    ranks = [KINDS.index(kind) for kind, _, value in places if kind in KINDS and _is_there(kind, value, wanted)]
    return min(ranks, default=None)


def _is_there(kind: str, value: str, wanted: Parcelful) -> bool:
    if kind == "postcode":
        return bool(value) and wanted.postcode.replace(" ", "").startswith(value)
    return bool(value) and str(getattr(wanted, kind)).casefold().strip() == value.casefold()


def _with_tax(amount_minor: int, rate_bp: int, *, has_tax: bool) -> tuple[int, int]:
    """Give the gross sum and the tax inside it, half a minor unit up. The rate is in hundredths of a percent."""
    whole = 10_000 + rate_bp if has_tax else 10_000
    tax = (2 * amount_minor * rate_bp + whole) // (2 * whole)
    return (amount_minor if has_tax else amount_minor + tax), tax


def _share(amount_minor: int, permille: int) -> int:
    """Round up to the next minor unit: so couriers do."""
    return -(-amount_minor * permille // 1000)
