"""The client library `retailcrm` 5.3.0, as it is published, works with this desk for a day."""

from typing import Any

import pytest
import retailcrm
from django.utils import timezone

from orders import calls
from orders.models import Order, PhoneCall, Shop, StockCount
from orders.status import Status
from tests import make

# Once: what PostgreSQL could do otherwise is shown by the races and by the orders beside this file.
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("real_commits")]

KINDS = ("sites", "statuses", "status_groups", "delivery_types", "payment_types", "order_methods", "stores")


def well(answer: Any, status: int = 200) -> dict[str, Any]:
    """Give what a call answered, which must be a success."""
    said: dict[str, Any] = answer.get_response()
    assert (answer.get_status_code(), said["success"]) == (status, True), said
    assert answer.is_successful()
    return said


def new(number: int, **more: Any) -> dict[str, Any]:
    """An order as a module sends it."""
    return {
        "externalId": f"S-{number}", "firstName": "Анна", "lastName": "Смирнова", "phone": f"+791612300{number:02}",
        "createdAt": "2026-01-05 10:00:00", "items": [
            {"offer": {"externalId": "A"}, "productName": "Кружка", "initialPrice": "129.0000", "quantity": 2,
             "discountManualAmount": 9}
        ],
        "delivery": {"code": "courier", "cost": 300, "address": {"city": "Москва", "text": "Садовая 1"}},
        "payments": [{"externalId": f"P-{number}", "type": "bank-card", "status": "paid", "amount": 540}],
    } | more  # fmt: skip


@pytest.fixture
def day(served: str) -> tuple[Any, Any]:
    """Two clients: a shop's own key, and the key of somebody who works here."""
    make.shop(zone="Europe/Moscow", currency="RUB", country="RU")
    site = make.channel("shop", kind="retailcrm")
    make.product("A", 500)
    make.courier("cdek-1", kind="service")
    shop = retailcrm.v5(served, make.token(site))
    return shop, retailcrm.v5(served, make.token(make.owner()))


def test_a_whole_day(day):
    shop, staff = day
    _connect(shop)
    _customers(shop)
    _orders(shop)
    last = _upload(shop)
    _change(shop)
    _follow(shop, last)
    _stock(shop, staff)
    number = _pack_and_send(shop, staff)
    _telephone(staff)
    _track(shop, staff, number)


def _connect(shop):
    assert "5.0" in well(shop.api_versions())["versions"]
    may = well(shop.api_credentials())
    assert (may["siteAccess"], may["sitesAvailable"]) == ("access_selective", ["shop"])
    well(shop.system_info())
    books = {kind: well(getattr(shop, kind)()) for kind in KINDS}
    assert list(books["sites"]["sites"]) == ["shop"]
    assert books["sites"]["sites"]["shop"]["currency"] == "RUB"
    assert books["statuses"]["statuses"]["client-confirmed"]["group"] == "approval"
    assert books["delivery_types"]["deliveryTypes"]["cdek-1"]["active"] is True


def _customers(shop):
    made = well(shop.customer_create({"externalId": "c1", "firstName": "Иван", "phones": [{"number": "+79001234567"}],
                                      "email": "I@example.com"}, "shop"), 201)  # fmt: skip
    assert well(shop.customers({"email": "i@example.com"}))["customers"][0]["id"] == made["id"]
    assert well(shop.customer("c1"))["customer"]["firstName"] == "Иван"
    well(shop.customer_edit({"externalId": "c1", "lastName": "П"}))
    assert well(shop.customer(made["id"], "id"))["customer"]["lastName"] == "П"
    uploaded = well(shop.customers_upload([{"externalId": "c2"}, {"externalId": "c1"}]), 201)
    assert [one["externalId"] for one in uploaded["uploadedCustomers"]] == ["c2"]
    assert uploaded["failedCustomers"] == [{"externalId": "c1"}]
    again = shop.customer_create({"externalId": "c1"}, "shop")
    assert (again.get_status_code(), again.get_error_msg()) == (400, "Errors in the entity format")
    assert {one["field"] for one in well(shop.customers_history({"sinceId": 0}))["history"]} == {"id", "last_name"}


