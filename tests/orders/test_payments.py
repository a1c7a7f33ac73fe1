"""Money of orders: what comes in is booked once, what is owed back is paid once."""

import pytest

from orders import changes, packing, payments
from orders.models import Credit, Hold, Order, Payment
from orders.payments import Owed, Service
from orders.status import CancelReason, HoldReason
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
PREPAID = Payment.Account.PREPAID


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 10)


def record(order, amount):
    return payments.record(order.number, amount, account=PREPAID, by=make.BY, at=make.AT)


def test_a_payment_is_a_row_and_lowers_what_is_due():
    order = make.order([("A", 2, "100.00")])

    record(order, 5000)

    order.refresh_from_db()
    assert (order.paid_minor, order.due_minor) == (5000, 15000)
    assert (Payment.objects.get().amount_minor, Payment.objects.get().account) == (5000, "prepaid")


def test_a_correction_is_another_row_and_never_more_than_came_in():
    order = make.order([("A", 2, "100.00")])
    record(order, 5000)

    record(order, -2000)
    with pytest.raises(payments.NothingPaid):
        record(order, -3001)
    with pytest.raises(payments.NothingPaid):
        record(order, 0)

    assert list(Payment.objects.order_by("pk").values_list("amount_minor", flat=True)) == [5000, -2000]
    assert Order.objects.get().paid_minor == 3000


def test_the_hold_that_waits_for_money_ends_when_all_is_paid():
    order = make.order([("A", 1, "100.00")])
    changes.hold(order.number, HoldReason.AWAITING_PAYMENT, by=make.BY, at=make.AT)

    record(order, 9999)
    assert Hold.objects.filter(closed_at=None).exists()

    record(order, 1)
    assert not Hold.objects.filter(closed_at=None).exists()


def test_what_is_due_on_a_sealed_parcel_follows_until_its_act_closes():
    order = make.packed([("A", 2, "100.00")])
    record(order, 5000)
    assert make.parcel_of(order).cod_minor == 15000

    act = make.closed_act(order)
    record(order, 5000)

    assert make.parcel_of(order).cod_minor == 15000
    assert act.lines.get().cod_minor == 15000


def test_an_order_paid_after_sealing_owes_nothing_at_the_door():
    order = make.packed([("A", 1, "100.00")])

    record(order, 10000)

    assert make.parcel_of(order).cod_minor == 0


def test_a_cancelled_order_s_money_is_owed_and_paid_once():
    order = make.order([("A", 1, "100.00")], paid_minor=10000, payment_method="prepaid")
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    credit = Credit.objects.get()

    paid = payments.pay(credit.pk, by=make.BY, at=make.after(days=1))

    assert (paid.state, paid.settled_at, paid.settled_event.kind) == ("paid", make.after(days=1), "credit.paid")
    for again in (payments.pay, payments.write_off):
        with pytest.raises(payments.CreditSettled):
            again(credit.pk, by=make.BY, at=make.AT)
    assert Credit.objects.get().state == "paid"


def test_a_service_is_credited_with_its_order():
    order = make.delivered([("A", 1, "100.00")])
    owed = Owed(Credit.Reason.SERVICE, "RUB", [Service("Postage", 3000)], order=order.number, reference="S-1")

    credit = payments.credit(owed, by=make.BY, at=make.AT)

    assert (credit.amount_minor, credit.goods_minor, credit.order_id) == (3000, 0, order.number)
    with pytest.raises(payments.CreditExists):
        payments.credit(owed, by=make.BY, at=make.AT)
    assert Credit.objects.count() == 1


def test_a_credit_of_nothing_is_refused():
    with pytest.raises(payments.NothingOwed):
        payments.credit(Owed(Credit.Reason.GOODWILL, "RUB", [Service("Sorry", 0)]), by=make.BY, at=make.AT)


def test_no_money_for_an_order_that_is_not_there():
    with pytest.raises(Missing):
        payments.record(999, 100, account=PREPAID, by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        payments.pay(999, by=make.BY, at=make.AT)


def test_opening_a_box_again_asks_for_what_is_due_then():
    order = make.packed([("A", 2, "100.00")])
    packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.AT)
    record(order, 5000)

    packing.seal(order.number, [packing.NewParcel(900)], by=make.BY, at=make.AT)

    assert make.parcel_of(order).cod_minor == 15000


def test_payment_that_ends_the_last_hold_confirms_what_the_channel_agreed():
    market = make.channel("market", contact="optional")
    order = make.order([("A", 1, "100.00")], channel=market, phone="", payment_method="prepaid")
    assert order.status == "new"

    record(order, 4000)
    order.refresh_from_db()
    assert order.status == "new"

    record(order, 6000)
    order.refresh_from_db()
    assert order.status == "confirmed"
