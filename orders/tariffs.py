"""Tariffs: what a delivery costs the customer and the shop, by courier, place, weight, sum and date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from orders.models import Tariff, Zone

# How much a place says: the first kind that a zone names and the order matches decides between tariffs.
KINDS = ("postcode", "city", "region", "country")


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
    """What the customer pays, what the courier takes, and what it keeps of money taken at the door."""

    tariff: Tariff
    charged_minor: int
    cost_minor: int
    cod_fee_minor: int


def price(wanted: Parcelful) -> Price | None:
    """Price a delivery; None when no tariff of this courier fits, and somebody says the price."""
    rows = Tariff.objects.filter(_fits(wanted), courier=wanted.courier, currency=wanted.currency)
    ranked = [(rank, row) for row in rows.select_related("zone") if (rank := _rank(row.zone, wanted)) is not None]
    if not ranked:
        return None
    # Of two that say as much about the place the newer one counts: that is how prices are changed.
    best = min(ranked, key=lambda found: (found[0], -found[1].pk))[1]
    is_free = best.free_from_minor is not None and wanted.goods_minor >= best.free_from_minor
    fee = best.cod_fee_minor + _share(wanted.cod_minor, best.cod_fee_permille) if wanted.cod_minor else 0
    return Price(best, 0 if is_free else best.charged_minor, best.cost_minor, fee)


def _fits(wanted: Parcelful) -> Q:
    """Weights and sums from … up to, not included; days from … until, included."""
    found = Q(weight_from_g__lte=wanted.weight_g, sum_from_minor__lte=wanted.goods_minor)
    found &= Q(weight_to_g=None) | Q(weight_to_g__gt=wanted.weight_g)
    found &= Q(sum_to_minor=None) | Q(sum_to_minor__gt=wanted.goods_minor)
    found &= Q(from_on=None) | Q(from_on__lte=wanted.on)
    return found & (Q(until_on=None) | Q(until_on__gte=wanted.on))


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


def _share(amount_minor: int, permille: int) -> int:
    """Round up to the next minor unit: so couriers do."""
    return -(-amount_minor * permille // 1000)
