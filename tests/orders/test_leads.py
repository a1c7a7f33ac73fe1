"""Unfinished orders are rung after a while, once, and not at all when their customer ordered meanwhile."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders import calls
from orders.models import CallTask, Customer, JournalEvent, Mode, Order, ShopOrder
from tests import make
from tests.orders.inbox import shops

pytestmark = pytest.mark.django_db
PHONE = "+12025550143"
HOUR = timedelta(hours=1)


@pytest.fixture
def left():
    """A basket that was left at noon, in a shop that rings after an hour."""
    make.shop(call_leads_after_minutes=60, calls_on_holidays=True)
    channel = shops.shop()
    shops.hear(channel, basket(1))
    side = ShopOrder.objects.get()
    assert (side.meaning, bool(side.phone), Order.objects.count()) == ("lead", True, 0)
    return side


def basket(number, **fields):
    return shops.woo(number, status="checkout-draft", **fields)


def asked(side, after=HOUR):
    calls.ring_leads(at=side.placed_at + after)
    return list(CallTask.objects.filter(mode=Mode.LEAD, closed_at=None))


def test_basket_is_rung_after_the_shops_time_once_and_counted_nowhere(left):
    assert asked(left, HOUR - timedelta(seconds=1)) == []
    [task] = asked(left)
    assert [task] == asked(left, 2 * HOUR)

    left.refresh_from_db()
    assert (left.call, task.phone, task.order_id, task.due_at >= left.placed_at + HOUR) == (
        task,
        left.phone,
        None,
        True,
    )
    assert JournalEvent.objects.filter(kind="call.lead").count() == 1
    assert Order.objects.count() == 0


def test_nobody_is_rung_unless_the_shop_says_after_how_long(left):
    make.shop(call_leads_after_minutes=0)

    assert asked(left) == []


def test_two_baskets_of_one_phone_are_one_call(left):
    shops.hear(left.channel, basket(2))

    assert len(asked(left)) == 1
    assert ShopOrder.objects.exclude(call=None).count() == 2


@pytest.mark.parametrize("why", ["ordered", "by_another_phone", "blocked", "stale", "deleted", "theirs"])
def test_basket_is_left_alone(left, why):
    if why == "ordered":
        make.order(phone=left.phone, at=left.placed_at + timedelta(minutes=5))
    if why == "by_another_phone":
        known = make.order(phone=left.phone, at=left.placed_at - timedelta(days=9))
        other = make.order(phone="+12025550199", at=left.placed_at + timedelta(minutes=5))
        Order.objects.filter(pk=other.pk).update(customer=known.customer_id)
    if why == "blocked":
        known = make.order(phone=left.phone, at=left.placed_at - timedelta(days=9))
        Customer.objects.filter(pk=known.customer_id).update(mark=Customer.Mark.BLOCKED)
    if why == "deleted":
        ShopOrder.objects.update(deleted_at=left.live_at + timedelta(seconds=1))
    if why == "theirs":  # a marketplace's customer is not ours to ring
        type(left.channel).objects.filter(pk=left.channel_id).update(contact="optional")

    assert asked(left, timedelta(days=3) if why == "stale" else HOUR) == []


def test_call_ends_by_itself_when_they_order_but_not_under_the_one_who_talks(left):
    [task] = asked(left)
    at = max(task.due_at, left.placed_at + HOUR)
    nina = make.manager()
    taken = calls.take_next(nina.pk, at=at)
    make.order(phone=left.phone, at=at)

    calls.ring_leads(at=at)
    assert CallTask.objects.get(pk=task.pk).closed_at is None
    calls.settle(
        task.pk, calls.NewAttempt("no_answer"), by=nina.subject.actor, person=nina.pk, at=at, token=taken.token
    )
    calls.ring_leads(at=at + timedelta(hours=3))

    task.refresh_from_db()
    assert (taken.task.pk, task.closed_at) == (task.pk, at + timedelta(hours=3))
    assert CallTask.objects.filter(mode=Mode.CONFIRM, closed_at=None).exists()


def test_whoever_ordered_is_rung_before_whoever_did_not_finish(left):
    [task] = asked(left)
    CallTask.objects.filter(pk=task.pk).update(
        due_at=make.AT - timedelta(days=1), opened_at=make.AT - timedelta(days=1)
    )
    order = make.order(phone="+79160000001")
    at = max(order.call_tasks.get().due_at, make.AT)

    assert calls.take_next(make.manager().pk, at=at).task.order_id == order.pk


def test_tried_twice_and_then_left_alone(left):
    [task] = asked(left)
    nina, at = make.manager(), task.due_at
    for _call in range(2):
        task.refresh_from_db()
        at = max(at, task.due_at)
        calls.take(task.pk, person=nina.pk, at=at)
        calls.settle(task.pk, calls.NewAttempt("busy"), by=nina.subject.actor, person=nina.pk, at=at)

    task.refresh_from_db()
    assert (task.closed_at, Order.objects.count()) == (at, 0)


def test_card_shows_the_basket_and_the_form_begins_with_it(left):
    make.product("CUP", 10)
    ShopOrder.objects.update(placed_at=timezone.now() - 2 * HOUR)
    make.shop(calls_from="00:00", calls_until="23:59", calls_weekdays="1234567")
    calls.ring_leads(at=timezone.now())
    CallTask.objects.update(due_at=timezone.now())
    client = Client()
    client.force_login(make.manager())

    client.post(reverse("calls-next"))
    card = client.get(reverse("calls")).content.decode()
    left.refresh_from_db()
    line = left.said["lines"][0]
    form = client.get(f"{reverse('orders-new')}?lead={left.pk}").content.decode()

    assert f"?lead={left.pk}" in card
    assert line["name"] in card
    assert left.said["name"] in card, "whom to ask for, before anybody has a card of theirs"
    assert line["name"] in form
    assert left.said["phone"] in form
    assert client.get(f"{reverse('orders-new')}?lead=999999").status_code == 200


def test_call_says_what_they_ordered_meanwhile_so_that_no_basket_becomes_an_order_twice(left):
    make.product("CUP", 10)
    ShopOrder.objects.update(placed_at=timezone.now() - 2 * HOUR)
    make.shop(calls_from="00:00", calls_until="23:59", calls_weekdays="1234567", language="en")
    calls.ring_leads(at=timezone.now())
    CallTask.objects.update(due_at=timezone.now())
    client = Client()
    client.force_login(make.manager())
    client.post(reverse("calls-next"))
    assert "No order yet" in client.get(reverse("calls")).content.decode()

    order = make.order([("CUP", 1, "10.00")], phone=left.phone, at=timezone.now())

    card = client.get(reverse("calls")).content.decode()
    assert "They ordered since" in card
    assert "No order yet" not in card
    assert reverse("orders-card", args=[order.pk]) in card
