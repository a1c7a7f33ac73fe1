"""Two orders become one, one is cut in two: goods, promises and money add up to the same before and after."""

import pytest
from django.db.models import Sum
from django.utils import translation

from orders import intake, merging, payments, queues
from orders.merging import Strategy
from orders.models import JournalEvent, Order, OrderLine, OrderLink, Payment, StockLevel
from orders.status import HoldReason, Status
from orders.web.journal import tell_events
from orders.web.telling import Moment
from shopdesk.base.errors import Malformed, Missing
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods():
    make.product("A", 10)
    make.product("B", 10)


def lines(order: Order) -> dict[str, tuple[int, int, int]]:
    """SKU -> (pieces, promised, total) of what is not cancelled."""
    rows = OrderLine.objects.filter(order=order).order_by("position")
    return {row.sku: (row.quantity, row.reserved, row.total_minor) for row in rows if row.cancelled < row.quantity}


def promised() -> dict[str, int]:
    return dict(StockLevel.objects.order_by("product__sku").values_list("product__sku", "reserved"))


def adds_up() -> bool:
    """Whether the levels know exactly what the lines have, and every order its lines."""
    by_lines = OrderLine.objects.values("product__sku").annotate(sum=Sum("reserved")).values_list("product__sku", "sum")
    sums = Order.objects.annotate(sum=Sum("lines__total_minor"))
    return {**dict.fromkeys(promised(), 0), **dict(by_lines)} == promised() and all(
        order.sum == order.items_minor for order in sums
    )


@pytest.mark.parametrize(
    ("strategy", "expected", "left"),
    [
        (Strategy.SUM, {"A": (5, 5, 64500), "B": (1, 1, 5000)}, {"A": 5, "B": 1}),
        (Strategy.MAX, {"A": (3, 3, 38700), "B": (1, 1, 5000)}, {"A": 3, "B": 1}),
        (Strategy.KEEP, {"A": (2, 2, 25800)}, {"A": 2, "B": 0}),
    ],
)
def test_items_are_merged_by_the_strategy(strategy, expected, left):
    kept = make.order([("A", 2, "129.00")])
    gone = make.order([("A", 3, "129.00"), ("B", 1, "50.00")], external_id="X-2")

    merging.merge(kept.pk, gone.pk, strategy, by=make.BY, at=make.AT)

    assert lines(kept) == expected
    assert promised() == left
    assert adds_up()
    gone.refresh_from_db()
    assert (gone.status, gone.cancel_reason) == (Status.CANCELLED, "duplicate")
    link = OrderLink.objects.get()
    assert (link.first_id, link.second_id, link.kind) == (gone.pk, kept.pk, "merged")
    assert JournalEvent.objects.filter(order=kept, kind="order.merged").exists()


def test_promises_move_and_are_not_made_anew():
    """With the shelf bare for everybody else, the merged order keeps every piece the two had."""
    kept = make.order([("A", 4, "129.00")])
    gone = make.order([("A", 6, "129.00")])
    rival = make.order([("A", 5, "129.00")], phone="+79160000000")

    merging.merge(kept.pk, gone.pk, Strategy.SUM, by=make.BY, at=make.AT)

    assert lines(kept)["A"][:2] == (10, 10)
    assert lines(rival)["A"][:2] == (5, 0)


def test_short_survivor_takes_what_the_loser_had():
    gone = make.order([("A", 10, "129.00")])
    kept = make.order([("A", 3, "129.00")])
    assert kept.holds.get(closed_at=None).reason == HoldReason.OUT_OF_STOCK

    merging.merge(kept.pk, gone.pk, Strategy.KEEP, by=make.BY, at=make.AT)

    assert lines(kept)["A"][:2] == (3, 3)
    assert not kept.holds.filter(closed_at=None).exists()
    assert adds_up()


def test_money_moves_and_nothing_is_owed_back():
    kept, gone = make.order(), make.order()
    payments.record(gone.pk, 5000, account=Payment.Account.ACQUIRER, by=make.BY, at=make.AT)

    merging.merge(kept.pk, gone.pk, Strategy.SUM, by=make.BY, at=make.AT)

    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.paid_minor, gone.paid_minor) == (5000, 0)
    assert not gone.credits.exists()
    assert Payment.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 5000


def test_shop_of_the_loser_sees_the_survivor():
    kept = make.order(external_id="X-1")
    gone = make.order(external_id="X-2", comment="other")
    merging.merge(kept.pk, gone.pk, Strategy.SUM, by=make.BY, at=make.AT)

    again = intake.take_in(make.new_order(external_id="X-2", comment="other"), by=make.BY, at=make.AT)

    assert (again.order.pk, again.created) == (kept.pk, False)
    assert Order.objects.count() == 2