def _orders(shop):
    made = well(shop.order_create(new(1, customer={"externalId": "c1"}), "shop"), 201)["order"]
    assert (made["totalSumm"], made["summ"], made["prepaySum"]) == (540, 240, 540)
    assert made["customer"]["externalId"] == "c1"
    assert (made["firstName"], made["lastName"], made["status"]) == ("Анна", "Смирнова", "new")
    assert made["createdAt"] == "2026-01-05 10:00:00"
    again = shop.order_create(new(1), "shop")
    assert (again.get_status_code(), again.get_errors()) == (400, {"externalId": "Order already exists."})
    assert well(shop.order("S-1"))["order"]["id"] == made["id"]
    assert Order.objects.count() == 1


def _upload(shop):
    """Fifty with two bad ones: 460, and the same again doubles nothing."""
    rows = [new(number) for number in range(10, 60)]
    rows[7]["delivery"]["code"] = "by-balloon"
    rows[30]["items"] = []
    first, second = shop.orders_upload(rows, "shop"), shop.orders_upload(rows, "shop")

    assert (first.get_status_code(), first.get_error_msg()) == (460, "Orders are loaded with errors")
    assert len(first.get_response()["uploadedOrders"]) == 48
    assert first.get_response()["failedOrders"] == [{"externalId": "S-17"}, {"externalId": "S-40"}]
    assert second.get_status_code() == 460
    assert Order.objects.count() == 49
    found = well(shop.orders({"externalIds": ["S-10", "S-17", "S-59"]}))
    assert [one["externalId"] for one in found["orders"]] == ["S-59", "S-10"]
    assert well(shop.orders(None, 50, 1))["pagination"]["totalCount"] == 49
    return well(shop.orders_history({"sinceId": 0}, 100))["history"][-1]["id"]


def _change(shop):
    order = well(shop.order_edit({"externalId": "S-10", "status": "prepayed", "phone": "+79161230077"}))["order"]
    assert (order["status"], order["phone"]) == ("prepayed", "+79161230077")
    refused = shop.order_edit({"externalId": "S-11", "status": "complete"})
    assert (refused.get_status_code(), list(refused.get_errors())) == (400, ["status"])
    well(shop.order_edit({"externalId": "S-12", "status": "no-call"}))
    number = Order.objects.get(external_id="S-13").pk
    paid = {"externalId": "p", "type": "cash", "amount": 100, "order": {"externalId": "S-13"}}
    made = well(shop.order_payment_create(paid), 201)["id"]
    well(shop.order_payment_edit({"externalId": "p", "status": "paid"}))
    well(shop.order_payment_edit({"externalId": "p", "status": "paid"}))
    assert Order.objects.get(pk=number).paid_minor == 64_000
    well(shop.order_payment_delete(made))
    assert Order.objects.get(pk=number).paid_minor == 54_000
    assert well(shop.orders({"extendedStatus": ["cancel"]}))["pagination"]["totalCount"] == 1
    well(shop.orders_fix_external_ids([{"id": number, "externalId": "S-13"}]))
    statuses = well(shop.orders_statuses([number], ["S-12"]))["orders"]
    assert [one["status"] for one in statuses] == ["no-call", "new"]


def _follow(shop, last):
    """What changed since is told, each with its order as it is now; our own changes say that they are."""
    history = well(shop.orders_history({"sinceId": last}, 100))["history"]
    assert [one["id"] for one in history] == sorted({one["id"] for one in history})
    fields = {(one["order"]["externalId"], one["field"]) for one in history}
    assert {("S-10", "status"), ("S-10", "phone"), ("S-12", "status"), ("S-13", "payments.status")} <= fields
    assert all(one["apiKey"] == {"current": True} for one in history if one["source"] == "api")
    end = history[-1]["id"]
    calls.confirm(Order.objects.get(external_id="S-14").pk, by=make.BY, at=timezone.now(), why="wrote")
    (told,) = well(shop.orders_history({"sinceId": end}, 100))["history"]
    assert (told["newValue"], told["source"], "apiKey" in told) == ({"code": "client-confirmed"}, "code", False)
    empty = well(shop.orders_history({"sinceId": told["id"]}))
    assert (empty["history"], empty["pagination"]["totalPageCount"]) == ([], 0)


