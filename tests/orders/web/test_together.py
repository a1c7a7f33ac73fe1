"""The pages of orders that belong together: merged, cut in two, copied, linked."""

import pytest
from django.urls import reverse

from orders.models import Order, OrderLink
from orders.neworders import Address
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def owner(client):
    make.shop(language="en")
    make.product("A", 10)
    made = make.owner()
    client.force_login(made)
    return made


def body(client, name: str, *args: int, **headers: str) -> str:
    response = client.get(reverse(name, args=args), headers=headers)
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_two_that_look_alike_become_one(client, owner):
    where = Address(text="Sadovaya 1")
    kept, gone = (make.order([("A", pieces, "129.00")], address=where) for pieces in (2, 1))

    assert reverse("orders-card-merge", args=[kept.pk, gone.pk]) in body(client, "orders-card", kept.pk)
    asked = body(client, "orders-card-merge", kept.pk, gone.pk)
    assert "becomes a part of it" in asked
    assert f"Customer, address, day and payment are those of order {kept.pk}." in asked
    assert asked.count(kept.contact_name) == 2, "whose the two are stands on both"
    assert asked.count("Sadovaya 1") == 2
    client.post(reverse("orders-card-merge", args=[kept.pk, gone.pk]), {"strategy": "sum"})

    assert kept.lines.get().quantity == 3
    text = body(client, "orders-card-together", kept.pk, **{"HX-Request": "true"})
    assert "Swallowed" in text
    assert str(gone.pk) in text


def test_order_is_cut_in_two(client, owner):
    order = make.order([("A", 12, "129.00")])
    line = order.lines.get()

    assert 'value="2"' in body(client, "orders-card-split", order.pk), "what is missing is proposed"
    client.post(reverse("orders-card-split", args=[order.pk]), {f"pieces-{line.pk}": "2"})

    part = Order.objects.get(parent=order)
    assert part.lines.get().quantity == 2
    wrong = client.post(reverse("orders-card-split", args=[order.pk]), {f"pieces-{line.pk}": "x"})
    assert wrong.status_code in {400, 422}


def test_copy_is_looked_at_before_it_is_taken_in(client, owner):
    order = make.order([("A", 2, "129.00")])

    text = body(client, "orders-card-copy", order.pk)
    assert f'name="copy_of" value="{order.pk}"' in text
    assert "Анна Смирнова" in text
    assert Order.objects.count() == 1
    said = {
        "name": "Анна Смирнова", "phone": make.PHONE, "payment": "cod", "currency": "RUB", "key": "k", "anyway": "1",
        "copy_of": order.pk, "line": "", "sku": "A", "label": "A", "quantity": "2", "price": "129.00", "off": "0",
        "delivery": "0", "discount": "0",
    }  # fmt: skip
    client.post(reverse("orders-new"), said)

    copied = Order.objects.order_by("-number").first()
    assert OrderLink.objects.get(first=copied, second=order).kind == "copy"


def test_orders_are_linked_and_apart_again(client, owner):
    one, other = make.order(), make.order()
    client.post(reverse("orders-card-links", args=[one.pk]), {"other": other.pk})
    made = OrderLink.objects.get()

    assert str(one.pk) in body(client, "orders-card-together", other.pk, **{"HX-Request": "true"})
    assert client.post(reverse("orders-card-links", args=[one.pk]), {"other": 10**9}).status_code == 404
    client.post(reverse("orders-card-unlink", args=[other.pk, made.pk]))
    assert not OrderLink.objects.exists()
