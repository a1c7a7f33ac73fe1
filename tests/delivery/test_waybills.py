"""Waybills: each wish makes one, whatever is lost on the way, and its number reaches the parcels late or early."""

import pytest

from delivery import accounts, codes, inbox, tracking, waybills
from delivery.accounts import NewAccount
from delivery.couriers.cdek import Cdek
from delivery.models import CourierAccount, NextWaybill, Shipment, Waybill
from orders import changes, packing
from orders.models import JournalEvent
from orders.status import Status
from shopdesk.base.errors import Missing
from tests import make
from tests.delivery.standin import NUMBER, account, furnish, listening

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings):
    furnish(settings)


@pytest.fixture
def machine():
    with listening() as found:
        yield found


def packed(items=(("A", 3, "33.33"), ("B", 1, "50.00")), **fields):
    order = make.packed(items, **fields)
    type(order).objects.filter(pk=order.pk).update(courier="cdek")
    return order


def work(**after):
    """One round of the sweep."""
    at = make.after(**after)
    waybills.take_back_opened(10, at=at)
    waybills.wish_for_packed(10, at=at)
    return waybills.speak(10, at=at)


def number_of(order):
    return make.parcel_of(order).waybill


def test_a_packed_order_gets_its_number_as_soon_as_the_courier_has_one(machine):
    account(machine)
    order = packed(delivery_minor=30000)

    assert work() == 0  # taken, no number yet
    assert (Waybill.objects.get().state, number_of(order)) == ("asked", "")
    machine.numbered = True
    assert work(minutes=5) == 1
    assert work(hours=2) == 0

    assert (Waybill.objects.get().state, number_of(order)) == ("made", NUMBER)
    event = JournalEvent.objects.get(kind="parcel.waybill")
    assert (event.order_id, event.data["waybill"]) == (order.number, NUMBER)
    assert machine.logins == 1, "a token is used until it ends"
    assert len(machine.made("POST /orders")) == 1
    sent = machine.orders[f"{order.number}-1"]
    asked = sum(item["payment"]["value"] * item["amount"] for box in sent["packages"] for item in box["items"])
    assert round(asked + sent["delivery_recipient_cost"]["value"], 2) == 449.99 == order.total_minor / 100
    assert [item["amount"] for item in sent["packages"][0]["items"]] == [3, 1]


def test_a_late_number_reaches_parcels_that_are_on_their_way_and_their_news(machine):
    account(machine)
    order = packed()
    work()
    make.handoff.accept(
        make.closed_act(order, code="cdek").number,
        make.handoff.Acceptance([make.parcel_of(order).number]), by=make.BY, at=make.AT,
    )  # fmt: skip
    tracking.take_in("cdek", [tracking.CourierEvent("e", NUMBER, "delivered", make.AT)], by=make.BY, at=make.AT)

    machine.numbered = True
    work(hours=1)
    make.picked_up(at=make.after(hours=1))

    order.refresh_from_db()
    assert (number_of(order), order.status) == (NUMBER, Status.DELIVERED)


@pytest.mark.parametrize("adapter", ["cdek", "http"])
def test_a_lost_answer_makes_no_second_waybill(machine, adapter):
    account(machine, adapter)
    order = packed()
    machine.silent = 1  # taken in there, and no answer here

    assert work() == 0
    assert (Waybill.objects.get().state, Waybill.objects.get().tries) == ("wanted", 1)
    machine.numbered = True
    work(hours=1)
    work(hours=2)

    assert list(machine.orders) == [f"{order.number}-1"]
    assert len(machine.made("POST /orders")) == (1 if adapter == "cdek" else 0)
    assert number_of(order) == (NUMBER if adapter == "cdek" else "FW-1")


@pytest.mark.parametrize("adapter", ["cdek", "http"])
def test_a_refusal_stands_in_the_courier_s_own_words_and_a_new_wish_has_a_new_key(machine, adapter):
    account(machine, adapter)
    order = packed()
    machine.refuses = "No such city."

    work()

    row = Waybill.objects.get()
    assert (row.state, row.refusal, row.next_at) == ("refused", "No such city.", None)
    machine.refuses, machine.numbered = "", True
    work(hours=1)
    assert Waybill.objects.count() == 1, "nobody asks again by himself"
    waybills.wish(order.number, by=make.BY, at=make.after(hours=1))
    work(hours=2)
    work(hours=3)
    assert Waybill.objects.get(state="made").key == f"{order.number}-2"


def test_a_cancelled_order_s_waybill_is_taken_back(machine):
    account(machine)
    machine.numbered = True
    order = packed()
    work()
    work(hours=1)
    changes.cancel(order.number, "price", by=make.BY, at=make.after(hours=2))

    work(hours=3)

    assert (Waybill.objects.get().state, order.parcels.get().waybill, machine.orders) == ("void", "", {})