def _stock(shop, staff):
    first = well(shop.inventories({"details": 1}, 250, 1))
    assert first["offers"][0]["externalId"] == "A"
    assert "purchasePrice" not in first["offers"][0]
    assert well(shop.inventories({"details": 1}, 250, 2))["offers"] == []
    upload = [{"externalId": "A", "stores": [{"code": "MAIN", "available": first["offers"][0]["quantity"] + 1}]},
              {"externalId": "?", "stores": []}]  # fmt: skip
    answer = well(staff.inventories_upload(upload, "shop"))
    assert (answer["processedOffersCount"], answer["notFoundOffers"]) == (1, [{"externalId": "?"}])
    assert StockCount.objects.count() == 1
    assert well(staff.prices_upload([{"externalId": "A", "prices": [{"code": "base", "price": 150}]}]))
    assert well(shop.products({"active": 1}))["products"][0]["minPrice"] == 150
    assert shop.inventories_upload(upload, "shop").get_error_msg() == "Access denied."


def _pack_and_send(shop, staff):
    """Papers of a pack, and an act of transfer; the goods are scanned at the table."""
    order = well(shop.order_create(new(70, delivery={"code": "cdek-1", "cost": 0}), "shop"), 201)["order"]
    item = order["items"][0]["id"]
    pack = {"store": "MAIN", "itemId": item, "quantity": 2}
    made = well(shop.pack_create(pack), 201)["id"]
    assert shop.pack_create(pack).get_status_code() == 400
    well(shop.pack_edit({"id": made, "quantity": 1, "invoiceNumber": "T-1"}))
    assert well(shop.pack(made))["pack"]["quantity"] == 1
    assert well(shop.packs({"store": "MAIN"}))["pagination"]["totalCount"] == 1
    well(shop.pack_delete(made))
    assert [len(well(shop.packs_history({"sinceId": 0}))["history"]), well(shop.packs())["packs"]] == [3, []]
    packed = make.packed(channel=make.channel("shop"), external_id="S-71", courier="cdek-1")
    shipment = well(staff.delivery_shipment_create({"orders": [{"id": packed.pk}], "date": "2026-02-01"}), 201)["id"]
    well(staff.delivery_shipment_edit({"id": shipment, "status": "completed"}))
    assert well(staff.delivery_shipment(shipment))["deliveryShipment"]["status"] == "completed"
    assert well(staff.delivery_shipments())["pagination"]["totalCount"] == 1
    return packed.pk


def _telephone(staff):
    well(staff.telephony_call_event({"phone": "+79161230010", "type": "in", "codes": ["101"], "callExternalId": "x"}))
    done = {"date": "2026-01-31 10:00:00", "type": "out", "phone": "+79161230010", "result": "answered",
            "duration": 65, "externalId": "c-1"}  # fmt: skip
    assert well(staff.telephony_calls_upload([done]))["processedCallsCount"] == 1
    well(staff.telephony_calls_upload([done]))
    assert PhoneCall.objects.count() == 2
    assert well(staff.telephony_manager("+79001234567"))["customer"]["externalId"] == "c1"


def _track(shop, staff, number):
    parcel = make.parcel_of(Order.objects.get(pk=number)).number
    said = [{"deliveryId": "d1", "trackNumber": parcel, "history": [
        {"code": "delivering", "updatedAt": timezone.now().isoformat(), "comment": "ok"}]}]  # fmt: skip
    well(staff.delivery_tracking("cdek-1", said))
    well(staff.delivery_tracking("cdek-1", said))
    order = well(shop.order("S-71"))["order"]
    assert (order["status"], order["delivery"]["data"]["trackNumber"]) == ("delivering", parcel)
    assert Order.objects.get(pk=number).status == Status.HANDED_OVER
    assert Shop.current().currency == "RUB"
