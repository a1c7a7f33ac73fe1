"""Taking orders in: once, whatever their data look like, with everything that follows."""

import pytest

from orders import holdnotes, intake
from orders.models import (
    CallTask,
    Customer,
    CustomerPhone,
    Hold,
    JournalEvent,
    Order,
    OrderLine,
    Payment,
    SearchKey,
    StockLevel,
)
from orders.status import Status
from shopdesk.base import bulk
from shopdesk.base.errors import KeyReused
from tests import make

pytestmark = pytest.mark.django_db


OF_A_RUN = {"id", "number", "order_id", "customer_id", "event_id", "recorded_at"}  # drawn anew each time


def holds_of(order: Order) -> list[str]:
    return sorted(Hold.objects.filter(order=order, closed_at=None).values_list("reason", flat=True))


def test_order_is_taken_in_with_everything_that_follows():
    make.product("A", 10)

    order = make.order([("A", 2, "129.00")])

    line = order.lines.get()
    assert (order.status, order.version, order.total_minor) == (Status.NEW, 1, 25_800)
    assert (line.reserved, line.wanted) == (2, 0)
    assert StockLevel.objects.get(product__sku="A").reserved == 2
    assert CallTask.objects.get(order=order).mode == "confirm"
    assert JournalEvent.objects.get(order=order).kind == "order.taken"
    assert holds_of(order) == []


def test_same_order_again_is_the_one_that_exists():
    make.product("A", 10)
    new = make.new_order(external_id="S-1", body_hash="x")
    first = intake.take_in(new, by=make.BY, at=make.AT)

    again = intake.take_in(new, by=make.BY, at=make.after(minutes=5))

    assert (again.created, again.order.number) == (False, first.order.number)
    assert StockLevel.objects.get(product__sku="A").reserved == 1


def test_same_id_with_another_body_is_refused():
    make.order(external_id="S-1", body_hash="x")

    with pytest.raises(intake.OrderExists):
        make.order(external_id="S-1", body_hash="y")

    assert Order.objects.count() == 1


def test_batch_with_one_id_twice_makes_one_order():
    new = [make.new_order(external_id="S-1", body_hash="x"), make.new_order(external_id="S-1", body_hash="x")]

    taken = intake.take_in_many(new, by=make.BY, at=make.AT)

    assert [one.created for one in taken] == [True, False]
    assert Order.objects.count() == 1


def test_two_lines_of_one_sku_share_what_there_is():
    make.product("A", 3)

    order = make.order([("A", 2, "1.00"), ("A", 2, "1.00")])

    assert [line.reserved for line in order.lines.all()] == [2, 1]
    assert holds_of(order) == ["out_of_stock"]
    assert StockLevel.objects.get().reserved == 3


def test_strange_order_is_taken_and_held():
    """V2.2.3."""
    order = make.order([("NOBODY-KNOWS", 1, "5.00")], phone="спросить у мужа", delivery_method="courier")

    assert order.status == Status.NEW
    assert holds_of(order) == ["bad_address", "bad_phone", "unknown_item"]
    assert order.contact_phone_raw == "спросить у мужа"
    assert not CallTask.objects.exists()


def test_totals_that_differ_are_kept_both_and_held():
    """V2.2.3."""
    order = make.order([("A", 1, "100.00")], stated_total_minor=9_900)

    assert (order.total_minor, order.channel_total_minor) == (10_000, 9_900)
    assert "other" in holds_of(order)
    said = Hold.objects.get(order=order, reason="other")
    assert said.detail == {"minor": -100, "currency": "RUB"}
    assert "−1" in holdnotes.tell(said)


def test_channel_that_agreed_itself_needs_no_call():
    make.product("A", 1)

    order = make.order(channel=make.channel("market", contact="optional"), phone="", name="")

    assert order.status == Status.CONFIRMED
    assert order.customer is None
    assert not CallTask.objects.exists()


def test_customer_is_known_by_any_phone_of_theirs():
    first = make.order(phone="8 916 123-45-67, 8 495 123-45-67")

    second = make.order(phone="+7 (495) 1234567", name="Анна")

    assert second.customer == first.customer
    assert Customer.objects.count() == 1


def test_money_paid_in_advance_is_a_payment():
    order = make.order([("A", 1, "100.00")], payment_method="prepaid", paid_minor=10_000)

    assert Payment.objects.get(order=order).amount_minor == 10_000
    assert (order.due_minor, holds_of(order)) == (0, ["unknown_item"])


def test_key_gives_the_same_answer_and_refuses_another_body():
    key = intake.Key("token:1", "k", "hash of the body")
    show = lambda order: {"number": order.number}  # noqa: E731  short enough to read here
    _, first = intake.take_in_keyed(make.new_order(), by=make.BY, at=make.AT, cause=key, answer=show)

    _, again = intake.take_in_keyed(make.new_order(), by=make.BY, at=make.AT, cause=key, answer=show)

    assert again == first
    other = intake.Key("token:1", "k", "another hash")
    with pytest.raises(KeyReused):
        intake.take_in_keyed(make.new_order(), by=make.BY, at=make.AT, cause=other, answer=show)
    assert Order.objects.count() == 1


def test_order_with_more_lines_than_the_desk_takes_is_refused_whole():
    """V2.3.3."""
    with pytest.raises(intake.TooMany):
        make.order([("A", 1, "1.00")] * 5_001)

    assert not Order.objects.exists()


def test_many_at_once_are_written_as_few_are(monkeypatch):
    """What a large batch writes in one statement is what a small one writes by models, column for column."""
    make.product("A", 100)

    def written(many: bool) -> list[object]:
        with make.undone():
            monkeypatch.setattr(bulk, "FEW", 2 if many else 1_000)
            new = [
                make.new_order(
                    [("A", 2, "10.50"), ("?", 1, "1.00")], external_id=f"S-{n}", phone=f"+791612300{n:02}",
                    name=f"Анна {n}", paid_minor=n * 100, source={"utm": "x"}, comment="'\\\"{,}",
                )
                for n in range(3)
            ]  # fmt: skip
            taken = intake.take_in_many(new, by=make.BY, at=make.AT)
            numbers = {str(one.order.pk) for one in taken}
            rows: list[object] = [one.created for one in taken]
            for model in (Order, OrderLine, Customer, CustomerPhone, SearchKey, JournalEvent, CallTask, Payment):
                for row in model._base_manager.values():
                    mine = {name: value for name, value in row.items() if name not in OF_A_RUN}
                    rows += [] if mine.get("key") in numbers else [sorted(mine.items())]
            return sorted(map(str, rows))

    small = written(many=False)
    assert written(many=True) == small
    assert len(small) > 60
