"""Edits, holds and allocation between intake and the sealed parcel."""

import pytest

from orders import changes, queues
from orders.changes import Edit, LineEdit
from orders.models import CallTask, Hold, JournalEvent, PersonalValue, StockLevel
from orders.status import HoldReason, Status
from shopdesk.base.errors import Malformed, Stale
from tests import make

pytestmark = pytest.mark.django_db


def edit(order, wanted, **given):
    return changes.edit(order.number, wanted, version=given.pop("version", order.version), by=make.BY, at=make.AT)


def test_lowered_line_frees_the_difference_alone():
    make.product("A", 5)
    order = make.order([("A", 4, "10.00")])

    edit(order, Edit(lines=[LineEdit(1, id=order.lines.get().pk)]))

    assert (order.lines.get().reserved, StockLevel.objects.get().reserved) == (1, 1)
    order.refresh_from_db()
    assert order.total_minor == 1_000


@pytest.mark.parametrize(("pieces", "off", "total"), [(2, 67, 533), (4, 100, 1100)])
def test_pieces_that_stay_keep_their_share_of_what_was_let_off(pieces, off, total):
    """Three at 3.00 with 1.00 off the line: two keep 0.67 of it; a fourth costs its price."""
    make.product("A", 10)
    order = make.order([("A", 3, "3.00")])
    order.lines.update(discount_minor=100, total_minor=800)

    edit(order, Edit(lines=[LineEdit(pieces, id=order.lines.get().pk)]))

    line = order.lines.get()
    assert (line.quantity, line.discount_minor, line.total_minor) == (pieces, off, total)


def test_line_taken_off_stays_as_evidence_and_costs_nothing():
    make.product("A", 5)
    make.product("B", 5)
    order = make.order([("A", 2, "10.00"), ("B", 1, "7.00")])
    line = order.lines.get(sku="A")

    edit(order, Edit(lines=[LineEdit(0, id=line.pk)]))

    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.reserved, line.cancelled, line.total_minor, order.total_minor) == (0, 2, 0, 700)
    assert StockLevel.objects.get(product__sku="A").reserved == 0


def test_last_line_cannot_be_taken_off():
    make.product("A", 5)
    order = make.order([("A", 2, "10.00")])

    with pytest.raises(Malformed):
        edit(order, Edit(lines=[LineEdit(0, id=order.lines.get().pk)]))

    assert order.lines.get().reserved == 2


def test_added_line_is_reserved_and_short_ones_hold_the_order():
    make.product("A", 5)
    make.product("B", 1)
    order = make.order([("A", 2, "10.00")])

    edit(order, Edit(lines=[LineEdit(3, sku="B", instead_of="A")]))

    line = order.lines.get(sku="B")
    assert (line.reserved, line.instead_of) == (1, "A")
    assert Hold.objects.get(order=order, closed_at=None).reason == HoldReason.OUT_OF_STOCK


def test_change_that_somebody_else_made_is_not_overwritten():
    make.product("A", 5)
    order = make.order([("A", 2, "10.00")])
    edit(order, Edit({"address_city": "Казань"}))

    with pytest.raises(Stale) as refused:
        edit(order, Edit({"address_city": "Пермь"}), version=1)

    assert refused.value.differs["address_city"] == ("", "Казань")


def test_personal_values_stay_out_of_the_journal():
    order = make.order()

    edit(order, Edit({"contact_name": "Пётр Ильич"}))

    event = JournalEvent.objects.get(kind="order.edited")
    assert "Пётр" not in str(event.data)
    assert PersonalValue.objects.get(event=event).new == "Пётр Ильич"


def test_short_order_gets_what_arrived_and_its_hold_ends():
    product = make.product("A", 1)
    order = make.order([("A", 3, "10.00")])
    make.fill(product, 5)

    assert queues.short(10) == [order.number]
    assert changes.allocate(order.number, at=make.AT) == 2

    assert order.lines.get().reserved == 3
    assert not Hold.objects.filter(order=order, closed_at=None).exists()
    assert queues.short(10) == []


def test_oldest_promise_is_served_first():
    product = make.product("A", 0)
    late = make.order([("A", 1, "10.00")], promised_on=make.AT.date().replace(day=28))
    soon = make.order([("A", 1, "10.00")], promised_on=make.AT.date().replace(day=24))
    make.fill(product, 1)

    assert queues.short(10) == [soon.number, late.number]


def test_unknown_item_is_learnt_when_its_product_comes():
    order = make.order([("LATER", 1, "10.00")], channel=make.channel("market", contact="optional"), phone="", name="")
    make.product("LATER", 1)

    assert queues.short(10) == [order.number]
    changes.allocate(order.number, at=make.AT)

    order.refresh_from_db()
    assert order.lines.get().product.sku == "LATER"
    assert order.status == Status.CONFIRMED


def test_phone_that_was_mended_is_rung_and_its_hold_ends():
    make.product("A", 1)
    order = make.order(phone="спросить у мужа")
    assert Hold.objects.get(order=order).reason == HoldReason.BAD_PHONE

    edit(order, Edit({"contact_phone_raw": "8 916 765-43-21"}))

    order.refresh_from_db()
    assert (order.contact_phone, order.customer.phones.get().phone) == ("+79167654321", "+79167654321")
    assert not Hold.objects.filter(order=order, closed_at=None).exists()
    assert CallTask.objects.get(order=order, closed_at=None).phone == "+79167654321"


def test_open_call_goes_to_the_new_phone_and_the_customer_stays_one():
    order = make.order()

    edit(order, Edit({"contact_phone_raw": "8 916 765-43-21"}))

    task = CallTask.objects.get(order=order, closed_at=None)
    assert (task.phone, task.customer) == ("+79167654321", order.customer)
    assert order.customer.phones.count() == 2


def test_phone_of_somebody_else_is_rung_but_stays_theirs():
    other = make.order(phone="+79165550000", name="Пётр")
    order = make.order()

    edit(order, Edit({"contact_phone_raw": "+79165550000"}))

    assert order.customer != other.customer
    assert list(other.customer.phones.values_list("phone", flat=True)) == ["+79165550000"]


def test_phone_that_cannot_be_read_holds_the_order():
    make.product("A", 1)
    order = make.order()

    edit(order, Edit({"contact_phone_raw": "нет"}))

    assert Hold.objects.get(order=order, closed_at=None).reason == HoldReason.BAD_PHONE


def test_edit_that_settles_the_last_hold_confirms_what_the_channel_agreed():
    make.product("A", 1)
    market = make.channel("market", contact="optional")
    order = make.order([("LATER", 1, "10.00")], channel=market, phone="", name="")

    edit(order, Edit(lines=[LineEdit(0, id=order.lines.get().pk), LineEdit(1, sku="A")]))

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert not queues.idle().exists()


def test_edit_without_a_hold_confirms_nothing_that_must_be_agreed_again():
    """Negative control: no hold ended, so what was sent back to the callers stays with them."""
    make.product("A", 3)
    order = make.order([("A", 1, "10.00")], channel=make.channel("market", contact="optional"))
    changes.agree_again(order.number, by=make.BY, at=make.AT)
    order.refresh_from_db()

    edit(order, Edit(lines=[LineEdit(2, id=order.lines.get().pk)]))

    order.refresh_from_db()
    assert order.status == Status.NEW