def test_what_cannot_be_merged_is_refused_and_nothing_changes():
    kept, packing = make.order(), make.picking()
    for other, refusal in ((packing.pk, merging.NotAside), (kept.pk, merging.SameOrder), (10**9, Missing)):
        with pytest.raises(refusal):
            merging.merge(kept.pk, other, Strategy.SUM, by=make.BY, at=make.AT)
    other = make.order(currency="USD", channel=make.channel("usd", currency="USD"))
    with pytest.raises(merging.NotAlike):
        merging.merge(kept.pk, other.pk, Strategy.SUM, by=make.BY, at=make.AT)
    assert adds_up()


def test_order_is_cut_in_two_to_the_last_unit():
    order = make.confirmed([("A", 3, "33.33"), ("B", 1, "50.00")], delivery_minor=300)
    first = order.lines.get(sku="A")

    part = merging.split(order.pk, {first.pk: 2}, by=make.BY, at=make.AT)

    order.refresh_from_db()
    assert lines(order) == {"A": (1, 1, 3333), "B": (1, 1, 5000)}
    assert lines(part) == {"A": (2, 2, 6666)}
    assert (order.total_minor, part.total_minor) == (3333 + 5000 + 300, 6666)
    part.refresh_from_db()
    assert (part.parent_id, part.status, part.customer_id) == (order.pk, Status.CONFIRMED, order.customer_id)
    assert adds_up()


def test_part_that_was_cut_off_is_found_by_its_own_number():
    order = make.order([("A", 2, "10.00")])
    Order.objects.filter(pk=order.pk).update(contact_name="Zinaida")
    order.refresh_from_db()
    part = merging.split(order.pk, {order.lines.get().pk: 1}, by=make.BY, at=make.AT)

    assert str(part.pk) in part.search_keys.values_list("key", flat=True)
    assert set(queues.found(Order.objects.all(), "zinai")) == {part}, "the older one's keys are of its own day"


def test_what_is_short_is_cut_off_and_the_rest_goes():
    order = make.order([("A", 12, "10.00"), ("B", 1, "50.00")])
    assert order.holds.filter(closed_at=None).exists()
    line = order.lines.get(sku="A")

    part = merging.split(order.pk, {line.pk: 2}, by=make.BY, at=make.AT)

    assert not order.holds.filter(closed_at=None).exists()
    assert lines(order)["A"][:2] == (10, 10)
    assert lines(part)["A"][:2] == (2, 0)
    assert part.holds.get(closed_at=None).reason == HoldReason.OUT_OF_STOCK
    assert adds_up()


def test_whole_line_may_be_cut_off_and_never_everything():
    order = make.order([("A", 2, "10.00"), ("B", 1, "50.00")])
    first, second = order.lines.order_by("position")
    with pytest.raises(merging.NothingLeft):
        merging.split(order.pk, {first.pk: 2, second.pk: 1}, by=make.BY, at=make.AT)
    with pytest.raises(Malformed):
        merging.split(order.pk, {first.pk: 3}, by=make.BY, at=make.AT)

    part = merging.split(order.pk, {first.pk: 2}, by=make.BY, at=make.AT)

    assert set(lines(order)) == {"B"}
    assert lines(part)["A"] == (2, 2, 2000)
    assert adds_up()


def test_two_orders_are_linked_once_and_apart_again():
    one, other = make.order(), make.order()
    made = merging.link(one.pk, other.pk, by=make.BY, at=make.AT)

    assert merging.link(one.pk, other.pk, by=make.BY, at=make.AT) == made
    assert JournalEvent.objects.filter(kind="order.linked").count() == 2
    merging.unlink(made.pk, by=make.BY, at=make.AT)
    assert not OrderLink.objects.exists()
    with pytest.raises(merging.SameOrder):
        merging.link(one.pk, one.pk, by=make.BY, at=make.AT)


def test_journal_names_the_other_order():
    first, second, third = (make.order([("A", 2, "10.00")]) for _ in range(3))
    merging.merge(first.pk, second.pk, Strategy.SUM, by=make.BY, at=make.AT)
    part = merging.split(first.pk, {first.lines.get().pk: 1}, by=make.BY, at=make.AT)
    merging.link(first.pk, third.pk, by=make.BY, at=make.AT)

    events = JournalEvent.objects.filter(order=first, kind__in=["order.merged", "order.split", "order.linked"])
    with translation.override("en"):
        told = tell_events(events.order_by("seq"), {}, Moment.of(make.AT))
    assert [one.note for one in told] == [f"Order {other.pk}" for other in (second, part, third)]
