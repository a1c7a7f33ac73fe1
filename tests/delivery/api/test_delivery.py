"""The JSON doors from the packing table to the customer's door, as a shop and a courier walk through them."""

import pytest
import time_machine

from delivery.models import Handoff, Return
from orders.models import Credit, Order
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 10, cost_minor=4000)
    make.product("B", 10)
    make.courier("own")
    with time_machine.travel(make.AT, tick=True):
        yield


@pytest.fixture
def manager():
    return make.client(make.manager())


@pytest.fixture
def packer():
    return make.client(make.packer())


@pytest.fixture
def courier():
    return make.client(make.courier("own"))


def act_of(manager, *orders):
    numbers = [make.parcel_of(order).number for order in orders]
    act = manager.post("acts", {"courier": "own", "ship_date": "2026-11-23", "parcels": numbers}).json()
    return act["number"], numbers


def test_from_the_table_to_the_customer(manager, packer, courier):
    order = make.confirmed([("A", 2, "129.00"), ("B", 1, "50.00")])
    path = f"orders/{order.number}"

    assert [one["number"] for one in packer.get("packing").json()["results"]] == [order.number]
    assert packer.post(f"{path}/picking").json()["status"] == "picking"
    assert packer.get("packing").json()["mine"][0]["number"] == order.number
    scan = {"event_id": "e1", "sku": "A", "quantity": 2}
    assert packer.post(f"{path}/scans", scan).json()["complete"] is False
    assert packer.post(f"{path}/scans", scan).json()["version"] == packer.post(f"{path}/scans", scan).json()["version"]
    wrong = packer.post(f"{path}/scans", {"event_id": "e2", "sku": "ZZZ"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_item")
    assert wrong.json()["wanted"] == [{"sku": "B", "quantity": 1}]
    assert packer.post(f"{path}/scans", {"event_id": "e3", "sku": "B"}).json()["complete"] is True
    sealed = packer.post(f"{path}/parcels", {"parcels": [{"weight_g": 1200}]})
    assert (sealed.status_code, sealed.json()["status"]) == (201, "packed")

    number, parcels = act_of(manager, order)
    assert courier.get("courier/acts").json()["results"] == []
    assert courier.get("courier/parcels").json()["results"] == []
    closed = manager.post(f"acts/{number}/closing").json()
    assert (closed["state"], closed["cod_total"]) == ("closed", "308.00")

    seen = courier.get("courier/parcels").json()["results"][0]
    assert (seen["parcel"], seen["phone"], seen["cod"]) == (parcels[0], make.PHONE, "308.00")
    accepted = courier.post(f"courier/acts/{number}/acceptance", {"accepted": parcels})
    assert accepted.json()["state"] == "accepted"
    event = {"event_id": "c1", "parcel": parcels[0], "code": "delivered", "at": "2026-11-23T15:00:00+03:00",
             "cod_taken": "308.00"}  # fmt: skip
    stray = {"event_id": "c2", "parcel": "P-0-0", "code": "delivered", "at": "2026-11-23T15:00:00+03:00"}
    said = courier.post("courier/events", {"events": [event, event, stray]}).json()["results"]
    assert [one["result"] for one in said] == ["applied", "repeated", "parked"]

    order.refresh_from_db()
    assert (order.status, order.paid_minor) == ("delivered", 30800)
    assert courier.get("courier/parcels").json()["results"] == []


def test_a_courier_sees_nothing_of_another(manager, courier):
    order = make.packed()
    number, parcels = act_of(manager, order)
    manager.post(f"acts/{number}/closing")
    other = make.client(make.courier("fast", kind="service"))

    assert other.get("courier/acts").json()["results"] == []
    assert other.get("courier/parcels").json()["results"] == []
    foreign = other.post(f"courier/acts/{number}/acceptance", {"accepted": parcels})
    missing = other.post("courier/acts/999999/acceptance", {"accepted": parcels})
    assert (foreign.status_code, foreign.json()["code"]) == (missing.status_code, missing.json()["code"])
    assert foreign.status_code == 404
    assert make.parcel_of(order).state == "inside"


def test_a_courier_person_sees_phones_masked(manager):
    order = make.packed()
    person = make.client(make.courier_person("own"))
    make.courier("own")
    number, _ = act_of(manager, order)
    manager.post(f"acts/{number}/closing")

    shown = person.get("courier/parcels").json()["results"][0]["phone"]

    assert shown == "+7916***4567"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"at": "2026-11-23T15:00:00"}, "naive_datetime"),
        ({"cod_taken": 308}, "invalid_type"),
        ({"cod_taken": "-1.00"}, "min_value"),
        ({"event_id": ""}, "required"),
        ({"surprise": 1}, "unknown_field"),
        ({"lines": [{"sku": "A", "delivered": "1"}]}, "invalid_type"),
    ],
)
def test_malformed_events_are_refused_and_none_is_applied(courier, change, code):
    order = make.handed_over()
    event = {"event_id": "c1", "parcel": make.parcel_of(order).number, "code": "delivered",
             "at": "2026-11-23T15:00:00+03:00"}  # fmt: skip

    answer = courier.post("courier/events", {"events": [event, event | {"event_id": "c2"} | change]})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    order.refresh_from_db()
    assert order.status == "handed_over"


