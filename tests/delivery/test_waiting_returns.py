"""Returns that wait at their courier: until when for nothing, what each class of return is, who pays for it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from delivery import queues, returns, wayback
from delivery.models import Return
from orders.models import Courier, Shop
from reports.workfacts import COMEBACK
from tests import make

pytestmark = pytest.mark.django_db
BY = make.BY


@pytest.fixture(autouse=True)
def post():
    make.shop()
    make.product("A", on_hand=50)
    return make.courier("post", kind="post", return_free_days=5, return_day_minor=30_00)


def sent(items=(("A", 2, "100.00"),)):
    return make.handed_over(items, code="post", courier="post")


def said(order, code, **fields) -> Return | None:
    make.said(order, code, courier_code="post", **fields)
    return Return.objects.filter(order=order).first()


def storage(row, days: int, courier: Courier) -> tuple[date, int] | None:
    found = wayback.storage(row, courier, make.after(days=days).date(), Shop.current())
    return found and (found.free_until, found.cost_minor)


@pytest.mark.parametrize(
    ("days", "cost"),
    [(0, 0), (5, 0), (6, 30_00), (8, 90_00)],  # it got there on the 23rd: free through the 28th
)
def test_it_waits_for_nothing_for_so_many_days_and_then_each_costs(post, days, cost):
    row = said(sent(), "returned")

    assert storage(row, days, post) == (date(2026, 11, 28), cost)


def test_nothing_runs_before_it_is_there_and_nothing_once_it_is_here(post):
    order = sent()
    assert storage(said(order, "returning"), 9, post) is None
    row = said(order, "returned", at=make.after(days=3))
    assert storage(row, 9, post) == (date(2026, 12, 1), 30_00)

    returns.receive_parcels([row.parcel.number], by=BY, at=make.after(days=9))
    row.refresh_from_db()
    assert storage(row, 9, post) is None


def test_a_courier_that_says_nothing_of_days_has_no_date(post):
    post.return_free_days = None

    assert storage(said(sent(), "returned"), 9, post) is None


def test_the_day_counts_by_the_couriers_clock_in_any_order_of_news(post):
    early, late = sent(), sent()
    said(early, "returning")
    said(early, "returned", at=make.after(days=2))
    said(late, "returned", at=make.after(days=2))
    said(late, "returning")

    assert {row.waits_since for row in Return.objects.all()} == {make.after(days=2)}


def test_delivered_after_all_waits_nowhere(post):
    order = sent()
    said(order, "returned")
    assert said(order, "delivered", at=make.after(hours=5)) is None


def test_it_is_looked_at_before_a_day_costs(post):
    """Looked at when the free days end, though a return has a week where nobody knows of any."""
    row = said(sent(), "returned")
    assert row.check_at == make.after(days=5)
    assert row.order_id in {one.pk for one in queues.overdue(make.after(days=5, minutes=1))}

    Courier.objects.update(return_free_days=None)
    assert said(sent(), "returned").check_at == make.after(days=7)


# --- the classes ---


def came_back(code, reason="", found="", kept=None) -> Return:
    order = sent()
    fields = {"delivered": kept} if kept is not None else {}
    row = said(order, code, reason=reason, **fields)
    pieces = [returns.Inspected("A", line.quantity, "bin", "MAIN", found) for line in row.lines.all()]
    return returns.inspect(row.pk, pieces, by=BY, at=make.after(hours=1))


CLASSES = [
    ("refused", "shop", ("returning",)),
    ("uncollected", "shop", ("returning", "uncollected")),
    ("after_inspection", "shop", ("delivered", "does_not_fit", "", [("A", 1)])),
    ("damaged", "courier", ("returning", "damaged")),
    ("damaged", "courier", ("delivered", "damaged", "", [("A", 1)])),
    ("damaged", "courier", ("returning", "price", "transport")),
    ("refused", "shop", ("returning", "damaged", "unused")),  # nothing was wrong with it
]


@pytest.mark.parametrize(("counts_as", "payer", "story"), CLASSES)
def test_every_class_is_told_apart_and_has_its_payer(counts_as, payer, story):
    row = came_back(*story)

    assert wayback.class_of(row, row.lines.all()) == counts_as
    assert wayback.who_pays(row, row.lines.all()) == payer
    counted = COMEBACK.rows("default").values_list("counts_as", flat=True)
    assert list(counted) == [counts_as]


def test_a_customers_own_return_is_none_of_the_couriers():
    order = make.delivered()
    new = returns.NewReturn(Return.Kind.DAMAGED, [returns.Comeback("A", 1)], order=order.number)
    row = returns.announce([new], by=BY, at=make.AT)[0]
    returns.inspect(row.pk, [returns.Inspected("A", 1, "scrap")], by=BY, at=make.AT)

    assert not COMEBACK.rows("default").exists()


def test_lost_is_a_class_of_its_own_and_no_return(post):
    order = sent()
    assert said(order, "lost") is None
    order.refresh_from_db()
    assert order.status == "lost"


def test_the_page_says_until_when_it_waits_and_who_pays(client, post):
    client.force_login(make.owner())
    order, coming = sent(), sent()
    make.said(order, "returned", courier_code="post", at=timezone.now() - timedelta(days=8))
    make.said(coming, "returning", courier_code="post")
    Return.objects.filter(order=order).update(waits_since=timezone.now() - timedelta(days=8))

    taken = client.get("/returns?view=take").content.decode()
    assert f"P-{order.number}-1" in taken
    assert f"P-{coming.number}-1" not in taken
    assert "The shop" in taken
    assert "90" in taken  # three days beyond the fifth
    on_way = client.get("/returns?view=coming").content.decode()
    assert f"P-{coming.number}-1" in on_way
    assert "5 days once it is there" in on_way
    assert f"P-{order.number}-1" not in on_way
