"""The codes of API v5 and what they mean at this desk: statuses, ways of delivery, ways of paying."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Courier, Order, StatusLabel
from orders.status import CancelReason, Status

PAID: Final = "paid"


@dataclass(frozen=True, slots=True)
class Code:
    """A status of the protocol: in which group it stands, what it is here; a cancel code is a reason.

    `plain`: orders of this status are called so when they carry no label.
    """

    code: str
    group: str
    status: Status
    name: str | Promise
    reason: str = ""
    plain: bool = False


GROUPS: Final[Mapping[str, str | Promise]] = {
    "new": _("New"),
    "approval": _("Being agreed"),
    "assembling": _("Being packed"),
    "delivery": _("On its way"),
    "complete": _("Done"),
    "cancel": _("Cancelled"),
}
STATUSES: Final = (
    Code("new", "new", Status.NEW, _("New"), plain=True),
    Code("offer-analog", "approval", Status.NEW, _("Substitute offered")),
    Code("availability-confirmed", "approval", Status.CONFIRMED, _("Goods are there")),
    Code("client-confirmed", "approval", Status.CONFIRMED, _("Agreed with the customer"), plain=True),
    Code("prepayed", "approval", Status.CONFIRMED, _("Prepayment came in")),
    Code("send-to-assembling", "assembling", Status.CONFIRMED, _("Given to packing")),
    Code("assembling", "assembling", Status.PICKING, _("Being packed"), plain=True),
    Code("assembling-complete", "assembling", Status.PACKED, _("Packed"), plain=True),
    Code("send-to-delivery", "delivery", Status.PACKED, _("Given to delivery")),
    Code("delivering", "delivery", Status.HANDED_OVER, _("Being delivered"), plain=True),
    Code("redirect", "delivery", Status.HANDED_OVER, _("Delivery put off")),
    Code("returning", "delivery", Status.RETURNING, _("Coming back"), plain=True),
    Code("delivered", "delivery", Status.DELIVERED, _("Delivered"), plain=True),
    Code("complete", "complete", Status.DELIVERED, _("Done")),
    Code("no-call", "cancel", Status.CANCELLED, _("No contact"), CancelReason.NO_CONTACT),
    Code("no-product", "cancel", Status.CANCELLED, _("Out of stock"), CancelReason.OUT_OF_STOCK),
    Code("already-buyed", "cancel", Status.CANCELLED, _("Bought elsewhere"), CancelReason.BOUGHT_ELSEWHERE),
    Code("delyvery-did-not-suit", "cancel", Status.CANCELLED, _("Delivery did not suit"), CancelReason.DELIVERY_TIME),
    Code("prices-did-not-suit", "cancel", Status.CANCELLED, _("Price did not suit"), CancelReason.PRICE),
    Code("cancel-other", "cancel", Status.CANCELLED, _("Cancelled"), CancelReason.OTHER, plain=True),
    Code("returned", "cancel", Status.RETURNED, _("Came back"), plain=True),
    Code("lost", "cancel", Status.LOST, _("Lost"), plain=True),
)
BY_CODE: Final = {one.code: one for one in STATUSES}
PLAIN: Final = {one.status: one.code for one in STATUSES if one.plain}
REASONS: Final[Mapping[str, str]] = {one.reason: one.code for one in STATUSES if one.reason} | {
    CancelReason.DELIVERY_PRICE: "delyvery-did-not-suit"
}
# A shop's own label stands in the group of its status.
GROUP_OF: Final = {one.status: one.group for one in STATUSES if one.plain}

PAYMENT_TYPES: Final[Mapping[str, tuple[str | Promise, str]]] = {
    "cash": (_("cash on delivery"), Order.PaidBy.COD),
    "card-on-delivery": (_("card on delivery"), Order.PaidBy.CARD_ON_DELIVERY),
    "bank-card": (_("by card in advance"), Order.PaidBy.PREPAID),
    "e-money": (_("by electronic money"), Order.PaidBy.PREPAID),
    "credit": (_("on credit"), Order.PaidBy.PREPAID),
    "bank-transfer": (_("by bank transfer"), Order.PaidBy.INVOICE),
}
PAYMENT_STATUSES: Final[Mapping[str, str | Promise]] = {
    "not-paid": _("not paid"),
    "invoice": _("invoice sent"),
    "payment-start": _("begun"),
    "wait-approved": _("waits for approval"),
    PAID: _("paid"),
    "fail": _("failed"),
    "returned": _("given back"),
}
ORDER_METHODS: Final[Mapping[str, str | Promise]] = {
    "shopping-cart": _("by the cart"),
    "phone": _("by phone"),
    "one-click": _("in one click"),
    "offline": _("at the shop"),
    "app": _("by the app"),
}
ITEM_STATUSES: Final[Mapping[str, str | Promise]] = {
    "new": _("New"),
    "in-reserve": _("Set aside"),
    "assembled": _("Picked"),
    "sale": _("Sold"),
    "returned": _("Came back"),
    "cancel": _("Cancelled"),
}
OF_KIND: Final = {
    Courier.Kind.OWN: Order.Delivery.COURIER, Courier.Kind.SERVICE: Order.Delivery.COURIER,
    Courier.Kind.POST: Order.Delivery.POST, Courier.Kind.PICKUP_POINT: Order.Delivery.PICKUP_POINT,
    Courier.Kind.PICKUP: Order.Delivery.PICKUP,
}  # fmt: skip


def status_code(status: str, reason: str = "", label: str = "") -> str:
    """Give the code of a status with its label or its cancel reason."""
    if status == Status.CANCELLED and not label:
        return REASONS.get(reason, PLAIN[Status.CANCELLED])
    return label or PLAIN[Status(status)]


def find_status(code: str) -> Code | None:
    """Give what a code means: one of the protocol's, or a label of the shop's own; None for an unknown one."""
    if known := BY_CODE.get(code):
        return known
    label = StatusLabel.objects.filter(code=code, is_active=True).first()
    return Code(label.code, GROUP_OF[Status(label.status)], Status(label.status), label.name) if label else None


def all_statuses(labels: Iterable[StatusLabel]) -> list[Code]:
    """Give every status with the shop's own labels behind the protocol's codes."""
    own = [label for label in labels if label.code not in BY_CODE]
    return [*STATUSES, *(Code(one.code, GROUP_OF[Status(one.status)], Status(one.status), one.says) for one in own)]


def group_of(code: str, status: str) -> str:
    """Give the group of a status code."""
    known = BY_CODE.get(code)
    return known.group if known else GROUP_OF[Status(status)]


def delivery_of(code: str, couriers: Iterable[Courier]) -> tuple[str, str] | None:
    """Give the way of delivery and the courier that a code means; None for an unknown one."""
    if code in Order.Delivery.values:
        return code, ""
    return next(((OF_KIND[Courier.Kind(one.kind)], one.code) for one in couriers if one.code == code), None)


def delivery_types(couriers: Iterable[Courier]) -> dict[str, tuple[str | Promise, bool]]:
    """Give every code of delivery with its name and whether it is in use: the ways, and each courier by its code."""
    found: dict[str, tuple[str | Promise, bool]] = {one.value: (one.label, True) for one in Order.Delivery}
    return found | {one.code: (one.name, one.active) for one in couriers if one.code not in found}


def coded(names: Mapping[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    """Give a reference book: an object keyed by code."""
    return {
        code: {"name": str(name), "code": code, "active": True, "ordering": place * 10} | more
        for place, (code, name) in enumerate(names.items(), start=1)
    }
