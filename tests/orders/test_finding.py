"""Finding orders by what very many keys begin with: the same orders, and no walk along all of them to count."""

import pytest

from orders import queues
from orders.models import Order, SearchKey
from orders.web import filters
from tests import make

pytestmark = pytest.mark.django_db


def numbers(text):
    return set(queues.found(Order.objects.all(), text).values_list("pk", flat=True))


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(queues, "COUNTED", 2)


def test_many_are_told_as_many_by_some_customers(few):
    annas = {make.order(phone=f"+7916123000{n}", name="Анна").number for n in range(3)}
    make.order(phone="+79161230009", name="Пётр")
    sought = queues.sought("анна")
    assert sought.are_many(Order.objects.all())
    assert not sought.are_many(Order.objects.filter(number__in=[min(annas)])), "fewer are left by the other filters"
    assert numbers("анна") == annas


def test_one_customer_with_many_keys_is_not_many(few):
    order = make.order(phone="+79161230001", name="Анна Аннанова")
    assert SearchKey.objects.filter(key__startswith="анна").count() >= 2
    assert not queues.sought("анна").are_many(Order.objects.all())
    assert numbers("анна") == {order.number}


def test_an_order_in_another_name_than_its_customers_is_found_among_many(few):
    first = make.order(phone="+79161230001", name="Анна")
    second = make.order(phone="+79161230001", name="Борис Борисов")
    assert numbers("бор") == {second.number}
    assert numbers("анна") == {first.number, second.number}


def test_few_are_not_told_as_many():
    make.order(name="Анна")
    assert not queues.sought("анна").are_many(Order.objects.all())


def test_pages_of_what_is_found_among_many_follow_each_other(few, client, monkeypatch):
    monkeypatch.setattr(filters, "ROWS", 2)
    client.force_login(make.manager())
    annas = [make.order(phone=f"+7916123000{n}", name="Анна").number for n in range(5)]
    make.order(phone="+79161230009", name="Пётр")
    asked, shown = {"q": "анна"}, []
    for _page in range(3):
        answer = client.get("/orders", asked)
        shown += [row.number for row in answer.context["page"].orders]
        asked = {"q": "анна", "before": str(shown[-1])}
    assert shown == sorted(annas, reverse=True)
    back = client.get("/orders", {"q": "анна", "after": str(shown[-1])})
    assert [row.number for row in back.context["page"].orders] == shown[2:4]
    assert not client.get("/orders", {"q": "анна", "view": "pack"}).context["page"].orders


@pytest.fixture
def desk(client):
    client.force_login(make.manager())
    return client


def test_search_answers_a_fragment_to_htmx_and_keeps_the_field(desk):
    found = make.order(phone="+79161230099")
    make.order(phone="+79167770000", name="Пётр")

    fragment = desk.get("/orders?q=0099", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()

    assert f'data-row="{found.number}"' in fragment
    assert fragment.count("data-row") == 1
    assert "<html" not in fragment


@pytest.mark.parametrize("text", ["анна", "0001", "B-7", "UNKNOWN"])
def test_search_finds_the_same_among_few_and_among_many(desk, monkeypatch, text):
    make.product("B-7", on_hand=1)
    order = make.order([("B-7", 1, "1.00"), ("UNKNOWN", 1, "1.00")], phone="+79161230001", name="Анна")
    make.order(phone="+79167770000", name="Пётр")

    for most in (1_000, 1):
        monkeypatch.setattr(queues, "COUNTED", most)
        if (most, text) != (1, "UNKNOWN"):  # what no product is known for is looked up, never walked to
            assert [row.number for row in desk.get("/orders", {"q": text}).context["page"].orders] == [order.number]
