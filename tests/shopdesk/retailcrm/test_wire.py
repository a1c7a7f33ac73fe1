"""Each request that the published client was recorded to send gets a well-formed answer, as the table says it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from orders import packing
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROOT = Path(__file__).resolve().parents[3]
WIRE = ROOT / "../shared/fixtures/retailcrm_wire/python_retailcrm_5.3.0_requests.json"
GUIDE = ROOT / "docs/retailcrm-v5.md"
EMPTY = "not applicable: the desk keeps none, so the list is empty"
UNKEPT = "answered; nothing is kept, since nothing here depends on it"
# Of each call its status, and how it is answered: in the order in which it was recorded.
TABLE: list[tuple[str, int, str]] = [
    ("api_versions", 200, "as specified"),
    ("api_credentials", 200, "as specified"),
    ("system_info", 200, "as specified"),
    ("sites", 200, "as specified: the key's own site"),
    ("statuses", 200, "as specified, with the shop's own labels"),
    ("status_groups", 200, "as specified"),
    ("stores", 200, "as specified: the desk's locations"),
    ("delivery_types", 200, "as specified: the ways of delivery and the couriers"),
    ("payment_types", 200, "as specified"),
    ("order_methods", 200, "as specified"),
    ("order_create", 201, "as specified: taken in by intake"),
    ("orders_upload", 460, "as specified: the order exists, so it failed"),
    ("order", 200, "as specified, by the shop's id"),
    ("order", 200, "as specified, by the desk's id"),
    ("order_edit", 200, "as specified: the status confirms the order"),
    ("orders", 200, "as specified: filters and a page behind the last"),
    ("orders", 200, "as specified: `filter=None` is no filter"),
    ("orders_history", 200, "as specified, from the feed of events"),
    ("orders_history", 200, "as specified, from a day on"),
    ("orders_statuses", 200, "as specified"),
    ("orders_fix_external_ids", 200, "as specified"),
    ("order_payment_create", 201, "as specified"),
    ("order_payment_edit", 200, "as specified: booked once"),
    ("order_payment_delete", 200, "as specified: booked back"),
    ("customers", 200, "as specified"),
    ("customer_create", 201, "as specified"),
    ("customer", 200, "as specified"),
    ("customer_edit", 200, "as specified"),
    ("customers_upload", 201, "as specified"),
    ("customers_history", 200, "as specified"),
    ("inventories", 200, "as specified"),
    ("inventories_upload", 200, "as specified: a count; `purchasePrice` is not taken, cost is what receipts say"),
    ("prices_upload", 200, "as specified: the one price `base`"),
    ("products", 200, "as specified: a product has one offer, groups are empty"),
    ("packs", 200, "as specified: papers of pieces that are set aside"),
    ("pack_create", 201, "as specified: never more than is set aside"),
    ("pack", 200, "as specified"),
    ("pack_edit", 200, "as specified"),
    ("pack_delete", 200, "as specified: the goods stay set aside"),
    ("packs_history", 200, "as specified"),
    ("delivery_tracking", 200, "as specified: an unknown parcel waits for a person"),
    ("delivery_shipments", 200, "as specified: acts of transfer"),
    ("delivery_shipment_create", 201, "as specified: an act of the orders' sealed parcels"),
    ("delivery_shipment", 200, "as specified; hours of collection are not kept"),
    ("delivery_shipment_edit", 200, "as specified: `completed` closes the act"),
    ("telephony_call_event", 200, "as specified"),
    ("telephony_calls_upload", 200, "as specified"),
    ("telephony_manager", 200, "as specified, without `manager`: any caller takes the next call"),
    ("tasks", 200, EMPTY),
    ("users", 200, "as specified: those whom the key's owner may see"),
    ("user_status", 200, "answered; nothing is kept: who works is known by the calls they take"),
    ("costs", 200, EMPTY),
    ("integration_module_edit", 200, UNKEPT),
]
# What a shop's own key may not do: it takes no goods, no calls and no couriers' words.
DENIED = {31, 32, 40, 42, 44, 45, 46, 47, 48, 49, 50, 51}


def recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(WIRE.read_text(encoding="utf-8"))
    return found


def send(one: dict[str, Any], key: str) -> Any:
    """Send a request as it was recorded, with another key."""
    kind = one["headers"].get("Content-Type", "")
    named = {"X-API-KEY": key, "Accept": one["headers"]["Accept"]}
    return Client(raise_request_exception=False).generic(
        one["method"], one["path"], one["body"].encode(), kind, headers=named
    )


@pytest.fixture
def owner() -> str:
    """A fresh shop whose first person, product and site are the ones that were recorded. Gives the owner's key."""
    make.shop(zone="Europe/Moscow", currency="RUB", country="RU")
    key = make.token(make.owner())
    make.channel("shop")
    make.courier("cdek", kind="service")
    make.courier("cdek-1", kind="service")
    make.product("77", 50)
    return key


def before(place: int, key: str) -> None:
    """Do what somebody did between two recorded calls: the ids that they name have to be there."""
    if place == 13:
        for number in range(2, 6):
            make.order([("77", 2, "350")], external_id=f"b{number}", phone=f"+7900123456{number}")
    if place == 23:
        said = {"externalId": "q", "type": "cash", "order": {"externalId": "a1"}, "amount": 10, "status": "paid"}
        headers = {"X-API-KEY": key}
        answer = Client().post("/api/v5/orders/payments/create", {"payment": json.dumps(said)}, headers=headers)
        assert answer.json() == {"success": True, "id": 3}
    if place == 42:
        packing.take(1, make.packer().pk, by=make.BY, at=make.AT)
        packing.scan(1, [packing.NewScan("s", 2, sku="77")], by=make.BY, at=make.AT)
        packing.seal(1, [packing.NewParcel(1000)], by=make.BY, at=make.AT)


def test_each_recorded_request_is_answered_as_the_table_says(owner):
    answers = []
    for place, one in enumerate(recorded()):
        before(place, owner)
        answer = send(one, owner)
        answers.append((one["call"].partition("(")[0], answer.status_code))
        said = answer.json()
        assert answer["Content-Type"] == "application/json"
        assert said["success"] is (answer.status_code < 400), (one["call"], said)

    assert answers == [(call, status) for call, status, _how in TABLE]
    assert len(answers) == 53


def test_a_shops_own_key_is_denied_what_is_the_desks_own(owner):
    key = make.token(make.channel("shop"))
    denied = set()
    for place, one in enumerate(recorded()):
        answer = send(one, key)
        assert answer.status_code < 500
        assert answer.json()["success"] is (answer.status_code < 400)
        if answer.json().get("errorMsg") == "Access denied.":
            denied.add(place)

    assert denied == DENIED


def test_the_guide_shows_the_same_table():
    guide = GUIDE.read_text(encoding="utf-8")
    for call, status, how in TABLE:
        assert f"| `{call}` | {status} | {how} |" in guide, call
