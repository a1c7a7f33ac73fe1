"""Rows of the order list that are kept for a minute: nobody is shown what is no longer so, or another's language."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from orders import changes, labels, listed, merging, queues
from orders.models import Order, StatusLabel
from orders.neworders import Address
from orders.status import CancelReason, HoldReason
from orders.web import rows
from orders.web.telling import Moment
from shopdesk.base.access import Kind, Subject
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    rows._written.clear()


def shown(at=make.AT) -> str:
    boss = make.owner().subject
    with time_machine.travel(at, tick=False):
        orders = listed.read(listed.orders(boss).order_by("-number"))
        return "".join(rows.rows_of(orders, boss, Moment.of(at)))


def test_row_is_written_once_a_minute_whoever_asks(monkeypatch):
    make.order()
    first = shown()
    monkeypatch.setattr(rows, "_row", lambda *_said: pytest.fail("written again"))

    assert shown() == first


def test_every_change_is_shown_at_once():
    make.product("A", 10)
    made = make.order()
    seen = {shown()}

    changes.hold(made.pk, HoldReason.HIGH_RISK, by=make.BY, at=make.AT)
    seen.add(shown())
    Order.objects.filter(pk=made.pk).update(contact_name="Somebody Else")
    seen.add(shown())
    label = StatusLabel.objects.create(status=made.status, code="wrap", name="Wrap it", position=1, colour="blue")
    labels.put_on(made.pk, label.pk, by=make.BY, at=make.AT)
    seen.add(shown())
    with translation.override("ru"):
        seen.add(shown())
    seen.add(shown(make.AT + timedelta(minutes=1)))

    assert len(seen) == 6
    assert len(rows._written) == 1, "what is older than this minute is forgotten"


def test_order_that_may_be_there_twice_is_marked_with_its_reason():
    make.product("A", 10)
    make.product("B", 10)
    for sku, address in (("A", "Sadovaya 1"), ("A", "Sadovaya 1"), ("A", "Lesnaya 9")):
        make.order([(sku, 1, "10.00")], address=Address(text=address))
    marks = [row.alike for row in listed.read(listed.orders(make.owner().subject).order_by("number"))]
    assert marks == [3, 3, 2], "the first two go to one address, the third has the same goods"
    assert shown().count("twice? goods, address") == 2

    changes.cancel(Order.objects.earliest("number").pk, "duplicate", by=make.BY, at=make.AT)
    assert shown().count("twice? goods<") == 2, "what is cancelled is nobody's rival"


def test_honest_repeat_and_another_customer_are_not_marked():
    make.product("A", 10)
    make.product("B", 10)
    make.order([("A", 1, "10.00")], phone="+79161230001")
    make.order([("A", 1, "10.00")], phone="+79161230002")
    make.order([("A", 1, "10.00")], phone="+79161230003")
    make.order([("A", 1, "10.00")], phone="+79161230003", placed_at=make.AT - timedelta(days=15))
    make.order([("A", 1, "10.00")], phone="+79161230004")
    make.order([("B", 1, "10.00")], phone="+79161230004", address=Address(text="elsewhere"))

    rows = listed.read(listed.orders(make.owner().subject).order_by("number"))
    assert [row.alike for row in rows] == [None, None, None, None, 0, 0]


def test_what_was_taken_off_or_has_no_sku_is_not_in_common_on_the_list_nor_on_the_card():
    make.product("A", 10)
    make.product("B", 10)
    first = make.order([("A", 1, "10.00"), ("", 1, "5.00")], address=Address(text="Sadovaya 1"))
    second = make.order([("A", 1, "10.00"), ("B", 1, "10.00"), ("", 1, "5.00")], address=Address(text="Lesnaya 9"))
    off = changes.Edit(lines=[changes.LineEdit(0, id=second.lines.get(sku="A").pk)])
    changes.edit(second.pk, off, version=second.version, by=make.BY, at=make.AT)

    subject = make.owner().subject
    assert [row.alike for row in listed.read(listed.orders(subject).order_by("number"))] == [0, 0]
    assert [one["verdict"] for one in queues.duplicates(first, subject)] == ["add_on"]


def test_orders_that_belong_together_and_a_cancelled_one_are_no_suspicion():
    make.product("A", 30)
    first, second = (make.order([("A", 3, "10.00")]) for _ in range(2))
    third = make.order([("A", 3, "10.00")], phone="+79161230009")
    part = merging.split(third.pk, {third.lines.get().pk: 1}, by=make.BY, at=make.AT)
    subject = make.owner().subject
    assert [one["number"] for one in queues.duplicates(first, subject)] == [second.pk]

    merging.link(first.pk, second.pk, by=make.BY, at=make.AT)

    for order in (first, second, third, part):
        order.refresh_from_db()
        assert queues.duplicates(order, subject) == []
    assert [row.alike for row in listed.read(listed.orders(subject).order_by("number"))] == [None] * 4
    changes.cancel(first.pk, CancelReason.DUPLICATE, by=make.BY, at=make.AT)
    fourth = make.order([("A", 3, "10.00")])
    first.refresh_from_db()
    assert (queues.duplicates(first, subject), [one["number"] for one in queues.duplicates(fourth, subject)]) == (
        [], [second.pk],
    )  # fmt: skip


def test_a_storefront_hears_of_the_rivals_that_its_scope_lets_it_see_and_of_no_others():
    """Which those are is said in SQL there, for speed: word for word what `Order`'s own scope says."""
    site, other = make.channel("site"), make.channel("other")
    mine, _theirs, again = (make.order(channel=channel) for channel in (site, other, site))
    subject = Subject(Kind.STOREFRONT, code="site")
    seen = Order.objects.for_subject(subject).exclude(pk=again.pk).values_list("pk", flat=True)

    assert [one["number"] for one in queues.duplicates(again, subject)] == list(seen) == [mine.pk]
    assert len(queues.duplicates(again, make.owner().subject)) == 2
