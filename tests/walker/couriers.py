"""The directory of couriers in the walker's world: hours, a price, an account that sent something, a try in vain."""

from datetime import time
from typing import TYPE_CHECKING

from delivery import accounts, codes
from delivery.models import CourierMessage
from orders import couriers
from tests import make
from tests.walker.bodies import Body, plainly

if TYPE_CHECKING:
    from tests.walker.world import World

OWNER = {"owner"}
COURIER_THINGS = {"slot_id": "slot", "tariff_id": "tariff", "fee_id": "fee for a part"}
OF_COURIER = {"code": "courier"}
COURIER_ROUTES = {
    **dict.fromkeys(
        [
            "settings-couriers-card", "settings-couriers-slot", "settings-couriers-tariff", "settings-couriers-zone",
            "settings-courier-talk", "settings-courier-secret", "settings-courier-code", "settings-courier-list",
            "settings-couriers-part", "settings-couriers-exempt", "hook-courier",
        ],
        OF_COURIER,
    ),
    "hook-courier-key": OF_COURIER | {"key": "hook key"},
    "settings-fines-reason": {"code": "reason for a fine"},
    "settings-courier-message": {"message_id": "courier message"},
}  # fmt: skip
SIGNED = {"hook-courier", "hook-courier-key"}  # a right signature opens these, nothing else: all others look missing
ABILITIES = {
    "name": "own", "kind": "own", "label": "a6", "cutoff": "18:00", "days": "0", "check_after_days": "3",
    "storage_days": "7", "decide_within_hours": "48", "active": "on",
}  # fmt: skip
HOURS = {"starts": "18:00", "ends": "21:00", "capacity": "5", "weekdays": "1234567"}
COURIER_FORMS: dict[str, Body] = {
    "settings-couriers": plainly(code="walked", name="Walked", kind="service"),
    "settings-couriers-card": plainly(**ABILITIES),
    "settings-couriers-slot": plainly(**HOURS, closes_days_before="0", closes_at="18:00"),
    "settings-couriers-slot-stop": plainly(),
    "settings-couriers-day": plainly(on="2026-12-31", capacity="0"),
    "settings-couriers-tariff": plainly(charged_minor="300", cost_minor="250"),
    "settings-couriers-tariff-drop": plainly(),
    "settings-couriers-part": plainly(fee_minor="100"),
    "settings-couriers-part-drop": plainly(),
    "settings-couriers-exempt": plainly(reasons="damaged"),
    "settings-couriers-zone": plainly(code="mow", name="Moscow", places="city:Москва"),
    "settings-courier-talk": plainly(adapter="http", poll_minutes="0"),
    "settings-courier-secret": plainly(),
    "settings-courier-code": plainly(code="X1", means="delivered"),
    "settings-courier-list": plainly(name="dpd"),
    "settings-courier-message": plainly(),
    "hook-courier": plainly(),
    "hook-courier-key": plainly(),
    "tracking-failure": plainly(what="back"),
    "tracking-waybill": plainly(what="write", number="RA1"),
}


def furnish_couriers(world: "World") -> None:
    """Give the courier hours, a price, an account and something that it sent."""
    world.add("courier", "own", OWNER)
    slot = couriers.open_slot("own", couriers.NewSlot(time(10), time(14), 9), by=make.BY, at=make.AT)
    world.add("slot", slot.pk, OWNER)
    price = couriers.set_tariff("own", couriers.NewTariff(30000, 25000), by=make.BY, at=make.AT)
    world.add("tariff", price.pk, OWNER)
    fee = couriers.set_buyout_fee("own", couriers.NewBuyoutFee(10000), by=make.BY, at=make.AT)
    world.add("fee for a part", fee.pk, OWNER)
    accounts.set_up("own", accounts.NewAccount("http"), by=make.BY, at=make.AT)
    codes.explain("own", "8/2", "ready_for_pickup", by=make.BY, at=make.AT)
    sent = CourierMessage.objects.create(courier_id="own", sha256="w", body="{}", state="failed", at=make.AT)
    world.add("courier message", sent.pk, OWNER)
    world.add("hook key", "nobody-knows-it", OWNER)
