"""What a courier can carry: money at the door, places, countries, weight, and what it must know of an order."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from orders.models import Courier, Order
from shopdesk.base.errors import DomainError

OLD_NOTE = "the courier cannot carry it:"  # how the note of such a hold began while it was kept as a text
NEEDED = {"phone": "contact_phone", "email": "contact_email", "postcode": "address_postcode"}
WORDS = {
    "cod": _("it takes no money at the door"),
    "country": _("it does not go to that country"),
    "phone": _("it wants a phone"),
    "email": _("it wants an e-mail address"),
    "postcode": _("it wants a postcode"),
}


class CannotCarry(DomainError):
    """The courier's terms do not allow it."""

    sentence = _("%(courier)s cannot carry order %(number)s: %(reasons)s.")
    next_step = _("Choose another courier, or change what is in the way.")


class Box(NamedTuple):
    """A parcel as it is measured. No size: 0."""

    weight_g: int
    has_size: bool


def obstacles(order: Order, courier: Courier | None = None) -> list[str]:
    """Say why a courier (without one: the order's own) cannot carry an order, in codes of `WORDS`. Empty: it can."""
    carrier = courier or order.courier
    if carrier is None:
        return []
    found = []
    if order.due_minor and not carrier.takes_cod:
        found.append("cod")
    served = carrier.countries.split()
    if served and (order.address_country or order.channel.country) not in served:
        found.append("country")
    return found + [need for need, column in NEEDED.items() if need in carrier.needs and not getattr(order, column)]


def in_words(why: Sequence[str]) -> str:
    """Put obstacles into the reader's words."""
    return "; ".join(str(WORDS.get(code, code)) for code in why)


def obstacles_of_boxes(carrier: Courier, boxes: Sequence[Box]) -> list[str]:
    """Say why a courier cannot carry these parcels of one order."""
    found: list[object] = []
    if len(boxes) > 1 and not carrier.several_parcels:
        found.append(_("it takes one parcel of an order"))
    if carrier.heaviest_g is not None and any(box.weight_g > carrier.heaviest_g for box in boxes):
        heaviest = f"{carrier.heaviest_g / 1000:g}"
        found.append(_("a parcel weighs at most %(kg)s kg") % {"kg": heaviest})
    if "size" in carrier.needs and not all(box.has_size for box in boxes):
        found.append(_("it wants the size of each parcel"))
    return [str(why) for why in found]


def refuse_unable(order: Order, courier: Courier | None = None) -> None:
    """Refuse to give an order to a courier (without one: its own) that cannot carry it. Raises CannotCarry."""
    _refuse(order, courier or order.courier, in_words(obstacles(order, courier)))


def refuse_boxes(order: Order, boxes: Sequence[Box], courier: Courier | None = None) -> None:
    """Refuse parcels that the courier (without one: the order's own) cannot carry. Raises CannotCarry."""
    carrier = courier or order.courier
    if carrier is not None:
        _refuse(order, carrier, "; ".join(obstacles_of_boxes(carrier, boxes)))


def _refuse(order: Order, courier: Courier | None, reasons: str) -> None:
    if reasons and courier is not None:
        number = order.pk or "–"
        raise CannotCarry(detail={"courier": courier.name, "number": number, "reasons": reasons})
