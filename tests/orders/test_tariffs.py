"""Tariffs: zone, weight, sum and date decide; what is charged and what it costs are two sums."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from orders import changes, tariffs
from orders.models import JournalEvent, Order, Tariff, Zone
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = date(2026, 11, 23)


def tariff(zone=None, **fields):
    base = {
        "courier": make.courier("fast"),
        "zone": zone,
        "currency": "RUB",
        "charged_minor": 30000,
        "cost_minor": 25000,
    }
    return Tariff.objects.create(**base | fields)


def priced(**fields):
    base = {"courier": "fast", "currency": "RUB", "on": DAY, "weight_g": 1000, "goods_minor": 100000, "country": "RU",
            "region": "RU-MOW", "city": "Москва", "postcode": "101000"}  # fmt: skip
    found = tariffs.price(tariffs.Parcelful(**base | fields))
    return found and (found.charged_minor, found.cost_minor, found.cod_fee_minor)


def test_the_zone_that_says_most_about_the_place_counts():
    country = Zone.objects.create(code="ru", name="Россия", places=["country:RU"])
    region = Zone.objects.create(code="mow", name="Москва", places=["region:RU-MOW", "region:RU-MOS"])
    city = Zone.objects.create(code="city", name="Химки", places=["city:химки"])
    code = Zone.objects.create(code="ring", name="Садовое", places=["postcode:101", "postcode:119"])
    for charged, zone in enumerate([None, country, region, city, code], start=1):
        tariff(zone, charged_minor=charged)

    assert priced()[0] == 5
    assert priced(postcode="125000")[0] == 3
    assert priced(postcode="", city="ХИМКИ")[0] == 4
    assert priced(postcode="", region="RU-SPE")[0] == 2
    assert priced(postcode="", region="", city="", country="KZ")[0] == 1


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        ({"weight_from_g": 500, "weight_to_g": 1000}, [{"weight_g": 500}, {"weight_g": 999}], [{"weight_g": 499}, {}]),
        ({"sum_from_minor": 100000, "sum_to_minor": 200000}, [{}, {"goods_minor": 199999}],
         [{"goods_minor": 99999}, {"goods_minor": 200000}]),
        ({"from_on": DAY, "until_on": DAY}, [{}], [{"on": date(2026, 11, 22)}, {"on": date(2026, 11, 24)}]),
        ({"currency": "EUR"}, [{"currency": "EUR"}], [{}]),
    ],
)  # fmt: skip
def test_a_tariff_holds_within_its_limits(limits, inside, outside):
    tariff(**limits)
    assert all(priced(**one) for one in inside)
    assert not any(priced(**one) for one in outside)


def test_from_some_sum_on_the_customer_pays_nothing_and_the_shop_still_does():
    tariff(free_from_minor=100000)
    assert priced() == (0, 25000, 0)
    assert priced(goods_minor=99999) == (30000, 25000, 0)


def test_money_taken_at_the_door_costs_its_fee():
    tariff(cod_fee_minor=5000, cod_fee_permille=25)
    assert priced(cod_minor=100001) == (30000, 25000, 5000 + 2501)
    assert priced() == (30000, 25000, 0)


def taxed(**fields):
    base = {"courier": "fast", "currency": "RUB", "on": DAY, "weight_g": 1000, "goods_minor": 100000, "country": "RU"}
    found = tariffs.price(tariffs.Parcelful(**base | fields))
    return found.charged_minor, found.charged_tax_minor, found.cost_minor, found.cost_tax_minor


@pytest.mark.parametrize(
    ("has_tax", "expected"),
    [(True, (30000, 5000, 25000, 4167)), (False, (36000, 6000, 30000, 5000))],  # 25000 / 6 = 4166.67
)
def test_tax_is_in_the_sum_or_comes_on_top(has_tax, expected):
    tariff(charged_vat_bp=2000, charged_has_vat=has_tax, cost_vat_bp=2000, cost_has_vat=has_tax)
    assert taxed() == expected


@pytest.mark.parametrize(("rate", "tax"), [(0, 0), (1, 3), (500, 1429), (1050, 2851), (10_000, 15000)])
def test_a_rate_is_in_hundredths_of_a_percent(rate, tax):
    """30000 · rate / (10000 + rate), half a kopeck up, by hand."""
    tariff(charged_vat_bp=rate)
    assert taxed()[:2] == (30000, tax)


def test_what_is_free_has_no_tax():
    tariff(charged_vat_bp=2000, charged_has_vat=False, free_from_minor=100000)
    assert taxed()[:2] == (0, 0)


def test_the_declared_value_costs_its_share_and_its_tax():
    tariff(declared_permille=7, cost_vat_bp=2000, cost_has_vat=False)
    assert taxed(goods_minor=100001)[2:] == (30841, 5140)  # 25000 + 700.007 rounded up, and a fifth on top


def test_rates_beyond_reason_are_refused_by_the_database():
    for wrong in ({"charged_vat_bp": 10_001}, {"cost_vat_bp": 10_001}, {"declared_permille": 1001}):
        with pytest.raises(IntegrityError), transaction.atomic():
            tariff(**wrong)


def test_the_newer_of_two_counts():
    tariff(charged_minor=1)
    tariff(charged_minor=2)
    assert priced()[0] == 2


def test_no_tariff_no_price():
    assert priced() is None


def carried(**fields):
    return make.order([("A", 2, "500.00")], courier="fast", delivery_by_tariff=True, **fields)


def at_the_desk(order, wanted):
    order.refresh_from_db()
    changed = changes.edit(order.number, changes.Edit(wanted), version=order.version, by=make.BY, at=make.AT)
    return changed.delivery_minor, changed.delivery_cost_minor, changed.cod_fee_minor, changed.total_minor


def test_an_order_taken_by_phone_is_charged_by_the_tariff_and_the_charge_follows_its_changes():
    tariff(cod_fee_permille=10)
    tariff(Zone.objects.create(code="z", name="Z", places=["city:Химки"]), charged_minor=45000, cost_minor=40000)
    make.product("A", 5, weight_g=700)
    order = carried()
    assert (order.delivery_minor, order.total_minor, order.delivery_cost_minor) == (30000, 130000, 25000)
    assert order.cod_fee_minor == 1300, "of the goods and of the charge itself"

    assert at_the_desk(order, {"address_city": "Химки"}) == (45000, 40000, 0, 145000)
    assert at_the_desk(order, {"delivery_minor": 10000}) == (10000, 40000, 0, 110000), "a person's word counts"
    assert at_the_desk(order, {"address_city": "Тверь"}) == (10000, 25000, 1100, 110000), "and goes on counting"
    assert at_the_desk(order, {"delivery_by_tariff": True}) == (30000, 25000, 1300, 130000)
    assert JournalEvent.objects.filter(order=order).last().data["changed"]["delivery_minor"] == [10000, 30000]


def test_an_order_knows_the_tax_in_its_delivery_while_the_charge_follows_the_tariff():
    tariff(charged_vat_bp=2000, cost_vat_bp=2000, cost_has_vat=False)
    make.product("A", 5, weight_g=700)
    order = carried()
    assert (order.delivery_tax_minor, order.delivery_cost_minor, order.delivery_cost_tax_minor) == (5000, 30000, 5000)

    at_the_desk(order, {"delivery_minor": 10000})
    order.refresh_from_db()
    assert order.delivery_tax_minor is None, "nobody knows what tax lies in a sum that a person said"
    assert order.delivery_cost_tax_minor == 5000


def test_what_a_shop_charged_stays_and_what_it_costs_is_noted():
    tariff()
    make.product("A", 5)
    order = make.order([("A", 2, "500.00")], courier="fast", delivery_minor=19900)
    assert (order.delivery_minor, order.total_minor, order.delivery_cost_minor) == (19900, 119900, 25000)
    other = make.order([("A", 1, "500.00")], delivery_minor=19900)
    assert (other.delivery_minor, other.delivery_cost_minor, other.cod_fee_minor) == (19900, None, None)


def test_five_hundred_orders_are_priced_by_one_statement(django_assert_num_queries):
    tariff()
    orders = [
        Order(channel=make.channel(), courier_id="fast", currency="RUB", items_minor=1, total_minor=1)
        for _ in range(500)
    ]
    make.shop()
    with django_assert_num_queries(2):  # the shop's day, and the prices
        tariffs.settle([tariffs.ToPrice(order, 100) for order in orders], at=make.AT)
    assert {order.delivery_cost_minor for order in orders} == {25000}
