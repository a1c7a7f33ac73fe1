"""Tracking and returns on screen: who is silent, what a courier said by phone, what came back and where it went."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from delivery import returns, tracking
from delivery.models import Return, ShipmentEvent
from orders.models import Credit, Order, PlaceLevel
from tests import make
from tests.delivery.web.test_acts import HTMX, browser, queries_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    make.shop(language="en")
    make.product("A", 100, price="100.00", cost_minor=10_00)
    make.product("B", 100, price="50.00")
    with time_machine.travel(make.after(hours=1), tick=False):
        yield


@pytest.fixture
def manager() -> Client:
    return browser(make.manager())


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def rows_of(client: Client, view: str) -> list[int]:
    return sorted(row["order"].number for row in client.get(f"/tracking?view={view}").context["rows"])


def test_shipments_stand_where_their_courier_says(manager):
    road, failed, back, silent = (make.handed_over() for _ in range(4))
    done = make.delivered()
    make.said(failed, "delivery_failed", at=make.after(minutes=30))
    make.said(back, "returning", at=make.after(minutes=30))
    silent.shipment.check_at = make.AT
    silent.shipment.save()

    assert rows_of(manager, "road") == [road.number, failed.number, back.number, silent.number]
    assert rows_of(manager, "stuck") == [silent.number]
    assert rows_of(manager, "failed") == [failed.number]
    assert rows_of(manager, "back") == [back.number]
    assert rows_of(manager, "flagged") == []
    assert done.number not in rows_of(manager, "road")


def test_unknown_parcels_are_listed_as_they_were_written(manager):
    make.courier("own", name="Our couriers")
    event = tracking.CourierEvent("e1", "<b>P-0</b>", "delivered", make.AT)
    tracking.take_in("own", [event], by=make.BY, at=make.AT)

    text = text_of(manager.get("/tracking?view=parked"))

    assert "&lt;b&gt;P-0&lt;/b&gt;" in text
    assert "Our couriers" in text


def test_card_shows_the_shipment_or_nothing(manager):
    new, order = make.order(), make.handed_over()

    assert text_of(manager.get(f"/orders/{new.number}/shipment", headers=HTMX)).strip() == ""
    text = text_of(manager.get(f"/orders/{order.number}/shipment", headers=HTMX))
    assert make.parcel_of(order).number in text
    assert "The courier has it" in text
    assert manager.get("/orders/999999/shipment", headers=HTMX).status_code == 404


def news(client: Client, order: Order, **body: Any) -> Any:
    wanted = {"parcel": make.parcel_of(order).number, "event_id": "n1", "code": "delivered"} | body
    return client.post(f"/orders/{order.number}/news", wanted, headers=HTMX)


def test_what_a_courier_said_by_phone_counts_once(manager):
    order = make.handed_over([("A", 1, "100.00")])

    assert news(manager, order, taken="100")["HX-Redirect"] == f"/orders/{order.number}"
    assert news(manager, order, taken="100").status_code == 400  # nothing of it is on the road any more

    assert (fresh(order).status, fresh(order).paid_minor) == ("delivered", 100_00)
    assert ShipmentEvent.objects.get().journal.actor.kind == "person"


@pytest.mark.parametrize("body", [{"code": "sold"}, {"parcel": "P-0-0"}, {"event_id": ""}, {"taken": "much"}])
def test_news_that_cannot_be_read_changes_nothing(manager, body):
    order = make.handed_over()

    assert news(manager, order, **body).status_code == 400
    assert fresh(order).status == "handed_over"


def test_parcel_is_scanned_in_and_inspected_piece_by_piece(manager):
    order = make.handed_over([("A", 2, "100.00"), ("B", 1, "50.00")])
    make.said(order, "returning", at=make.after(minutes=10))
    number = make.parcel_of(order).number
    assert number in text_of(manager.get("/returns?view=coming"))

    led = manager.post("/returns/scan", {"parcel": number.lower()}, headers=HTMX)["HX-Redirect"]
    row = Return.objects.get()
    assert led == f"/returns/{row.pk}"
    assert number in text_of(manager.get("/returns"))
    line_a, line_b = (line.pk for line in row.lines.order_by("pk"))
    wrong = manager.post(led, {f"bin-{line_a}": "1", f"bin-{line_b}": "1"}, headers=HTMX)
    assert "does not add up" in text_of(wrong, 409)
    body = {f"bin-{line_a}": "1", f"code-{line_a}": "MAIN", f"scrap-{line_a}": "1", f"quarantine-{line_b}": "1"}
    assert manager.post(led, body, headers=HTMX)["HX-Redirect"] == "/returns"

    row.refresh_from_db()
    assert (row.state, fresh(order).status) == ("inspected", "returned")
    levels = {(level.product.sku, level.place.kind): level.on_hand for level in PlaceLevel.objects.all()}
    assert (levels["A", "bin"], levels["B", "quarantine"]) == (99, 1)


def test_parcel_that_cannot_come_back_is_refused(manager):
    inside = make.parcel_of(make.packed()).number

    assert "Nothing of parcel" in text_of(manager.post("/returns/scan", {"parcel": inside}, headers=HTMX), 409)
    assert manager.post("/returns/scan", {"parcel": "P-0-0"}, headers=HTMX).status_code == 404
    assert not Return.objects.exists()


def test_customer_sends_a_piece_back_and_is_paid(manager):
    order = make.delivered([("A", 2, "100.00")])
    text = text_of(manager.get(f"/returns/new?order=O-{order.number}"))
    name = re.findall(r'name="(line-\d+)"', text)[0]
    none = {"order": order.number, "kind": "after_delivery", name: "0"}
    assert manager.post("/returns/new", none, headers=HTMX).status_code == 400
    many = manager.post("/returns/new", none | {name: "3"}, headers=HTMX)
    assert "-error" in text_of(many)

    manager.post("/returns/new", none | {name: "1", "reason": "не подошёл"})
    row = Return.objects.get()
    assert f"/returns/{row.pk}/receipt" in text_of(manager.get("/returns?view=coming"))
    manager.post(f"/returns/{row.pk}/receipt")
    manager.post(f"/returns/{row.pk}", {f"bin-{row.lines.get().pk}": "1"})

    credit = Credit.objects.get()
    due = text_of(manager.get("/credits", headers=HTMX)).replace("\u00a0", " ")
    assert "100 ₽" in due
    manager.post(f"/credits/{credit.pk}/payment")
    assert manager.post(f"/credits/{credit.pk}/payment", headers=HTMX).status_code == 409
    credit.refresh_from_db()
    assert credit.state == "paid"
    assert "Nothing is owed" in text_of(manager.get("/credits", headers=HTMX))


def test_packer_inspects_but_sees_no_money_and_nobody(manager):
    order = make.handed_over([("A", 1, "100.00")], name="Анна Смирнова")
    returns.receive_parcels([make.parcel_of(order).number], by=make.BY, at=make.AT)
    packer = browser(make.packer())

    for text in (text_of(packer.get("/returns")), text_of(packer.get(f"/returns/{Return.objects.get().pk}"))):
        assert "Смирнова" not in text
        assert "₽" not in text
        assert "/credits" not in text
    for path in ("/tracking", "/credits", f"/orders/{order.number}/shipment", "/returns/new", "/returns?view=done"):
        assert packer.get(path).status_code in {400, 403, 404}, path


@pytest.mark.parametrize("path", ["/returns/999", "/returns/new?order=999999"])
def test_missing_is_404(manager, path):
    assert manager.get(path).status_code == 404


def test_queries_do_not_grow(manager):
    def fill(times: int) -> None:
        for _ in range(times):
            order = make.handed_over([("A", 1, "100.00"), ("B", 1, "50.00")])
            make.said(order, "delivery_failed", at=make.after(minutes=5))
            back = make.handed_over([("A", 1, "100.00"), ("B", 1, "50.00")])
            returns.receive_parcels([make.parcel_of(back).number], by=make.BY, at=make.AT)
            tracking.take_in(
                "own", [tracking.CourierEvent(f"x{back.number}", "P-0", "lost", make.AT)], by=make.BY, at=make.AT
            )

    fill(1)
    order = Order.objects.filter(status="handed_over").first()
    row = Return.objects.first()
    paths = ["/tracking", "/tracking?view=parked", "/returns", f"/returns/{row.pk}"]
    piece = f"/orders/{order.number}/shipment"
    with_one = [*(queries_of(manager, path) for path in paths), queries_of(manager, piece, **HTMX)]
    fill(9)

    assert [*(queries_of(manager, path) for path in paths), queries_of(manager, piece, **HTMX)] == with_one
