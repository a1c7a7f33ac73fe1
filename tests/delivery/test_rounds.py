"""A courier's round: the doors, what is to be taken there, the phones that were looked at, the cash carried."""

import pytest

from delivery import rounds
from orders.models import JournalEvent, Order
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
PERSON = Actor("person", 7)


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 20, price="100.00")
    make.product("B", 20, price="59.99")


def kept(stop, **pieces):
    return {item.pk: pieces.get(item.line.sku, 0) for parcel in stop.parcels for item in parcel.items.all()}


def test_stops_are_what_this_courier_has_in_hand():
    mine = make.handed_over([("A", 1, "100.00")])
    make.handed_over([("A", 1, "100.00")], code="fast")
    make.packed([("A", 1, "100.00")])

    assert [stop.order.number for stop in rounds.stops("own")] == [mine.number]
    assert rounds.stops("own", mine.number)[0].due_minor == 100_00


def test_door_that_was_tried_comes_last():
    first, second = make.handed_over(), make.handed_over()
    make.said(first, "delivery_failed", at=make.after(hours=1))

    assert [stop.order.number for stop in rounds.stops("own")] == [second.number, first.number]


@pytest.mark.parametrize(
    "fields", [{}, {"discount_minor": 33_33}, {"delivery_minor": 300_00}, {"discount_minor": 10_01, "fees_minor": 5}]
)
@pytest.mark.parametrize("pieces", [{"A": 3, "B": 2}, {"A": 1}, {"A": 2, "B": 1}, {"B": 1}, {}])
def test_what_is_said_at_the_door_is_what_the_books_then_want(fields, pieces):
    """The sum on the phone, taken, leaves nothing outstanding and nothing too much, whatever is kept."""
    order = make.handed_over([("A", 3, "100.00"), ("B", 2, "59.99")], **fields)
    stop = rounds.stops("own")[0]
    due = rounds.due_at_door(stop, kept(stop, **pieces))

    make.said(order, "delivered", at=make.after(hours=1), cod_taken=due / 100, delivered=list(pieces.items()))

    order.shipment.refresh_from_db()
    assert (order.shipment.collected_minor, order.shipment.outstanding_minor) == (due, 0)
    assert order.shipment.flag == ""


def test_nothing_kept_is_nothing_taken():
    make.handed_over([("A", 1, "100.00")], delivery_minor=300_00)
    stop = rounds.stops("own")[0]

    assert rounds.due_at_door(stop, kept(stop)) == 0
    assert rounds.due_at_door(stop, kept(stop, A=1)) == 400_00


def test_each_look_at_a_phone_is_journalled():
    order = make.handed_over()

    assert rounds.reveal_phone(order.number, "own", by=PERSON, at=make.AT) == make.PHONE

    event = JournalEvent.objects.filter(order=order).latest("seq")
    assert (event.kind, event.actor) == ("phone.revealed", PERSON)
    assert make.PHONE not in str(event.data)


def test_phone_of_what_is_not_in_hand_stays_hidden():
    mine, foreign, inside = make.handed_over(), make.handed_over(code="fast"), make.packed()
    make.said(mine, "delivered", at=make.after(hours=1))
    before = JournalEvent.objects.count()

    for order in (mine, foreign, inside):
        with pytest.raises(Missing):
            rounds.reveal_phone(order.number, "own", by=PERSON, at=make.AT)
    assert JournalEvent.objects.count() == before


def test_nobody_looks_at_all_phones(monkeypatch):
    monkeypatch.setattr(rounds, "REVEALS_AN_HOUR", 2)
    order = make.handed_over()
    for _ in range(2):
        rounds.reveal_phone(order.number, "own", by=PERSON, at=make.AT)

    with pytest.raises(rounds.TooManyPhones):
        rounds.reveal_phone(order.number, "own", by=PERSON, at=make.after(minutes=59))
    assert rounds.reveal_phone(order.number, "own", by=Actor("person", 8), at=make.AT)
    assert rounds.reveal_phone(order.number, "own", by=PERSON, at=make.after(minutes=61))


def test_order_without_a_phone_says_so():
    order = make.handed_over()
    Order.objects.filter(pk=order.pk).update(contact_phone="", contact_phone_raw="")

    with pytest.raises(rounds.NoPhone):
        rounds.reveal_phone(order.number, "own", by=PERSON, at=make.AT)


def test_purse_holds_cash_and_no_card_money():
    make.delivered([("A", 1, "100.00")])
    make.delivered([("A", 2, "100.00")], payment_method=Order.PaidBy.CARD_ON_DELIVERY)
    make.handed_over([("B", 1, "59.99")])

    assert rounds.in_purse("own") == {"RUB": 100_00}
    assert rounds.in_purse("fast") == {}
    assert rounds.done_since("own", make.AT) == 2
    assert rounds.done_since("own", make.after(days=1)) == 0