def test_the_signed_paper_is_recorded_by_a_manager_only(manager, packer, courier):
    order = make.packed()
    number, parcels = act_of(manager, order)
    manager.post(f"acts/{number}/closing")

    assert packer.post(f"acts/{number}/acceptance", {"accepted": parcels}).status_code in {403, 404}
    assert courier.post(f"acts/{number}/acceptance", {"accepted": parcels}).status_code in {403, 404}
    assert Handoff.objects.get().state == "closed"
    answer = manager.post(f"acts/{number}/acceptance", {"accepted": parcels}).json()
    assert (answer["state"], answer["accepted_how"]) == ("accepted", "paper")


def test_parcels_go_on_and_off_an_open_act(manager):
    order, other = make.packed(), make.packed()
    number, parcels = act_of(manager, order)
    second = make.parcel_of(other).number

    assert manager.post(f"acts/{number}/parcels", {"parcels": [second]}).json()["places"] == 2
    assert manager("DELETE", f"acts/{number}/parcels", {"parcels": parcels}).json()["places"] == 1
    manager.post(f"acts/{number}/closing")
    late = manager.post(f"acts/{number}/parcels", {"parcels": parcels})
    assert (late.status_code, late.json()["code"]) == (409, "act_closed")


def test_the_counter_takes_what_is_due(manager):
    order = make.packed()

    wrong = manager.post(f"orders/{order.number}/counter", {"cod_taken": "1.00"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_sum")
    assert manager.post(f"orders/{order.number}/counter", {"cod_taken": "129.00"}).json()["status"] == "delivered"


def test_a_return_is_inspected_and_its_credit_is_paid_once(manager, packer):
    order = make.delivered([("A", 2, "129.00")])
    parcel = make.parcel_of(order).number
    lines = {"lines": [{"sku": "A", "quantity": 1, "to": "bin"}]}

    answer = packer.post(f"returns/{parcel}/inspection", lines)

    assert (answer.status_code, answer.json()["state"]) == (200, "inspected")
    credit = manager.get("credits").json()["results"][0]
    assert (credit["amount"], credit["state"], credit["order"]) == ("129.00", "due", order.number)
    assert manager.post(f"credits/{credit['id']}/payment").json()["state"] == "paid"
    again = manager.post(f"credits/{credit['id']}/payment")
    assert (again.status_code, again.json()["code"]) == (409, "credit_settled")
    assert packer.get("credits").status_code in {403, 404}
    assert manager.post("returns/P-0-0/inspection", lines).status_code == 404


def test_an_announced_return_is_inspected_by_its_number(manager):
    order = make.delivered([("A", 2, "129.00")])
    body = {"order": order.number, "lines": [{"sku": "A", "quantity": 2}]}

    row = manager.post("returns", body).json()
    lines = {"lines": [{"sku": "A", "quantity": 2, "to": "scrap"}]}
    manager.post(f"returns/{row['id']}/inspection", lines)

    assert Order.objects.get().status == "returned"
    assert Return.objects.get().state == "inspected"


def test_a_service_is_credited_without_an_order(manager):
    body = {
        "reason": "service",
        "currency": "RUB",
        "reference": "S-1",
        "lines": [{"name": "Postage", "amount": "15.00"}],
    }

    assert manager.post("credits", body).status_code == 201
    again = manager.post("credits", body)

    assert (again.status_code, again.json()["code"]) == (409, "credit_exists")
    assert (Credit.objects.get().amount_minor, Credit.objects.get().goods_minor) == (1500, 0)


def test_a_payment_lowers_what_is_due_at_the_door(manager):
    order = make.packed([("A", 2, "129.00")])

    answer = manager.post(f"orders/{order.number}/payments", {"amount": "58.00"})

    assert answer.json()["cod_due"] == "200.00"
    assert make.parcel_of(order).cod_minor == 20000
    too_much = manager.post(f"orders/{order.number}/payments", {"amount": "-59.00"})
    assert too_much.status_code == 409


def test_a_shortage_and_putting_back(packer):
    order = make.picking([("A", 2, "129.00")])
    path = f"orders/{order.number}"
    packer.post(f"{path}/scans", {"event_id": "e1", "sku": "A"})

    short = packer.post(f"{path}/shortages", {"sku": "A", "quantity": 1, "reason": "missing"})
    assert short.json()["status"] == "new"
    back = packer.post(f"{path}/put-back", {"event_id": "b1", "sku": "A"})
    assert back.status_code == 200
    # Nothing of it lies on the table any more, so it is none of the packer's business.
    assert packer.post(f"{path}/put-back", {"event_id": "b2", "sku": "A"}).status_code == 404


def test_what_is_sealed_can_be_opened_and_put_down(packer):
    order = make.packed()
    path = f"orders/{order.number}"

    assert packer("DELETE", f"{path}/parcels").json()["status"] == "picking"
    assert packer("DELETE", f"{path}/picking").json()["status"] == "confirmed"


def test_act_is_given_as_pdf_to_those_who_hand_over(manager, packer, courier):
    number, _ = act_of(manager, make.packed())

    paper = manager.get(f"acts/{number}.pdf")

    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF-")
    assert manager.get("acts/999999.pdf").status_code == 404
    assert {packer.get(f"acts/{number}.pdf").status_code, courier.get(f"acts/{number}.pdf").status_code} <= {403, 404}
