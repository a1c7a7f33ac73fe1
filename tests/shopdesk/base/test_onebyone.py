"""A sweep's rows one by one: a bad one stops none behind it, and is told."""

import logging

import pytest

from delivery import tasks as of_delivery
from delivery import tracking
from orders import changes, queues
from orders import tasks as of_orders
from orders.models import Order
from shopdesk.base.onebyone import each
from tests import make


def test_rows_behind_a_bad_one_are_done_and_the_bad_one_is_named(caplog):
    seen = []

    def act(key: int) -> int:
        seen.append(key)
        if key == 2:
            raise ValueError("Anna Smirnova, +79161234567")
        return 1

    with caplog.at_level(logging.ERROR), pytest.raises(ExceptionGroup, match="1 rows failed, 2 done"):
        each("sweep", [1, 2, 3], act)

    assert seen == [1, 2, 3]
    assert [(row.row, row.error) for row in caplog.records] == [("2", "ValueError")]
    assert "Smirnova" not in caplog.text


@pytest.mark.django_db
def test_order_that_cannot_be_given_its_goods_stops_no_other(monkeypatch):
    make.shop()
    product = make.product("A", 0)
    first, second = make.order(), make.order(phone="+79161230002")
    make.fill(product, 5)
    whole = changes.allocate

    def stumble(number, *, at):
        if number == first.pk:
            raise RuntimeError
        return whole(number, at=at)

    monkeypatch.setattr(changes, "allocate", stumble)
    assert queues.short(9) == [first.pk, second.pk]
    with pytest.raises(ExceptionGroup):
        of_orders.allocate()

    reserved = dict(Order.objects.values_list("pk", "lines__reserved"))
    assert reserved == {first.pk: 0, second.pk: 1}


@pytest.mark.django_db
def test_news_behind_a_bad_one_is_given_to_its_parcel(monkeypatch):
    make.shop()
    given = []

    def stumble(key, *, at):
        if key == 1:
            raise RuntimeError
        given.append(key)
        return True

    monkeypatch.setattr(tracking, "to_pick_up", lambda limit: [1, 2])
    monkeypatch.setattr(tracking, "pick_up", stumble)
    with pytest.raises(ExceptionGroup):
        of_delivery.pick_up_news()

    assert given == [2]
