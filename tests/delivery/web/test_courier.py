"""The courier's phone: acts to accept, the next door, cash, refusals, phones shown one by one."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from delivery.models import Handoff, Return, ShipmentEvent
from orders import packing
from orders.models import Courier, JournalEvent, Order
from tests import make
from tests.delivery.web.test_acts import HTMX, browser, queries_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    make.shop(language="en")
    make.product("A", 100, price="100.00")
    make.product("B", 100, price="50.00")
    with time_machine.travel(make.after(hours=1), tick=False):
        yield


@pytest.fixture
def rustam() -> Client:
    return browser(make.courier_person("own"))


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def said(client: Client, order: Order, deed: str, event: str = "e1", **body: Any) -> Any:
    return client.post(f"/courier/stops/{order.number}/{deed}", {"event_id": event, **body})


def test_courier_lands_on_their_own_page(rustam):
    assert rustam.get("/")["Location"] == "/courier"
    assert "Nothing in your hands" in text_of(rustam.get("/courier"))


def test_act_is_accepted_by_the_ticks(rustam):
    orders = [make.packed() for _ in range(3)]
    act = make.closed_act(*orders)
    numbers = [make.parcel_of(order).number for order in orders]
    assert f"/courier/acts/{act.number}" in text_of(rustam.get("/courier"))
    assert all(number in text_of(rustam.get(f"/courier/acts/{act.number}")) for number in numbers)

    rustam.post(f"/courier/acts/{act.number}/acceptance", {"parcel": numbers[:2], "extra": "P-900-1"})

    act.refresh_from_db()
    assert (act.state, act.accepted_how) == ("accepted_with_difference", "courier")
    assert [fresh(order).status for order in orders] == ["handed_over", "handed_over", "packed"]


def test_act_is_counted_by_scan_one_by_one(rustam):
    orders = [make.packed() for _ in range(2)]
    act = make.closed_act(*orders)
    first, second = (make.parcel_of(order).number for order in orders)
    path = f"/courier/acts/{act.number}/acceptance"

    text = text_of(rustam.post(path, {"scanned": first}, headers=HTMX))
    assert f"{first} is with you." in text
    assert fresh(orders[1]).status == "packed"
    foreign = rustam.post(path, {"scanned": "P-900-1"}, headers=HTMX)
    assert foreign.status_code == 409
    assert rustam.post(path, {"scanned": second}, headers=HTMX)["HX-Redirect"] == "/courier"

    assert Handoff.objects.get().state == "accepted"


def test_door_shows_sum_and_hides_phone_and_the_rest_of_the_name(rustam):
    """V8.2.3."""
    make.handed_over([("A", 1, "100.00")], name="Елена Тодорова", slot="10:00-14:00")

    text = text_of(rustam.get("/courier"))

    assert "Now: Елена Т." in text
    assert "Тодорова" not in text
    assert "+7916***4567" in text
    assert make.PHONE not in text
    assert "100 ₽" in text.replace("\u00a0", " ")


def test_phone_is_shown_one_by_one_and_noted(rustam):
    order = make.handed_over()

    text = text_of(rustam.post(f"/courier/stops/{order.number}/phone", headers=HTMX))

    assert f"tel:{make.PHONE}" in text
    assert JournalEvent.objects.filter(order=order, kind="phone.revealed", actor_kind="person").count() == 1


def test_delivered_with_cash(rustam):
    order = make.handed_over([("A", 2, "100.00")])

    assert said(rustam, order, "delivery", taken="200,00")["Location"] == "/courier"

    done = fresh(order)
    assert (done.status, done.paid_minor) == ("delivered", 200_00)
    page = text_of(rustam.get("/courier")).replace("\u00a0", " ")
    assert "200 ₽" in page
    assert "1 delivered today" in page


def test_delivered_twice_by_the_same_form_is_delivered_once(rustam):
    order = make.handed_over()
    other = make.handed_over()

    said(rustam, order, "delivery", taken="129.00")
    again = said(rustam, order, "delivery", taken="129.00")

    assert again.status_code == 302  # said before: answered as before
    assert ShipmentEvent.objects.filter(state="delivered").count() == 1
    assert (fresh(order).paid_minor, fresh(other).paid_minor) == (129_00, 0)


def test_several_places_of_one_order_are_one_door(rustam):
    order = make.picked([("A", 2, "100.00")])
    boxes = [packing.NewParcel(500, items=[("A", 1)]) for _ in range(2)]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    act = make.closed_act(order)
    numbers = [line.parcel.number for line in act.lines.all()]
    rustam.post(f"/courier/acts/{act.number}/acceptance", {"parcel": numbers})

    assert len(rustam.get("/courier").context["stop"].parcels) == 2
    said(rustam, order, "delivery", taken="200.00")

    done = fresh(order)
    assert (done.status, done.paid_minor) == ("delivered", 200_00)


def items_of(text: str) -> list[str]:
    return re.findall(r'name="(item-\d+)"', text)


def test_part_of_it_is_kept_and_the_sum_follows(rustam):
    order = make.handed_over([("A", 2, "100.00"), ("B", 1, "50.00")])
    path = f"/courier/stops/{order.number}/part"
    first, second = items_of(text_of(rustam.get(path)))

    sum_of_one = rustam.get(path, {first: "1", second: "0"}, headers=HTMX)
    assert sum_of_one.context["due"] == 100_00
    assert "<html" not in text_of(sum_of_one)
    wrong = rustam.get(path, {first: "3"}, headers=HTMX)
    assert wrong.status_code == 400
    rustam.post(path, {"event_id": "e1", "reason": "does_not_fit", first: "1", second: "0", "taken": "100.00"})

    done, back = fresh(order), Return.objects.get()
    assert (done.status, done.paid_minor) == ("delivered", 100_00)
    assert sorted(back.lines.values_list("product__sku", "quantity")) == [("A", 1), ("B", 1)]
    assert back.reason == "does_not_fit"
    done.shipment.refresh_from_db()
    assert done.shipment.outstanding_minor == 0


def test_refusal_and_vain_attempt_need_a_reason(rustam):
    order = make.handed_over()

    assert said(rustam, order, "refusal").status_code == 400
    assert said(rustam, order, "failure", reason="lazy").status_code == 400
    assert not ShipmentEvent.objects.exists()

    said(rustam, order, "failure", reason="no_answer")
    assert fresh(order).status == "handed_over"
    assert "Tried in vain before." in text_of(rustam.get("/courier"))
    said(rustam, order, "refusal", event="e2", reason="changed_mind")
    assert fresh(order).status == "returning"
    assert [event.reason for event in ShipmentEvent.objects.order_by("pk")] == ["no_answer", "changed_mind"]


@pytest.mark.parametrize("body", [{"taken": ""}, {"taken": "a lot"}, {"taken": "-1"}, {}])
def test_sum_that_is_none_delivers_nothing(rustam, body):
    order = make.handed_over()

    assert said(rustam, order, "delivery", **body).status_code == 400
    assert fresh(order).status == "handed_over"


def test_foreign_is_missing(rustam):
    foreign, inside = make.handed_over(code="fast"), make.packed()
    act = Handoff.objects.get(courier="fast")
    shop_act = make.open_act(make.parcel_of(inside).number)
    for number in (foreign.number, inside.number, 999_999):
        for deed in ("delivery", "refusal", "failure", "part", "phone"):
            answer = rustam.post(f"/courier/stops/{number}/{deed}", {"event_id": "e", "taken": "1", "reason": "price"})
            assert answer.status_code == 404, (number, deed)
        assert rustam.get(f"/courier?stop={number}").status_code == 404
    for number in (act.number, shop_act.number, 999_999):
        assert rustam.get(f"/courier/acts/{number}").status_code == 404
        assert rustam.post(f"/courier/acts/{number}/acceptance", {"parcel": "P-1-1"}).status_code == 404
    assert not ShipmentEvent.objects.exists()
    assert not JournalEvent.objects.filter(kind="phone.revealed").exists()


@pytest.mark.parametrize("who", [make.owner, make.manager, make.packer])
def test_page_is_the_couriers_own(who):
    assert browser(who()).get("/courier").status_code in {403, 404}


def test_queries_do_not_grow_with_doors(rustam):
    make.handed_over()
    make.closed_act(make.packed())
    act = Handoff.objects.get(state="closed")
    paths = ["/courier", f"/courier/acts/{act.number}"]
    with_one = [queries_of(rustam, path) for path in paths]
    for _ in range(19):
        make.handed_over()
    for _ in range(3):
        make.closed_act(make.packed(), make.packed())

    assert [queries_of(rustam, path) for path in paths] == with_one


def test_what_a_phone_kept_counts_once_and_at_its_own_minute(rustam):
    order = make.handed_over([("A", 1, "129.00")])
    kept = make.after(minutes=20)

    for _ in range(2):  # the answer to the first did not reach the phone
        assert said(rustam, order, "delivery", taken="129.00", said_at=kept.isoformat()).status_code == 302

    event = ShipmentEvent.objects.get()
    assert (fresh(order).status, event.at) == ("delivered", kept)


def test_hours_that_cannot_be_are_refused(rustam):
    order = make.handed_over([("A", 1, "129.00")])
    assert said(rustam, order, "delivery", taken="129.00", said_at="2026-11-23T12:20:00").status_code == 400
    assert said(rustam, order, "delivery", taken="129.00", said_at="yesterday").status_code == 400
    assert said(rustam, order, "delivery", taken="129.00", said_at=make.after(days=-4).isoformat()).status_code == 409
    assert said(rustam, order, "delivery", taken="129.00", said_at=make.after(days=9).isoformat()).status_code == 302
    assert ShipmentEvent.objects.get().at == make.after(hours=1)  # no fact lies in the future


def test_worker_looks_after_the_round_alone(rustam):
    answer = rustam.get("/courier/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/courier"
    assert browser(make.manager()).get("/courier/worker.js").status_code in {302, 403, 404}


def test_a_courier_that_delivers_whole_only_is_offered_no_part(rustam):
    order = make.handed_over([("A", 2, "100.00")])
    part = f"/courier/stops/{order.number}/part"
    assert part in text_of(rustam.get("/courier"))
    Courier.objects.update(delivers_in_part=False)
    assert part not in text_of(rustam.get("/courier"))
    item = order.parcels.get().items.get()
    assert said(rustam, order, "part", **{f"item-{item.pk}": 1, "taken": "100", "reason": "size"}).status_code == 409
    assert fresh(order).status == "handed_over"
