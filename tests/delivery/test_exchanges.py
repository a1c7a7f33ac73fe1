"""One out, one in, one difference."""

import pytest
from django.urls import reverse

from delivery import documents, exchanges, returns
from delivery.exchanges import Instead
from delivery.models import Return
from delivery.returns import Comeback, NewReturn
from orders import changes
from orders.carrying import CannotCarry
from orders.models import Courier, Credit, Order, OrderLink
from tests import make
from tests.printed import read

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 9, price="1000.00")
    make.product("DEAR", 9, price="1200.00")
    make.product("CHEAP", 9, price="800.00")


def swap(order, sku, pieces=1, **more):
    new = NewReturn(Return.Kind.EXCHANGE, [Comeback("A", pieces)], order=order.number, **more)
    return exchanges.exchange(new, [Instead(sku, pieces)], by=make.BY, at=make.AT)


def inspect(row):
    returns.inspect(row.pk, [returns.Inspected("A", 1, "bin")], by=make.BY, at=make.AT)
    return list(Credit.objects.values_list("order", "amount_minor"))


def test_a_dearer_one_goes_out_and_the_difference_is_taken_at_the_door():
    old = make.delivered([("A", 1, "1000.00")], courier=make.courier().code)
    row = swap(old, "DEAR")
    new = row.exchange
    assert (new.status, new.total_minor, new.paid_minor, new.due_minor) == ("confirmed", 120000, 100000, 20000)
    assert new.lines.get().reserved == 1
    assert OrderLink.objects.get(first=new, second=old).kind == "exchange"
    assert inspect(row) == [], "what came back is spent already"
    old.refresh_from_db()
    assert old.paid_minor == 0


def test_a_cheaper_one_goes_out_paid_and_the_rest_is_owed_back():
    old = make.delivered([("A", 1, "1000.00")])
    row = swap(old, "CHEAP")
    assert (row.exchange.due_minor, row.exchanged_minor) == (0, 80000)
    assert inspect(row) == [(old.pk, 20000)]


def test_what_stays_with_the_customer_stays_paid():
    old = make.delivered([("A", 3, "1000.00")])
    row = swap(old, "DEAR")
    assert (row.exchange.due_minor, row.exchanged_minor) == (20000, 100000)
    assert inspect(row) == []
    other = returns.announce([NewReturn(Return.Kind.AFTER_DELIVERY, [Comeback("A", 1)], order=old.number)],
                             by=make.BY, at=make.AT)[0]  # fmt: skip
    assert inspect(other) == [(old.pk, 100000)], "a piece that comes back for money is owed whole"


def test_a_refused_exchange_gives_its_money_back():
    old = make.delivered([("A", 1, "1000.00")])
    new = swap(old, "CHEAP").exchange
    changes.cancel(new.number, "changed_mind", by=make.BY, at=make.AT)
    assert list(Credit.objects.values_list("order", "amount_minor")) == [(new.pk, 80000)]


def test_twice_under_one_reference_is_one_and_nothing_instead_is_none():
    old = make.delivered([("A", 2, "1000.00")])
    first = swap(old, "DEAR", reference="X-1")
    assert swap(old, "DEAR", reference="X-1").pk == first.pk
    assert Order.objects.count() == 2
    with pytest.raises(exchanges.NothingInstead):
        exchanges.exchange(NewReturn(Return.Kind.EXCHANGE, [Comeback("A", 1)], order=old.number), [], by=make.BY,
                           at=make.AT)  # fmt: skip
    with pytest.raises(returns.UnknownProduct):
        swap(old, "NEVER")
    assert (Return.objects.count(), Order.objects.count()) == (1, 2)


def test_a_courier_that_takes_no_money_takes_no_difference():
    old = make.delivered([("A", 1, "1000.00")], courier=make.courier().code)
    Courier.objects.update(takes_cod=False)
    with pytest.raises(CannotCarry):
        swap(old, "DEAR")
    assert (Return.objects.count(), Order.objects.count()) == (0, 1)
    assert swap(old, "CHEAP").exchange.due_minor == 0


def test_a_manager_exchanges_on_the_page_and_prints_the_act_of_return(client):
    make.shop(language="en")
    client.force_login(make.manager())
    old = make.delivered([("A", 1, "1000.00")])
    body = {"order": old.number, f"line-{old.lines.get().pk}": "1", "kind": "exchange", "sku-0": "DEAR", "out-0": "1"}
    assert client.post(reverse("returns-new"), body | {"sku-0": ""}).status_code == 409
    assert client.post(reverse("returns-new"), body).status_code == 302
    row = Return.objects.get()
    assert f"Instead: order {row.exchange_id}" in client.get(reverse("returns-card", args=[row.pk])).content.decode()
    assert client.get(reverse("returns-paper", args=[row.pk])).headers["Content-Type"] == "application/pdf"
    (sheet,) = read(documents.print_return(row.pk, by=make.BY, at=make.AT))
    assert "Act of return" in sheet.text
    assert "Received: name, signature" in sheet.text
