"""What is offered instead of what is missing (C12)."""

import pytest
import time_machine

from orders import calls, instead
from orders.models import CallTask, Product, Substitute
from shopdesk.limits.models import LimitSet
from tests import make
from tests.shopdesk.accounts.seats import fresh

pytestmark = pytest.mark.django_db


def goods(sku: str, on_hand: int, price: str, cost: int = 0, **fields) -> Product:
    return make.product(sku, on_hand, price=price, cost_minor=cost, group="Lamps", name=f"Lamp {sku}", **fields)


def offered(asked: Product) -> list[str]:
    return [one.sku for one in instead.alike([asked]).get(asked.pk, [])]


def test_like_goods_are_on_the_shelf_about_as_dear_and_best_by_margin():
    asked = goods("A", 0, "100.00")
    goods("POOR", 5, "101.00", cost=9_000)
    goods("RICH", 5, "90.00", cost=2_000)
    goods("EDGE", 5, "130.00", cost=12_000)
    goods("DEAR", 5, "131.00")
    goods("CHEAP", 5, "69.00")
    goods("NONE", 0, "100.00")
    goods("GONE", 5, "100.00", active=False)
    Product.objects.filter(pk=goods("BENCH", 5, "100.00").pk).update(group="Benches")

    assert offered(asked) == ["RICH", "POOR", "EDGE"]


def test_what_is_promised_to_others_is_not_offered():
    asked = goods("A", 0, "100.00")
    goods("B", 2, "100.00")
    make.order([("B", 2, "100.00")])

    assert offered(asked) == []


def test_product_without_a_group_has_nothing_like_it():
    asked = make.product("A", 0, price="100.00")
    make.product("B", 5, price="100.00")

    assert offered(asked) == []


def test_card_offers_what_people_ranked_first_and_the_margin_to_those_who_see_cost():
    make.shop(language="en")
    asked = goods("A", 0, "100.00")
    ranked = goods("OURS", 5, "150.00", cost=10_000)
    goods("LIKE", 5, "100.00", cost=1_000)
    Substitute.objects.create(product=asked, instead=ranked)
    lena = make.manager()
    with time_machine.travel(make.after(minutes=2), tick=False):
        make.order([("A", 1, "100.00")])
        calls.take(CallTask.objects.get().pk, person=lena.pk, at=make.after(minutes=1))
        page = fresh(lena).get("/calls").content.decode()
        assert page.index("Lamp OURS") < page.index("Lamp LIKE")
        assert "of the same group" in page
        assert "margin" in page
        assert "+50" in page.replace("\u202f", "").replace("\u00a0", "")

        LimitSet.objects.create(cost=False)
        assert "margin" not in fresh(lena).get("/calls").content.decode()
