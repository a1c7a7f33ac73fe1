"""Orders over API v5: money, statuses, edits, and whose they are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import changes
from orders.models import Hold, Order, Payment, StatusLabel
from shopdesk.retailcrm.models import PromisedPayment, ShopCustomer
from shopdesk.retailcrm.showing import amount, split_name
from tests import make
from tests.shopdesk.retailcrm.speaking import ITEM, Module

pytestmark = pytest.mark.django_db


@pytest.fixture
def module() -> Module:
    make.shop(zone="Europe/Moscow")
    make.product("A", 100)
    return Module(make.channel("shop"))


def item(**more):
    return ITEM | more


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "lines", "total"),
    [
        # items, then of each line its pieces, price, discount and total
        ({"items": [item(initialPrice="35.0000", quantity=3)]}, [(3, 3_500, 0, 10_500)], 10_500),
        ({"items": [item(initialPrice=100, quantity=2, discountManualAmount=10)]},
         [(2, 10_000, 2_000, 18_000)], 18_000),
        ({"items": [item(initialPrice=99.99, quantity=3, discountManualPercent=10)]},
         [(3, 9_999, 3_000, 26_997)], 26_997),
        ({"items": [item(initialPrice=0.1, quantity=3)], "delivery": {"cost": "300.00"}}, [(3, 10, 0, 30)], 30_030),
        ({"items": [item(initialPrice="0.124", quantity=3)]}, [(3, 13, 2, 37)], 37),
        ({"items": [item(initialPrice=200, quantity=1)], "discountManualPercent": 15},
         [(1, 20_000, 0, 20_000)], 17_000),
        ({"items": [item(initialPrice=200, quantity=1)], "discountManualAmount": 50}, [(1, 20_000, 0, 20_000)], 15_000),
        ({"items": [item(initialPrice=100, quantity=1.5)]}, [(1, 15_000, 0, 15_000)], 15_000),
    ],
)  # fmt: skip
def test_money_is_as_the_modules_mean_it(module, said, lines, total):
    answer = module.order(**said)

    made = Order.objects.get()
    rows = made.lines.values_list("quantity", "price_minor", "discount_minor", "total_minor")
    assert (list(rows), made.total_minor) == (lines, total)
    assert answer.json()["order"]["totalSumm"] == amount(total, "RUB")


@pytest.mark.once
def test_a_fraction_is_one_piece_here_and_answered_as_it_was_sent(module):
    answer = module.order(items=[item(initialPrice=100, quantity=1.5, productName="Ткань")])

    shown = answer.json()["order"]["items"][0]
    assert (shown["quantity"], shown["initialPrice"]) == (1.5, 100)
    assert Order.objects.get().lines.get().name == "Ткань × 1.5"


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"status": "by-pigeon"}, "status"),
        ({"delivery": {"code": "balloon"}}, "delivery.code"),
        ({"payments": [{"type": "shells"}]}, "payments[0].type"),
        ({"items": []}, "items"),
        ({"items": [item(quantity=0)]}, "items[0]"),
        ({"items": [item(initialPrice=-1)]}, "items[0]"),
        ({"items": [item(discountManualAmount=500)]}, "items[0]"),
        ({"externalId": "x" * 65}, "externalId"),
        ({"discountManualAmount": 10_000}, "discountManualAmount"),
        ({"createdAt": "soon"}, "createdAt"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(module, said, field):
    answer = module.order(**said)

    assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Errors in the entity format")
    assert list(answer.json()["errors"]) == [field]
    assert not Order.objects.exists()


def test_an_order_is_never_lost_over_its_data(module):
    answer = module.order(phone="call the neighbour", items=[item(offer={"externalId": "?"}, productName="What")])

    assert answer.status_code == 201
    held = set(Hold.objects.values_list("reason", flat=True))
    assert {"bad_phone", "unknown_item"} <= held


def test_a_payment_is_booked_once_and_an_unpaid_one_holds(module):
    paid = {"externalId": "p", "type": "bank-card", "status": "paid", "amount": 129}
    order = module.order(payments=[paid]).json()["order"]
    number = next(iter(order["payments"]))
    for _again in range(2):
        module.post(f"orders/payments/{number}/edit", payment={"status": "paid", "amount": 100}, by="id")

    assert [row.amount_minor for row in Payment.objects.order_by("pk")] == [12_900, -2_900]
    assert Order.objects.get().paid_minor == 10_000
    assert PromisedPayment.objects.get().booked_minor == 10_000
    module.order("S-2", payments=[{"type": "bank-card", "amount": 129}])
    assert Hold.objects.filter(order__external_id="S-2", reason="awaiting_payment").exists()


def test_a_status_is_a_request(module):
    module.order()
    for code, status, label in (
        ("offer-analog", "new", "offer-analog"), ("client-confirmed", "confirmed", None),
        ("prepayed", "confirmed", "prepayed"), ("client-confirmed", "confirmed", None),
    ):  # fmt: skip
        answer = module.post("orders/S-1/edit", order={"status": code}).json()
        made = Order.objects.get()
        assert (answer["order"]["status"], made.status) == (code, status)
        assert (made.label.code if made.label else None) == label
    assert StatusLabel.objects.get(code="prepayed").names["ru"]
    for code in ("new", "assembling", "delivering", "complete", "returned"):
        refused = module.post("orders/S-1/edit", order={"status": code, "phone": "+79160000000"})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["status"]), code
    assert Order.objects.get().contact_phone == make.PHONE, "nothing is changed when the status is refused"
    assert module.post("orders/S-1/edit", order={"status": "no-call"}).json()["order"]["status"] == "no-call"
    assert Order.objects.get().cancel_reason == "no_contact"


def test_a_new_order_of_another_time_is_taken_and_held(module):
    assert module.order(status="complete").json()["order"]["status"] == "new"
    hold = Hold.objects.get(reason="other")
    assert (hold.code, hold.detail) == ("shop_status", {"status": "complete"})
    assert module.order("S-2", status="client-confirmed", phone="+79161112233").json()["order"]["status"] == (
        "client-confirmed"
    )


def test_an_edit_changes_what_differs_and_nothing_else(module):
    make.product("B", 10, price="50.00")
    order = module.order(firstName="Анна", lastName="Ли", items=[item(), item(offer={"externalId": "B"})]).json()[
        "order"
    ]
    version = Order.objects.get().version
    same = {name: order[name] for name in ("firstName", "lastName", "phone", "items", "delivery")}
    module.post("orders/S-1/edit", order=same)
    assert Order.objects.get().version == version, "what is said again changes nothing"

    lines = [order["items"][0] | {"quantity": 3}]
    changed = module.post("orders/S-1/edit", order={"items": lines, "lastName": "Ким", "delivery": {"cost": 10}}).json()

    assert [one["quantity"] for one in changed["order"]["items"]] == [3]
    assert (changed["order"]["lastName"], changed["order"]["totalSumm"]) == ("Ким", 397)
    assert sum(Order.objects.get().lines.values_list("reserved", flat=True)) == 3


def test_a_module_that_sends_its_whole_order_again_undoes_nothing(module):
    """What the desk changed since the shop looked stays; what the shop itself changed is taken over."""
    make.product("B", 10)
    make.product("C", 10)
    sent = {"firstName": "Анна", "phone": make.PHONE, "customerComment": "утром",
            "items": [item(quantity=2), item(offer={"externalId": "B"})]}  # fmt: skip
    module.order(**sent)
    made = Order.objects.get()
    first, second = made.lines.order_by("position")
    agreed = changes.Edit(
        {"contact_phone_raw": "+79160000001"},
        [changes.LineEdit(1, id=first.pk), changes.LineEdit(0, id=second.pk), changes.LineEdit(1, sku="C")],
    )
    changes.edit(made.pk, agreed, version=made.version, by=make.BY, at=make.AT)
    before = Order.objects.get().version

    module.post("orders/S-1/edit", order=sent)
    assert Order.objects.get().version == before, "all of it is what the shop remembers"

    module.post("orders/S-1/edit", order=sent | {"phone": "+79160000002", "customerComment": "вечером"})
    made = Order.objects.get()
    assert (made.contact_phone, made.comment) == ("+79160000002", "вечером")
    assert [line.sku for line in made.lines.order_by("position") if line.cancelled < line.quantity] == ["A", "C"]
    module.post("orders/S-1/edit", order=sent | {"phone": make.PHONE})
    assert Order.objects.get().contact_phone == make.PHONE, "the shop changed it last, so it may change it back"


def test_a_packed_order_is_refused_in_the_desks_sentence(module):
    packed = make.packed(channel=make.channel("shop"), external_id="P-1")
    answer = module.post("orders/P-1/edit", order={"phone": "+79160000000"})
    assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Validation error")
    assert str(packed.pk) in answer.json()["errors"][0]


def test_another_shops_things_look_as_if_they_were_not_there(module):
    other = Module(make.channel("rival"))
    order = other.order("R-1", payments=[{"externalId": "p", "type": "cash"}]).json()["order"]
    customer = ShopCustomer.objects.get()
    calls = {
        "orders/R-1": {}, f"orders/{order['id']}": {"by": "id"}, f"customers/{customer.pk}": {"by": "id"},
        "orders/S-404": {},
    }  # fmt: skip
    for path, query in calls.items():
        answer = module.get(path, "&".join(f"{name}={value}" for name, value in query.items()))
        assert (answer.status_code, answer.json()) == (404, {"success": False, "errorMsg": "Not found"}), path
    assert module.post("orders/payments/p/edit", payment={"status": "paid"}).status_code == 404
    assert module.post("orders/R-1/edit", order={"status": "no-call"}).status_code == 404
    assert module.get("orders", "filter[externalIds][]=R-1").json()["orders"] == []
    assert module.get("orders/history").json()["history"] == []
    assert module.get("customers").json()["customers"] == []
    assert module.get("orders", "site=rival").status_code == 404
    assert module.get("orders/statuses", f"ids[]={order['id']}").json()["orders"] == []
    pack = module.post("orders/packs/create", pack={"itemId": order["items"][0]["id"], "quantity": 1})
    assert pack.json()["errors"] == {"itemId": "This value is unknown."}


def test_the_same_phone_at_two_shops_is_one_customer_here_and_two_there(module):
    other = Module(make.channel("rival"))
    mine, theirs = module.order(firstName="Анна").json()["order"], other.order(firstName="Иван").json()["order"]

    assert mine["customer"]["id"] != theirs["customer"]["id"]
    assert theirs["customer"]["firstName"] == "Иван"
    assert len(set(Order.objects.values_list("customer", flat=True))) == 1


@pytest.mark.once
def test_a_list_of_orders_costs_as_much_for_twenty_as_for_one(module, django_assert_num_queries):
    module.upload(0, 19, payments=[{"type": "cash"}])
    with CaptureQueriesContext(connection) as one:
        module.get("orders", "filter[externalIds][]=S-3")
    asked = len(one)
    assert 5 < asked <= 16
    with django_assert_num_queries(asked):
        assert len(module.get("orders").json()["orders"]) == 20


@pytest.mark.once
def test_an_order_that_the_desk_changed_is_answered_as_it_is_now(module):
    module.order(firstName="Анна", lastName="Ли")
    made = Order.objects.get()
    changes.edit(
        made.pk, changes.Edit({"contact_name": "Пётр Ильич Ким"}), version=made.version, by=make.BY, at=make.AT
    )

    shown = module.get("orders/S-1").json()["order"]
    assert [shown[name] for name in ("firstName", "patronymic", "lastName")] == ["Пётр", "Ильич", "Ким"]
    assert split_name("Анна") == {"firstName": "Анна", "patronymic": "", "lastName": ""}
