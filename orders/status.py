"""The order's one status and what may follow what. Pure rules: no database, no clock."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    NEW = "new", pgettext_lazy("order status", "new")
    CONFIRMED = "confirmed", pgettext_lazy("order status", "confirmed")
    PICKING = "picking", pgettext_lazy("order status", "picking")
    PACKED = "packed", pgettext_lazy("order status", "packed")
    HANDED_OVER = "handed_over", pgettext_lazy("order status", "handed over")
    DELIVERED = "delivered", pgettext_lazy("order status", "delivered")
    RETURNING = "returning", pgettext_lazy("order status", "returning")
    RETURNED = "returned", pgettext_lazy("order status", "returned")
    LOST = "lost", pgettext_lazy("order status", "lost")
    CANCELLED = "cancelled", pgettext_lazy("order status", "cancelled")


MOVES: dict[Status | None, frozenset[Status]] = {
    # An order begins when it is taken in.
    None: frozenset({Status.NEW}),
    # -> CONFIRMED: the customer agreed, or a rule said no call is needed.   -> CANCELLED: refused or never reached.
    Status.NEW: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    # -> PICKING: a packer took it.   -> NEW: it must be agreed again.   -> CANCELLED: the customer rang back.
    Status.CONFIRMED: frozenset({Status.PICKING, Status.NEW, Status.CANCELLED}),
    # -> PACKED: sealed.   -> CONFIRMED: put down.   -> NEW: short, ask the customer.   -> CANCELLED: stopped here.
    Status.PICKING: frozenset({Status.PACKED, Status.CONFIRMED, Status.NEW, Status.CANCELLED}),
    # -> HANDED_OVER: out of the door.   -> PICKING: opened again.   -> CANCELLED: stopped before the courier came.
    Status.PACKED: frozenset({Status.HANDED_OVER, Status.PICKING, Status.CANCELLED}),
    # -> DELIVERED: something was kept.   -> PACKED: the own courier brought it back for another day.
    # -> RETURNING: nothing was kept.   -> LOST: the courier lost it.
    Status.HANDED_OVER: frozenset({Status.DELIVERED, Status.PACKED, Status.RETURNING, Status.LOST}),
    # -> RETURNING: everything comes back after all.
    Status.DELIVERED: frozenset({Status.RETURNING}),
    # -> RETURNED: all inspected.   -> DELIVERED: the courier corrected itself.   -> LOST: lost on the way back.
    Status.RETURNING: frozenset({Status.RETURNED, Status.DELIVERED, Status.LOST}),
    # The end: every piece is back and inspected.
    Status.RETURNED: frozenset(),
    # -> RETURNING: found again.
    Status.LOST: frozenset({Status.RETURNING}),
    # -> NEW: the customer came back; reserved anew, to be confirmed again.
    Status.CANCELLED: frozenset({Status.NEW}),
}

BEFORE_PACKED = frozenset({Status.NEW, Status.CONFIRMED, Status.PICKING})
INSIDE = BEFORE_PACKED | {Status.PACKED}
ENDED = frozenset({Status.DELIVERED, Status.RETURNED, Status.LOST, Status.CANCELLED})


class HoldReason(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
    HIGH_RISK = "high_risk", _("high risk")
    BAD_ADDRESS = "bad_address", _("bad address")
    BAD_PHONE = "bad_phone", _("bad phone")
    UNKNOWN_ITEM = "unknown_item", _("unknown item")
    OUT_OF_STOCK = "out_of_stock", _("out of stock")
    DUPLICATE = "duplicate", _("duplicate")
    UNKNOWN_DATE = "unknown_date", _("unknown date")
    OTHER = "other", _("other")


class CancelReason(models.TextChoices):
    BOUGHT_ELSEWHERE = "bought_elsewhere", _("bought elsewhere")
    PRICE = "price", _("price")
    DELIVERY_PRICE = "delivery_price", _("delivery price")
    DELIVERY_TIME = "delivery_time", _("delivery time")
    CHANGED_MIND = "changed_mind", _("changed their mind")
    DUPLICATE = "duplicate", _("duplicate")
    TEST = "test", _("test order")
    NO_CONTACT = "no_contact", _("no contact")
    FAKE = "fake", _("fake order")
    OUT_OF_STOCK = "out_of_stock", _("out of stock")
    OTHER = "other", _("other reason")
