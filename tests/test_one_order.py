"""One order's whole day over the API: read this first. Each step is somebody's act at the desk."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import call_command

from orders import tasks
from tests import make

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # ten o'clock in Moscow: customers may be rung


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(MORNING, tick=True):
        yield


@pytest.fixture
def desk():
    """Give who works here: the storefront, the manager, the packer, the owner, and the courier's machine."""
    courier = make.courier("own", days=1)
    return {
        "storefront": make.client(make.channel("shop")),
        "manager": make.client(make.manager()),
        "packer": make.client(make.packer()),
        "owner": make.client(make.owner()),
        "courier": make.client(courier),
    }


def ok(response, status=None):
    assert response.status_code in ({status} if status else {200, 201}), response.content.decode()
    return response.json() if response.content else None


def test_one_order_goes_through_its_whole_day(desk):
    storefront, manager, packer, owner, courier = (desk[who] for who in desk)

    # The owner has a product, and the supplier brings ten lamps.
    ok(owner.post("products", {"sku": "LAMP", "name": "Лампа", "price": "1200.00", "barcodes": ["4600000000017"]}), 201)
    receipt = {"supplier": "Светлый мир", "reference": "TN-77", "lines": [
        {"sku": "LAMP", "quantity": 10, "unit_cost": "700.00", "bin": "MAIN"}]}  # fmt: skip
    ok(manager.post("stock/receipts", receipt), 201)

    # The storefront brings an order for three of them; three are promised at once.
    order = ok(storefront.post("orders", {
        "external_id": "S-1", "currency": "RUB", "customer": {"name": "Анна Смирнова", "phone": "8 916 123-45-67"},
        "delivery": {"method": "courier", "courier": "own", "date": "2026-11-24", "price": "300.00",
                     "address": {"text": "Москва, Садовая 1, кв. 5", "city": "Москва"}},
        "items": [{"sku": "LAMP", "quantity": 3, "price": "1200.00"}],
    }), 201)  # fmt: skip
    number = order["number"]
    assert (order["status"], order["total"], order["items"][0]["reserved"]) == ("new", "3900.00", 3)
    assert order["next"]["step"] == "call"

    # The manager presses "next", rings, and the customer agrees.
    call = ok(manager.post("calls/next"))
    assert [one["number"] for one in call["orders"]] == [number]
    attempt = {"outcome": "confirmed", "token": call["token"], "note": "после шести"}
    ok(manager.post(f"calls/{call['id']}/attempts", attempt))
    assert manager.post("calls/next").status_code == 204
    order = ok(manager.get(f"orders/{number}"))
    assert (order["status"], order["delivery"]["ship_on"]) == ("confirmed", "2026-11-23")

    # The packer takes it, scans a wrong thing, then the right ones, one of them twice, and seals a parcel.
    assert [row["number"] for row in ok(packer.get("packing"))["results"]] == [number]
    ok(packer.post(f"orders/{number}/picking"))
    wrong = packer.post(f"orders/{number}/scans", {"event_id": "e0", "barcode": "999"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_item")
    scan = {"event_id": "e1", "barcode": "4600000000017", "quantity": 3}
    ok(packer.post(f"orders/{number}/scans", scan))
    ok(packer.post(f"orders/{number}/scans", scan))
    sealed = ok(packer.post(f"orders/{number}/parcels", {"parcels": [{"weight_g": 2400}]}), 201)
    assert sealed["status"] == "packed"
    parcel = f"P-{number}-1"

    # The manager puts it on an act and closes it; the courier sees it only now, and accepts.
    act = ok(manager.post("acts", {"courier": "own", "ship_date": "2026-11-23", "parcels": [parcel]}), 201)
    assert ok(courier.get("courier/parcels"))["results"] == []
    closed = ok(manager.post(f"acts/{act['number']}/closing"))
    assert (closed["places"], closed["cod_total"], len(closed["hash"])) == (1, "3900.00", 64)
    assert [one["number"] for one in ok(courier.get("courier/acts"))["results"]] == [act["number"]]
    ok(courier.post(f"courier/acts/{act['number']}/acceptance", {"accepted": [parcel], "missing": [], "extra": []}))
    assert ok(manager.get(f"orders/{number}"))["status"] == "handed_over"

    # The customer keeps two lamps and pays for them; the courier says so twice, and the third lamp comes back.
    event = {"event_id": "c1", "parcel": parcel, "code": "delivered", "at": "2026-11-23T14:00:00+03:00",
             "cod_taken": "2700.00", "lines": [{"sku": "LAMP", "delivered": 2}]}  # fmt: skip
    first = ok(courier.post("courier/events", {"events": [event]}))
    again = ok(courier.post("courier/events", {"events": [event]}))
    assert [first["results"][0]["result"], again["results"][0]["result"]] == ["applied", "repeated"]
    order = ok(manager.get(f"orders/{number}"))
    assert (order["status"], order["items"][0]["delivered"]) == ("delivered", 2)

    inspection = {"lines": [{"sku": "LAMP", "quantity": 1, "to": "bin", "bin": "MAIN"}]}
    ok(packer.post(f"returns/{parcel}/inspection", inspection))
    lamp = ok(manager.get("stock?sku=LAMP"))["results"][0]
    assert (lamp["on_hand"], lamp["reserved"]) == (8, 0)

    # In the evening the owner reads the day: two lamps sold, nothing owed back, and every promise of the desk holds.
    tasks.publish()
    report = ok(owner.get("reports/period?from=2026-11-23&to=2026-11-24"))
    money = report["money"]["RUB"]
    assert money["sold"]["value"] == "2400.00"
    call_command("audit")
