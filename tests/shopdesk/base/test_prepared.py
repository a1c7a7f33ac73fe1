"""Statements that are spelled once say what a query set would, on both databases; and one intake needs few of them."""

from contextlib import nullcontext

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders import intake, lifecycle, nocall, sourcing
from orders.customers import BY_PHONE
from orders.models import (
    Customer,
    CustomerPhone,
    NoCallRule,
    Order,
    OrderAlias,
    OrderLine,
    Product,
    SearchKey,
    Shop,
    StatusLabel,
)
from orders.stock.promises import GOODS_OF
from orders.writing import BY_SKU
from shopdesk.base import prepared
from shopdesk.base.bulk import create, insert
from shopdesk.base.kept import Kept
from tests import make

pytestmark = pytest.mark.django_db
MOST = {"postgresql": 11, "sqlite": 15}  # statements of one intake by a storefront, its customer known


def values(rows):
    """Give every column of models, to compare them whole."""
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


@pytest.fixture
def shop():
    make.product("A", 10)
    make.product("B", 5)
    shop = make.shop()
    make.order([("A", 2, "10.00"), ("B", 1, "5.00")])
    return shop


def test_reading_gives_whole_models_as_a_query_set_does(shop):
    order = Order.objects.get()
    rule = NoCallRule.objects.create(what="prepaid", active=True, changed_at=make.AT)
    NoCallRule.objects.create(what="prepaid", active=False, changed_at=make.AT)

    assert values(BY_SKU.all({"A", "no such"})) == values(Product.objects.filter(sku="A"))
    assert values(GOODS_OF.all([order.pk])) == values(OrderLine.objects.filter(order=order))
    assert values(nocall.rules()) == values([NoCallRule.objects.get(pk=rule.pk)])
    assert values(sourcing.serving()) == values([order.location])
    assert values([Shop.current()]) == values([Shop.objects.get()])
    assert BY_PHONE.rows({CustomerPhone.objects.get().phone}) == [
        (CustomerPhone.objects.get().phone, Customer.objects.get())
    ]
    assert GOODS_OF.all([]) == []


def test_what_was_read_can_be_saved(shop):
    product = BY_SKU.all(["A"])[0]
    product.price_minor = 7_00
    product.save()

    assert Product.objects.get(sku="A").price_minor == 7_00


def test_one_that_is_created_has_its_key_and_what_the_database_filled():
    label = create([StatusLabel(code="x", status="new", name="X")])[0]

    assert label.pk == StatusLabel.objects.get().pk
    assert not label._state.adding
    assert values([label]) == values([StatusLabel.objects.get()])


def test_shop_is_read_once_while_it_is_held_and_anew_afterwards(shop):
    with CaptureQueriesContext(connection) as asked, Shop.held():
        assert Shop.current() is Shop.current()
    assert len(asked) == 1

    Shop.objects.update(name="Other")

    assert Shop.current().name == "Other"


def test_one_intake_needs_few_statements(shop):
    intake.take_in(make.new_order([("A", 1, "10.00")], external_id="1"), by=make.BY, at=make.AT)

    with CaptureQueriesContext(connection) as asked:
        intake.take_in(make.new_order([("A", 1, "10.00")], external_id="2"), by=make.BY, at=make.AT)

    assert len(asked) <= MOST[connection.vendor]


def test_without_holding_the_shop_it_would_be_read_more_than_once(shop, monkeypatch):
    """Negative control of the budget: a read that comes back is seen."""
    monkeypatch.setattr(Kept, "held", lambda self: nullcontext())

    with CaptureQueriesContext(connection) as asked:
        intake.take_in(make.new_order([("A", 1, "10.00")], external_id="2"), by=make.BY, at=make.AT)

    assert sum('FROM "shop"' in one["sql"] for one in asked) > 1


def test_known_order_is_found_by_its_own_id_and_by_what_it_was_merged_into(shop):
    new = make.new_order([("A", 1, "10.00")], external_id="1", body_hash="x")
    intake.take_in(new, by=make.BY, at=make.AT)
    other = intake.take_in(make.new_order([("B", 1, "5.00")], external_id="2"), by=make.BY, at=make.AT).order
    OrderAlias.objects.create(channel=other.channel, external_id="1", order=other)

    again = intake.take_in(new, by=make.BY, at=make.AT)

    assert (again.order.number, again.created, again.clash) == (other.number, False, False)
    assert Order.objects.filter(external_id="1").count() == 1


def test_label_of_new_orders_and_the_clock_stand_on_the_order_from_the_first(shop):
    label = StatusLabel.objects.create(code="x", status="new", name="X", is_default=True)

    order = intake.take_in(make.new_order([("A", 1, "10.00")], external_id="9"), by=make.BY, at=make.AT).order
    order.refresh_from_db()

    assert order.label_id == label.pk
    hours = lifecycle._hours_to_agree(order, Shop.current())
    assert (order.reserved_until - make.AT).total_seconds() == hours * 3600


@pytest.mark.postgres
def test_what_was_asked_ahead_comes_in_one_trip_and_answers_once(shop):
    with prepared.ahead([(BY_SKU, [{"A"}]), (nocall.ACTIVE, [])]), CaptureQueriesContext(connection) as asked:
        assert [row.sku for row in BY_SKU.all({"A"})] == ["A"]
        assert nocall.rules() == []
        assert len(asked) == 0
        assert BY_SKU.all({"B"})[0].sku == "B"  # other values were not asked
        Product.objects.filter(sku="A").update(name="Changed")
        assert BY_SKU.all({"A"})[0].name == "Changed"  # each answer is given once
    assert len(asked) == 3

    with CaptureQueriesContext(connection) as asked:
        nocall.rules()
    assert len(asked) == 1


def test_what_is_refused_in_one_trip_is_raised_as_everywhere(shop):
    order, phone = Order.objects.get(), CustomerPhone.objects.get().phone

    def write():
        with transaction.atomic(), prepared.in_one_trip():
            insert(SearchKey, ("order_id", "key"), [(order.pk, "a")])
            insert(CustomerPhone, ("phone", "customer_id"), [(phone, order.customer_id)])

    with pytest.raises(IntegrityError):
        write()

    assert not SearchKey.objects.filter(key="a").exists()
    assert Order.objects.get() == order
