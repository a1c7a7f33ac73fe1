"""Parcels over API v5 by the real client `retailcrm` 5.3.0: packed lines, acts, and what a courier's module tells."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import retailcrm
from django.utils import timezone

from delivery import custody, handoff
from delivery.models import Handoff, Shipment, ShipmentEvent
from orders.models import Order, Parcel
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.shopdesk.retailcrm.test_day import well

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("real_commits")]


@pytest.fixture
def clients(served: str) -> tuple[Any, Any]:
    make.shop(zone="Europe/Moscow", currency="RUB", country="RU")
    site = make.channel("shop", kind="retailcrm")
    make.product("A", 50)
    make.courier("cdek-1", kind="service")
    return retailcrm.v5(served, make.token(site)), retailcrm.v5(served, make.token(make.owner()))


def sealed(number: int, **more: Any) -> Order:
    return make.packed(channel=make.channel("shop"), external_id=f"S-{number}", courier="cdek-1", **more)


def news(parcel: str, *said: tuple[str, int]) -> list[dict[str, Any]]:
    """Say codes of a parcel, each so many hours from now on."""
    start = timezone.now().replace(microsecond=0) - timedelta(days=1)
    rows = [{"code": code, "updatedAt": (start + timedelta(hours=hour)).isoformat()} for code, hour in said]
    return [{"deliveryId": parcel, "trackNumber": parcel, "history": rows}]


def test_parcels_go_from_the_pack_to_the_money_by_the_client_alone(clients):
    shop, staff = clients
    waiting = make.confirmed([("A", 3, "129.00")], channel=make.channel("shop"), external_id="S-9")
    line = waiting.lines.get().pk
    pack = well(staff.pack_create({"itemId": line, "quantity": 2, "store": "MAIN"}), 201)["id"]
    more = staff.pack_create({"itemId": line, "quantity": 2, "store": "MAIN"})
    assert (more.get_status_code(), more.is_successful()) == (400, False), "more than is set aside"
    well(staff.pack_edit({"id": pack, "quantity": 3}))
    assert [one["quantity"] for one in well(staff.packs({"orderId": waiting.pk}))["packs"]] == [3]

    kept, refused, late = sealed(1), sealed(2), sealed(3)
    parcels = {order.pk: make.parcel_of(order).number for order in (kept, refused, late)}
    made = well(staff.delivery_shipment_create({"orders": [{"id": kept.pk}], "date": "2026-12-01"}), 201)
    act = made["id"]
    assert made["status"] == "processing"
    well(staff.delivery_shipment_edit({"id": act, "orders": [{"id": kept.pk}, {"id": refused.pk}]}))
    assert well(staff.delivery_shipment_edit({"id": act, "status": "completed"}))["status"] == "completed"
    again = staff.delivery_shipment_edit({"id": act, "orders": [{"id": late.pk}]})
    assert again.get_status_code() == 400, "a closed act changes no more"
    shown = well(staff.delivery_shipment(act))["deliveryShipment"]
    assert [one["externalId"] for one in shown["orders"]] == ["S-1", "S-2"]

    said = news(parcels[kept.pk], ("delivering", 1), ("complete", 5))
    said += news(parcels[refused.pk], ("delivering", 1), ("returning", 6)) + news("NOBODY-1", ("delivering", 1))
    for _twice in range(2):
        well(staff.delivery_tracking("cdek-1", said))

    assert [well(shop.order(f"S-{n}"))["order"]["status"] for n in (1, 2, 3)] == [
        "delivered", "returning", "assembling-complete",
    ]  # fmt: skip
    assert [Order.objects.get(pk=one.pk).status for one in (kept, refused, late)] == [
        "delivered", "returning", "packed",
    ]  # fmt: skip
    assert Shipment.objects.get(order=kept).collected_minor == 12900
    assert Handoff.objects.get(pk=act).state == "accepted", "the courier's first scan is its acceptance"
    assert (ShipmentEvent.objects.count(), ShipmentEvent.objects.filter(parcel=None).count()) == (5, 1)
    assert {(one.holder.kind, one.parcels) for one in custody.parcels()} == {
        ("customer", 1), ("courier", 1), ("table", 1),
    }  # fmt: skip
    assert [check.id for check in all_checks() if check.find("default").broken] == []


def test_the_client_s_news_in_any_order_has_one_end(clients):
    _shop, staff = clients
    ends = set()
    told = [("delivering", 1), ("redirect", 2), ("delivering", 3), ("complete", 4)]
    for place, arrival in enumerate([*permutations(told)][::5]):
        order = sealed(100 + place)
        parcel = make.parcel_of(order).number
        handoff.accept(
            make.closed_act(order, code="cdek-1").number, handoff.Acceptance([parcel]), by=make.BY, at=make.AT
        )
        for one in (*arrival, arrival[0]):
            well(staff.delivery_tracking("cdek-1", news(parcel, one)))
        order.refresh_from_db()
        shipment = Shipment.objects.get(order=order)
        state = Parcel.objects.get(order=order).state
        ends.add((order.status, order.paid_minor, state, shipment.state, shipment.collected_minor, shipment.flag))

    assert ends == {("delivered", 12900, "kept", "delivered", 12900, "")}