def test_an_order_that_is_opened_again_gets_another_waybill(machine):
    account(machine)
    machine.numbered = True
    order = packed()
    work()
    work(hours=1)
    packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.after(hours=2))
    work(hours=3)
    packing.seal(order.number, [packing.NewParcel(700)], by=make.BY, at=make.after(hours=4))

    work(hours=5)
    work(hours=6)

    assert list(Waybill.objects.order_by("pk").values_list("state", "key")) == [
        ("void", f"{order.number}-1"), ("made", f"{order.number}-2"),
    ]  # fmt: skip
    assert number_of(order) == NUMBER


def test_a_token_that_ended_is_renewed(machine):
    account(machine)
    packed()
    work()
    machine.numbered = True

    work(hours=3)
    assert machine.logins == 2
    machine.token = "thrown away there"
    CourierAccount.objects.update(poll_minutes=1)
    assert inbox.ask_for_news(5, at=make.after(hours=3, minutes=1)) == 1
    assert machine.logins == 3


def test_a_wrong_password_is_a_refusal(machine):
    account(machine, secret="wrong")
    packed()

    work()

    assert Waybill.objects.get().refusal == "oauth 401"


def test_a_number_from_paper_is_written_down_once(machine):
    order = packed()

    first = waybills.write_down(order.number, "RA123", by=make.BY, at=make.AT)
    assert waybills.write_down(order.number, "RA123", by=make.BY, at=make.AT) == first
    with pytest.raises(waybills.HasWaybill):
        waybills.write_down(order.number, "RA999", by=make.BY, at=make.AT)

    assert number_of(order) == "RA123"
    waybills.take_back(order.number, by=make.BY, at=make.AT)
    assert (number_of(order), Waybill.objects.get().state, machine.asked) == ("", "void", [])


def test_what_is_on_its_way_keeps_its_number():
    order = packed()
    waybills.write_down(order.number, "RA123", by=make.BY, at=make.AT)
    numbers = [make.parcel_of(order).number]
    act = make.closed_act(order, code="cdek")
    make.handoff.accept(act.number, make.handoff.Acceptance(numbers), by=make.BY, at=make.AT)

    with pytest.raises(waybills.OnItsWay):
        waybills.take_back(order.number, by=make.BY, at=make.AT)


@pytest.mark.parametrize(
    ("courier", "refusal"), [(None, waybills.NoCourier), ("own", waybills.NoCourier), ("cdek", waybills.NotSealed)]
)
def test_a_wish_that_cannot_be_is_refused(machine, courier, refusal):
    account(machine)
    order = make.confirmed()
    if courier == "own":
        make.courier("own")
    type(order).objects.filter(pk=order.pk).update(courier=courier)

    with pytest.raises(refusal):
        waybills.wish(order.number, by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        waybills.wish(10**9, by=make.BY, at=make.AT)
    assert not Waybill.objects.exists()


def test_who_is_asked_tells_the_whole_history_and_the_number_of_the_way_home(machine):
    account(machine, poll_minutes=10)
    machine.numbered = True
    order = packed()
    work()
    work(hours=1)
    act = make.closed_act(order, code="cdek")
    numbers = [make.parcel_of(order).number]
    make.handoff.accept(act.number, make.handoff.Acceptance(numbers), by=make.BY, at=make.AT)
    codes.take_over("cdek", "cdek", by=make.BY, at=make.AT)
    machine.statuses = [
        {"code": "CREATED", "name": "Создан", "date_time": "2026-11-23T10:00:00+0000"},
        {"code": "TAKEN_BY_COURIER", "name": "Выдан на доставку", "date_time": "2026-11-24T10:00:00+0000"},
    ]

    assert inbox.ask_for_news(5, at=make.after(days=2)) == 1
    assert inbox.ask_for_news(5, at=make.after(days=2, minutes=5)) == 0, "not before its minutes are over"
    assert Shipment.objects.get().state == "out_for_delivery"

    machine.related = [{"type": "return_order", "cdek_number": "99", "uuid": "x"}]
    assert inbox.ask_for_news(5, at=make.after(days=3)) == 1
    assert NextWaybill.objects.get().number == "99"


def test_a_label_is_fetched(machine):
    row = account(machine)
    line = accounts.open_line(row, at=make.AT)
    assert Cdek().label(line, "u1", NUMBER).startswith(b"%PDF")


def test_an_account_refuses_what_its_language_has_no_word_for(machine):
    for wrong in ({"makes_waybills": True}, {"poll_minutes": 5}):
        with pytest.raises(accounts.NotOffered):
            accounts.set_up("cdek", NewAccount("easypost", **wrong), by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        accounts.set_up("nobody", NewAccount("own"), by=make.BY, at=make.AT)
    assert not CourierAccount.objects.exists()


def test_secrets_are_sealed(machine):
    row = account(machine, secret="right")
    secret = accounts.renew_hook_secret("cdek", by=make.BY, at=make.AT)
    row.refresh_from_db()

    assert "right" not in row.secret
    assert secret not in row.hook_secret
    assert accounts.hook_secret_of(row) == secret
