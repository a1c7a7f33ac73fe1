"""What a module is told of what became of its orders."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import changes, labels
from orders.models import Order, StatusLabel
from orders.status import Status
from shopdesk.retailcrm import history
from tests import make
from tests.shopdesk.retailcrm.speaking import ITEM, Module

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def module() -> Module:
    make.product("A", 100)
    make.product("B", 100)
    return Module(make.channel("shop"))


def told(module, query=""):
    return module.get("orders/history", query).json()


def fields(records):
    return [(one["field"], one["oldValue"], one["newValue"]) for one in records]


def test_a_new_order_is_a_created_status(module):
    module.order()
    (first,) = told(module)["history"]

    assert (first["created"], first["field"], first["newValue"]) == (True, "status", {"code": "new"})
    assert (first["source"], first["apiKey"], first["id"] % history.WIDTH) == ("api", {"current": True}, 1)
    assert (first["order"]["externalId"], first["order"]["site"], first["order"]["status"]) == ("S-1", "shop", "new")


def test_every_field_that_the_desk_changes_is_told_by_the_modules_own_names(module):
    module.order(firstName="Анна", items=[ITEM, ITEM | {"offer": {"externalId": "B"}}])
    since = told(module)["history"][-1]["id"]
    made = Order.objects.get()
    first, second = made.lines.order_by("position")
    wanted = changes.Edit(
        {"contact_name": "Анна Ким", "contact_phone_raw": "+79160000001", "address_city": "Тверь",
         "delivery_minor": 30_000, "comment": "да"},
        [changes.LineEdit(3, id=first.pk), changes.LineEdit(0, id=second.pk),
         changes.LineEdit(1, sku="A", price_minor=100)],
    )  # fmt: skip
    changes.edit(made.pk, wanted, version=made.version, by=make.BY, at=make.AT)
    label = labels.make(labels.NewLabel(Status.NEW, "Waits", "waits"), by=make.BY, at=make.AT)
    labels.put_on(made.pk, label.pk, by=make.BY, at=make.AT)
    changes.cancel(made.pk, "price", by=make.BY, at=make.AT)

    records = told(module, f"filter[sinceId]={since}")["history"]

    new = made.lines.order_by("-position").first().pk
    assert fields(records) == [
        ("delivery_cost", 0, 300), ("last_name", None, "Ким"), ("phone", make.PHONE, "+79160000001"),
        ("delivery_address.city", None, "Тверь"), ("customer_comment", None, "да"),
        ("order_product.quantity", 1, 3), ("order_product", {"id": second.pk}, None),
        ("order_product", None, {"id": new}), ("status", {"code": "new"}, {"code": "waits"}),
        ("status", {"code": "new"}, {"code": "prices-did-not-suit"}),
    ]  # fmt: skip
    assert all(one["source"] == "code" and "apiKey" not in one for one in records)
    assert StatusLabel.objects.get(code="waits")
    assert records[5]["item"]["offer"]["externalId"] == "A"


def test_another_keys_changes_are_not_the_asking_ones(module):
    module.order()
    another = Module(make.channel("shop"))
    assert told(another)["history"][0]["apiKey"] == {"current": False}


def test_no_shop_learns_who_works_here(module):
    person = make.manager()
    module.order()
    since = told(module)["history"][-1]["id"]
    changes.cancel(Order.objects.get().pk, "price", by=person.subject.actor, at=make.AT)

    (record,) = told(module, f"filter[sinceId]={since}")["history"]
    assert (record["source"], "user" in record) == ("user", False)
    assert told(Module(person), f"filter[sinceId]={since}")["history"][0]["user"] == {"id": person.pk}


def test_a_reader_by_since_id_and_one_by_pages_see_the_same(module):
    module.upload(0, 44)
    by_pages = [one for page in (1, 2, 3) for one in told(module, f"page={page}")["history"]]
    by_id, since, pages = [], 0, 2
    while pages > 1:
        answer = told(module, f"filter[sinceId]={since}")
        by_id += answer["history"]
        since, pages = by_id[-1]["id"], answer["pagination"]["totalPageCount"]

    assert [one["id"] for one in by_id] == [one["id"] for one in by_pages]
    assert len(by_id) == 45
    empty = told(module, f"filter[sinceId]={since}")
    assert (empty["history"], empty["pagination"]) == (
        [], {"limit": 20, "totalCount": 0, "currentPage": 1, "totalPageCount": 0}
    )  # fmt: skip


def test_an_event_cut_by_the_page_goes_on_behind_it(module):
    module.order()
    made = Order.objects.get()
    parts = {f"address_{name}": "x" for name in ("text", "city", "street", "house", "flat", "region", "postcode")}
    for turn in range(4):
        made.refresh_from_db()
        wanted = changes.Edit({name: f"{turn}" for name in parts})
        changes.edit(made.pk, wanted, version=made.version, by=make.BY, at=make.AT)
    first = told(module)["history"]
    rest = told(module, f"filter[sinceId]={first[-1]['id']}")["history"]

    assert (len(first), len(rest)) == (20, 9)
    assert len({one["id"] for one in first + rest}) == 1 + 4 * len(parts)


def test_split_off_orders_are_not_the_shops(module):
    module.order()
    child = make.order(channel=make.channel("shop"))
    Order.objects.filter(pk=child.pk).update(parent=Order.objects.get(external_id="S-1"))

    assert {one["order"]["externalId"] for one in told(module)["history"]} == {"S-1"}
    assert module.get("orders").json()["pagination"]["totalCount"] == 1


def test_a_page_of_history_costs_as_much_for_twenty_as_for_one(module, django_assert_num_queries):
    module.order("S-0")
    told(module)
    with CaptureQueriesContext(connection) as one:
        told(module)
    asked = len(one)
    module.upload(1, 18)
    told(module)
    assert 5 < asked <= 24
    with django_assert_num_queries(asked):
        assert len(told(module)["history"]) == 19
