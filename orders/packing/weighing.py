"""The scale: what a parcel should weigh by the catalogue, what the scale says, and what becomes of a difference.

A parcel whose weight is off by more than the shop allows is not sealed until it is weighed again, somebody says why, or
a second person has looked at the table. Nothing is expected where the catalogue does not know what a piece weighs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import journal
from orders.models import Order, OrderLine, Shop
from orders.packing import checking
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

MOST_GRAMS = 1_000_000
# "ST,GS,+  1.234kg", "1234 g", "1,234 кг": as scales type it when they are plugged in as keyboards. US: it still moves.
READING = re.compile(
    r"^(?:(?P<state>ST|US|S|U)[ ,;]+)?(?:(?:GS|NT|G|N)[ ,;]+)?[+ ]*"
    r"(?P<number>\d{1,7}(?:[.,]\d{1,4})?)\s*(?P<unit>kg|g|кг|гр?)?\.?\s*$",
    re.IGNORECASE,
)
KILOS = {"kg", "кг"}


class Why(TextChoices):
    """Why a parcel weighs otherwise than the catalogue says, and is right."""

    PACKAGING = "packaging", pgettext_lazy("weight", "other packaging than usual")
    EXTRA = "extra", pgettext_lazy("weight", "something was put in besides")
    CATALOGUE = "catalogue", pgettext_lazy("weight", "the catalogue's weight is wrong")
    SCALE = "scale", pgettext_lazy("weight", "no scale, the weight is a guess")
    LOOKED = "looked", pgettext_lazy("weight", "a second person has looked at it")


class WeightOff(DomainError):
    """A parcel weighs otherwise than what lies in it. `odd` lists the parcels."""

    sentence = _("Parcel %(place)s weighs %(weight)s g; what lies in it should weigh about %(expected)s g.")
    next_step = _("Look into it and weigh it again. If it is right, say why, or ask a second person to look.")


class UnreadableWeight(DomainError):
    """The scale typed something that is no weight."""

    sentence = _("“%(text)s” is no weight.")
    next_step = _("Grams as a whole number, or kilograms with a point: 1.234.")


class ScaleMoves(DomainError):
    """The scale has not come to rest."""

    sentence = _("The scale has not come to rest.")
    next_step = _("Wait a moment and weigh again.")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A parcel on the scale: its place, grams, and what lies in it; `why` it may weigh otherwise."""

    place: int
    weight_g: int
    content: Sequence[tuple[OrderLine, int]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Odd:
    """A parcel that weighs otherwise than expected."""

    place: int
    weight_g: int
    expected_g: int
    why: str = ""


def read_scale(text: str) -> int:
    """Read what a scale typed, or a person, as grams: whole without a unit are grams, with a point kilograms.

    Raises UnreadableWeight, ScaleMoves.
    """
    found = READING.match(text.strip())
    if found is None:
        raise UnreadableWeight(detail={"text": text.strip()[:40]})
    if (found["state"] or "").upper().startswith("U"):
        raise ScaleMoves
    number = Decimal(found["number"].replace(",", "."))
    unit = (found["unit"] or "").casefold().rstrip(".")
    is_kilos = unit in KILOS or (not unit and not found["number"].isdigit())
    grams = int((number * 1000 if is_kilos else number).to_integral_value())
    if not 0 < grams <= MOST_GRAMS:
        raise UnreadableWeight(detail={"text": text.strip()[:40]})
    return grams


def expected_g(content: Sequence[tuple[OrderLine, int]], shop: Shop) -> int | None:
    """Say what a parcel should weigh, its packaging included. None: of some piece nobody knows the weight."""
    weights = [(line.product.weight_g if line.product else 0, pieces) for line, pieces in content]
    if not weights or not all(grams for grams, _ in weights):
        return None
    return sum(grams * pieces for grams, pieces in weights) + shop.packaging_g


def tolerated_g(expected: int, shop: Shop) -> int | None:
    """Say by how much a parcel may be off: the share or the grams, whichever is more. None: the shop does not ask."""
    if not shop.weight_tolerance_percent and not shop.weight_tolerance_g:
        return None
    return max(expected * shop.weight_tolerance_percent // 100, shop.weight_tolerance_g)


def odd_ones(parcels: Sequence[Weighed]) -> list[Odd]:
    """Give the parcels that weigh otherwise than the shop allows."""
    shop, found = Shop.current(), []
    for one in parcels:
        expected = expected_g(one.content, shop)
        most = tolerated_g(expected, shop) if expected is not None else None
        if expected is not None and most is not None and abs(one.weight_g - expected) > most:
            found.append(Odd(one.place, one.weight_g, expected, one.why))
    return found


def settle(order: Order, parcels: Sequence[Weighed], *, by: Actor, at: datetime) -> None:
    """Refuse to seal what weighs otherwise until somebody answers for it; what was answered is journalled.

    Raises WeightOff; NotChecked when a second person is named and none has looked at what lies on the table now.
    """
    odd = odd_ones(parcels)
    if not odd:
        return
    silent = [one for one in odd if one.why not in Why.values]
    if silent:
        first = silent[0]
        raise WeightOff(
            detail={
                "number": order.pk, "place": first.place, "weight": first.weight_g, "expected": first.expected_g,
                "odd": [{"place": one.place, "weight_g": one.weight_g, "expected_g": one.expected_g} for one in silent],
            }
        )  # fmt: skip
    looked = checking.checked(order) if any(one.why == Why.LOOKED for one in odd) else None
    if looked is None and any(one.why == Why.LOOKED for one in odd):
        raise checking.NotChecked(detail={"number": order.pk})
    said: dict[str, journal.Code] = {
        "parcels": [[one.place, one.weight_g, one.expected_g, one.why] for one in odd],
        "looked": looked.person_id if looked else 0,
    }
    journal.record([journal.Entry("order.weight_confirmed", order, said)], by=by, at=at)
