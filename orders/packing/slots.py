"""Which order stands in which slot of which cart."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from orders.models import Batch, CartSlot, Order, OrderLine
from orders.models.orders import OrderRows
from orders.status import Status

MOST_CARTS = 50
SLOT = re.compile(r"(?:K-([A-Z0-9]{1,8})-|S)([0-9]{1,2})")
# The keyboard wedge types by key, so on a Russian layout the scanner's letters come out as these.
KEYS = str.maketrans(
    "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬйцукенгшщзфывапролдячсмить", "QWERTYUIOPASDFGHJKLZXCVBNMqwertyuiopasdfghjklzxcvbnm"
)


@dataclass(frozen=True, slots=True)
class CartSeen:
    """A cart that holds orders: whose walk it is, how many orders, and whether it stands at the packing station."""

    batch: Batch
    orders: int
    ready: bool


def spellings(code: str) -> list[str]:
    """The code as it came, and as it was meant on a Latin keyboard."""
    return list(dict.fromkeys([code.strip(), code.strip().translate(KEYS)]))


def slot_in(code: str, cart: str = "") -> tuple[str, int] | None:
    """Read a slot's code: K-2-5, or S5 where one cart is meant. None for anything else."""
    for spelt in spellings(code):
        if found := SLOT.fullmatch(spelt.upper()):
            named, position = found[1] or cart, int(found[2])
            return (named, position) if named else None
    return None


def order_in(code: str) -> int | None:
    """Give the number of the order that stands in the slot of this code."""
    slot = slot_in(code)
    if slot is None:
        return None
    rows = CartSlot.objects.filter(cart=slot[0], position=slot[1], freed_at=None)
    return rows.values_list("order", flat=True).first()


def on_tables(rows: OrderRows) -> OrderRows:
    """Narrow orders to those on somebody's table: being packed, and not in a slot."""
    held = CartSlot.objects.filter(order=OuterRef("pk"), freed_at=None)
    return rows.filter(status=Status.PICKING).exclude(Exists(held))


def lift_off(order: Order, *, at: datetime) -> bool:
    """Take a locked order off its cart, if its picker has handed it to the packing station."""
    return bool(CartSlot.objects.filter(order=order, freed_at=None).exclude(ready_at=None).update(freed_at=at))


def left_behind(cart: str) -> set[int]:
    """Give the slots of a cart in which goods of an order lie though nobody picks it any more."""
    lying = OrderLine.objects.filter(order=OuterRef("order"), picked__gt=0)
    off = CartSlot.objects.filter(cart=cart, order__status__in=[Status.NEW, Status.CONFIRMED, Status.CANCELLED])
    return set(off.filter(Exists(lying)).exclude(freed_at=None).values_list("position", flat=True))


def lying_in(numbers: Collection[int]) -> dict[int, str]:
    """Give, of orders whose goods are to be put back, the slot in which they lie; none of those on a table."""
    rows = CartSlot.objects.filter(order__in=numbers, ready_at=None).exclude(freed_at=None).order_by("pk")
    return {slot.order_id: slot.code for slot in rows}


def of_batch(batch_id: int) -> Sequence[CartSlot]:
    """Give the slots of a batch that still hold an order, in their order on the cart."""
    rows = CartSlot.objects.filter(batch=batch_id, freed_at=None).select_related("order", "batch")
    return list(rows.order_by("position"))


def carts_now() -> list[CartSeen]:
    """Give the carts that hold orders, the oldest walk first."""
    held: dict[int, list[CartSlot]] = {}
    rows = CartSlot.objects.filter(freed_at=None).select_related("batch__picker").order_by("batch", "position")
    for slot in rows[: MOST_CARTS * 24]:
        held.setdefault(slot.batch_id, []).append(slot)
    return [CartSeen(own[0].batch, len(own), all(slot.ready_at for slot in own)) for own in held.values()]
