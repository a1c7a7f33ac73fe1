"""The order's moves: what is allowed, what follows, and that nothing else is."""

import itertools

import pytest
from django.db import transaction

from orders import calls, changes, lifecycle, merging
from orders.models import CallTask, Credit, JournalEvent, Order, StockLevel
from orders.status import MOVES, Status
from tests import make

ALL = list(Status)


@pytest.mark.parametrize("begins", ALL)
def test_unlisted_moves_are_refused(begins):
    """V2.3.1."""
    for to in set(ALL) - MOVES[begins]:
        with pytest.raises(lifecycle.ForbiddenMove):
            lifecycle._check(Order(number=1, status=begins), to)


def test_every_status_is_reachable():
    reached, before = {Status.NEW}, set()
    while reached != before:
        before = set(reached)
        reached |= set(itertools.chain.from_iterable(MOVES[status] for status in before))
    assert reached == set(ALL)


def test_tables_name_only_moves_that_exist():
    for table in (lifecycle.GOODS, lifecycle.WORK):
        for begins, ends in table:
            if isinstance(begins, lifecycle.Any_) or isinstance(ends, lifecycle.Any_):
                continue
            assert ends in MOVES[begins], (begins, ends)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ({"inside"}, Status.PACKED),
        ({"inside", "out"}, Status.HANDED_OVER),
        ({"out", "kept"}, Status.HANDED_OVER),
        ({"kept", "returning"}, Status.DELIVERED),
        ({"returning", "returned"}, Status.RETURNING),
        ({"returned", "lost"}, Status.RETURNED),
        ({"lost"}, Status.LOST),
        (set(), None),
    ],
)
def test_status_follows_from_the_parcels(states, status):
    assert lifecycle.derived(states) == status


@pytest.mark.django_db
def test_cancelled_order_frees_its_goods_closes_its_call_and_owes_its_money():
    make.product("A", 5)
    order = make.order([("A", 2, "10.00")], paid_minor=2_000)

    changes.cancel(order.number, "changed_mind", by=make.BY, at=make.AT)

    line = order.lines.get()
    assert (line.reserved, line.cancelled) == (0, 2)
    assert StockLevel.objects.get().reserved == 0
    assert not CallTask.objects.filter(closed_at=None).exists()
    assert (Credit.objects.get().amount_minor, Credit.objects.get().state) == (2_000, "due")


@pytest.mark.django_db
def test_customer_who_came_back_is_promised_anew_and_rung_again():
    make.product("A", 5)
    order = make.order([("A", 2, "10.00")])
    changes.cancel(order.number, "changed_mind", by=make.BY, at=make.AT)

    changes.reopen(order.number, by=make.BY, at=make.after(hours=1))

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.NEW, "")
    assert order.lines.get().reserved == 2
    assert CallTask.objects.filter(order=order, closed_at=None).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("line", list(lifecycle.GOODS))
def test_every_line_of_goods_is_needed(line, monkeypatch):
    """Negative control: without any one line the promises of stock and lines no longer agree."""
    product = make.product("A", 5)
    short = {pair: rule for pair, rule in lifecycle.GOODS.items() if pair != line}
    monkeypatch.setattr(lifecycle, "GOODS", short)
    order = make.order([("A", 2, "10.00")])
    begins, ends = line
    if begins is None:
        whole = make.order([("A", 5, "10.00")])  # two of them short, until they are cut off
        make.fill(product, 2)
        order = merging.split(whole.number, {whole.lines.get().pk: 2}, by=make.BY, at=make.AT)
    if line == (Status.NEW, Status.CONFIRMED):
        calls.free(order.number, at=make.after(days=9))
        walk(order, Status.CONFIRMED)
    elif begins is not None and begins != Status.CANCELLED:
        walk(order, begins)
    if ends == Status.CANCELLED or begins == Status.CANCELLED:
        changes.cancel(order.number, "other", by=make.BY, at=make.AT)
    if begins == Status.CANCELLED:
        changes.reopen(order.number, by=make.BY, at=make.AT)

    row = order.lines.get()
    wanted = {Status.CANCELLED: (0, 2)}.get(ends, (2, 0))
    assert (row.reserved, row.cancelled) != wanted


def walk(order: Order, to: Status) -> None:
    """Move an order forward without its goods being touched."""
    with transaction.atomic():
        for status in (Status.CONFIRMED, Status.PICKING, Status.PACKED):
            if order.status == to:
                return
            locked = Order.objects.lock(order.number)
            lifecycle.move([locked], status, by=make.BY, at=make.AT)
            order.status = status


@pytest.mark.django_db
def test_version_is_the_seq_of_the_last_event():
    make.product("A", 5)
    order = make.order([("A", 2, "10.00")])
    changes.cancel(order.number, "other", by=make.BY, at=make.AT)

    order.refresh_from_db()
    assert list(JournalEvent.objects.filter(order=order).order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert order.version == 2
