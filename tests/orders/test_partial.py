"""What becomes of an order that cannot go whole, as it was decided for it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from orders import partial, tasks
from orders.models import Hold, Order
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SPLIT, REST, WAIT = Order.Policy.SPLIT, Order.Policy.CANCEL_REST, Order.Policy.WAIT


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 3, price="100.00")
    make.product("B", 0, price="50.00")


def short(agreed=True):
    items = [("A", 5, "100.00"), ("B", 1, "50.00")]
    return make.confirmed(items) if agreed else make.order(items)


def decide(order, policy, **more):
    return partial.decide(order.number, policy, by=make.BY, at=make.AT, **more)


def figures(order):
    order.refresh_from_db()
    lines = [(line.sku, line.quantity - line.cancelled, line.reserved) for line in order.lines.all()]
    held = list(order.holds.filter(closed_at=None).values_list("reason", flat=True))
    return lines, order.total_minor, order.status, held


def test_the_missing_pieces_become_an_order_of_their_own_and_the_rest_goes():
    order = short()
    rest = decide(order, SPLIT)
    assert figures(order) == ([("A", 3, 3), ("B", 0, 0)], 30000, "confirmed", [])
    assert figures(rest) == ([("A", 2, 0), ("B", 1, 0)], 25000, "new", ["out_of_stock"])
    assert rest.parent_id == order.pk


def test_the_rest_is_cancelled_and_nothing_is_owed_for_it():
    order = short()
    assert decide(order, REST).pk == order.pk
    assert figures(order) == ([("A", 3, 3), ("B", 0, 0)], 30000, "confirmed", [])
    assert Order.objects.count() == 1


def test_waiting_has_an_end_and_changes_nothing_else():
    order = short()
    decide(order, WAIT, until=make.AT + timedelta(days=3))
    assert figures(order)[2:] == ("confirmed", ["out_of_stock"])
    assert Hold.objects.get(order=order).until == make.AT + timedelta(days=3)


def test_what_nobody_agreed_yet_is_carried_out_by_the_sweep_once_it_is():
    order = short(agreed=False)
    decide(order, SPLIT)
    tasks.allocate()
    assert Order.objects.count() == 1, "the customer may say otherwise"
    Order.objects.filter(pk=order.pk).update(status="confirmed")
    tasks.allocate()
    tasks.allocate()
    assert Order.objects.filter(parent=order).count() == 1
    assert figures(order)[0] == [("A", 3, 3), ("B", 0, 0)]


def test_nothing_there_is_no_part_and_the_table_decides_nothing():
    order = make.confirmed([("B", 2, "50.00")])
    with pytest.raises(partial.NothingThere):
        decide(order, SPLIT)
    assert figures(order)[0] == [("B", 2, 0)]
    with pytest.raises(partial.TableHasIt):
        decide(make.packed([("A", 1, "100.00")]), REST)


def test_a_person_decides_on_the_card(client):
    make.shop(language="en")
    client.force_login(make.manager())
    order = short()
    shown = client.get(reverse("orders-card-sourcing", args=[order.pk]), headers={"HX-Request": "true"})
    assert "What is missing" in shown.content.decode()
    assert client.post(reverse("orders-card-partial", args=[order.pk]), {"policy": "no"}).status_code == 400
    assert client.post(reverse("orders-card-partial", args=[order.pk]), {"policy": "split"}).status_code == 302
    assert Order.objects.filter(parent=order).exists()


def test_a_program_decides_by_api():
    order, api = short(), make.client(make.manager())
    path = f"orders/{order.number}/partial"

    waits = api("PUT", path, {"policy": "wait", "until": "2026-12-01T10:00:00+03:00"}).json()
    assert (waits["policy"], waits["rest"], waits["holds"][0]["until"][:10]) == ("wait", order.number, "2026-12-01")
    split = api("PUT", path, {"policy": "split"}).json()

    assert figures(order)[0] == [("A", 3, 3), ("B", 0, 0)]
    rest = Order.objects.get(pk=split["rest"])
    assert [(line.sku, line.quantity) for line in rest.lines.order_by("position")] == [("A", 2), ("B", 1)]
    assert api("PUT", path, {"policy": "half"}).status_code == 400
    assert make.client(make.packer())("PUT", path, {"policy": "split"}).status_code in {403, 404}
