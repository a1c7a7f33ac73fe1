"""Pages of tries in vain and of waybills; the tabs of tracking that say what is stuck."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from delivery import failures, waybills
from delivery.models import FailureDecision, Shipment, Waybill
from orders.models import Parcel, Slot
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(make.owner())
    return client


@pytest.fixture
def failed():
    make.product("A", 50)
    make.courier("own", cutoff=time(23, 59), storage_days=7)
    order = make.handed_over(courier="own", at=timezone.now() - timedelta(days=2))
    make.said(order, "delivery_failed", at=timezone.now() - timedelta(hours=3), reason="not_at_home")
    return order


def test_what_failed_is_decided_on_its_page(boss, failed):
    Slot.objects.create(
        courier_id="own", starts=time(10), ends=time(14), capacity=3, closes_days_before=0, closes_at=time(9)
    )
    day = timezone.localdate() + timedelta(days=3)

    page = boss.get(f"/orders/{failed.number}/failure").content.decode()
    assert "10:00-14:00" in page
    assert "/failure" in boss.get("/tracking?view=failed").content.decode()
    answer = boss.post(f"/orders/{failed.number}/failure", {"what": "again", "slot": f"{day}/10:00-14:00"})

    assert (answer.status_code, answer.url) == (302, "/tracking?view=failed")
    failed.refresh_from_db()
    assert (failed.promised_on, failed.slot, FailureDecision.objects.get().what) == (day, "10:00-14:00", "again")
    assert f"/orders/{failed.number}/failure" not in boss.get("/tracking?view=failed").content.decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"what": "address", "text": "Тверская 2"}, 302), ({"what": "back"}, 302), ({"what": "again"}, 302),
        ({"what": "nothing"}, 400), ({"what": "again", "slot": "soon"}, 400), ({"what": "address"}, 409),
    ],
)  # fmt: skip
def test_each_decision_is_taken_or_refused(boss, failed, sent, status):
    assert boss.post(f"/orders/{failed.number}/failure", sent).status_code == status
    assert FailureDecision.objects.count() == (status == 302)


def test_tabs_say_what_is_stuck(boss, failed):
    other = make.handed_over(courier="own", at=timezone.now() - timedelta(days=9))
    make.said(other, "ready_for_pickup", at=timezone.now() - timedelta(days=6))
    Shipment.objects.filter(order=other).update(check_at=timezone.now() + timedelta(days=1))
    third = make.handed_over(courier="own", at=timezone.now() - timedelta(days=2))
    make.said(third, "delivery_failed", at=timezone.now() - timedelta(hours=1), reason="no_attempt")

    for view, order in [("storage", other), ("untried", third), ("failed", failed)]:
        page = boss.get(f"/tracking?view={view}").content.decode()
        assert [number.number for number in (other, third, failed) if f'data-row="{number.number}"' in page] == [
            order.number
        ]
    assert [row.order_id for row in failures.waiting()] == [failed.number]


def test_waybills_are_written_down_listed_and_taken_back(boss, failed):
    made = make.packed(courier="own")
    Waybill.objects.create(
        order=made, courier_id="own", key="k", state="refused", refusal="No such city.", wanted_at=timezone.now()
    )

    page = boss.get("/tracking/waybills").content.decode()
    assert "No such city." in page
    assert boss.post(f"/orders/{made.number}/waybill", {"what": "write", "number": ""}).status_code == 400
    assert boss.post(f"/orders/{made.number}/waybill", {"what": "write", "number": "RA1"}).status_code == 302
    assert boss.post(f"/orders/{made.number}/waybill", {"what": "wish"}).status_code == 409
    assert Parcel.objects.get(order=made).waybill == "RA1"
    assert boss.post(f"/orders/{made.number}/waybill", {"what": "back"}).status_code == 302
    assert Parcel.objects.get(order=made).waybill == ""
    waybills.write_down(made.number, "RA2", by=make.BY, at=timezone.now() - timedelta(days=5))
    assert "RA2" in boss.get("/tracking/waybills").content.decode()
    assert "RA2" in boss.get(f"/orders/{made.number}/shipment", headers={"HX-Request": "true"}).content.decode()


def test_the_courier_promises_the_next_hours_at_the_door(client):
    make.product("A", 9)
    make.courier("own", cutoff=time(23, 59))
    Slot.objects.create(courier_id="own", starts=time(10), ends=time(14), capacity=3, closes_at=time(9))
    order = make.handed_over(courier="own", at=timezone.now() - timedelta(hours=5))
    client.force_login(make.courier_person("own"))
    day = timezone.localdate() + timedelta(days=2)

    assert f"{day}/10:00-14:00" in client.get("/courier").content.decode()
    sent = {"event_id": "f1", "reason": "another_day", "next": f"{day}/10:00-14:00"}
    assert client.post(f"/courier/stops/{order.number}/failure", sent).status_code == 302

    order.refresh_from_db()
    assert (order.promised_on, order.slot, order.shipment.state) == (day, "10:00-14:00", "delivery_failed")
    assert not failures.waiting().exists()
