"""The auditor of parcels and money finds nothing after a day's work, and each thing that could be wrong."""

import pytest
from django.db import connection, transaction

import orders.audit
from delivery import audit, remittance
from delivery.models import CashEntry, HandoffLine, Shipment
from delivery.registers import Said
from orders.models import JournalEvent, OrderLine, Parcel, ParcelItem, PlaceLevel
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day():
    """A day with one of everything: inside, out, delivered in part, refused, given out."""
    make.product("A", 30, cost_minor=4000)
    make.packed([("A", 1, "100.00")])
    make.handed_over([("A", 2, "100.00")])
    part = make.handed_over([("A", 3, "100.00")])
    make.said(part, "delivered", at=make.after(hours=1), delivered=[("A", 1)])
    back = make.handed_over([("A", 1, "100.00")])
    make.said(back, "returning", at=make.after(hours=1))
    out = make.packed([("A", 1, "100.00")])
    make.handoff.give_out(out.number, taken_minor=10000, by=make.BY, at=make.AT)
    line = Said(1, "nobody's", 100)
    remittance.take_in(remittance.NewRegister("own", "R-1", "RUB", [line]), by=make.BY, at=make.AT)


def broken():
    checks = [*audit.checks(), *orders.audit.checks()]
    return {check.id for check in checks if check.find("default").broken}


def test_a_day_s_work_breaks_no_promise():
    assert broken() == set()
    assert all(check.find("default").rows for check in audit.checks())


def test_a_closed_act_that_was_changed_is_found():
    HandoffLine.objects.filter(pk=HandoffLine.objects.first().pk).update(weight_g=1)

    assert broken() == {"P2"}


def test_an_act_that_lost_its_parcel_is_found():
    line = HandoffLine.objects.filter(state="accepted").first()
    HandoffLine.objects.filter(pk=line.pk).update(state="missing")

    assert broken() == {"P1"}


def test_contents_that_are_not_what_was_picked_are_found():
    ParcelItem.objects.filter(parcel__state="inside").update(quantity=2)

    assert broken() == {"P3"}


def test_a_parcel_that_nobody_holds_is_found():
    Parcel.objects.filter(state="out").update(in_hands_of="")

    assert broken() == {"P4"}


def test_sums_that_are_not_booked_are_found():
    shipment = Shipment.objects.filter(collected_minor__gt=0).first()
    Shipment.objects.filter(pk=shipment.pk).update(collected_minor=shipment.collected_minor - 1)

    assert broken() == {"M1"}


def test_more_money_than_was_due_is_found_unless_it_is_flagged():
    shipment = Shipment.objects.filter(state="accepted").first()
    entry(shipment, "collected", shipment.due_minor + 1)
    Shipment.objects.filter(pk=shipment.pk).update(collected_minor=shipment.due_minor + 1)
    assert broken() == {"M1"}

    Shipment.objects.filter(pk=shipment.pk).update(flag="overpaid")
    assert broken() == set()


def test_an_entry_of_another_currency_is_found():
    shipment = Shipment.objects.filter(state="accepted").first()
    entry(shipment, "fee", 1, currency="EUR")
    Shipment.objects.filter(pk=shipment.pk).update(fees_minor=1, flag="odd")

    assert broken() == {"M2", "M3"}  # and no register brought it


def test_a_sum_that_stands_twice_is_found():
    shipment = Shipment.objects.filter(collected_minor__gt=0).first()
    entry(shipment, "collected", 1)
    Shipment.objects.filter(pk=shipment.pk).update(collected_minor=shipment.collected_minor + 1, flag="odd")

    assert broken() == {"M4"}


@pytest.mark.parametrize("kind", ["courier", "packing"])
def test_goods_that_no_parcel_explains_are_found(kind):
    level = PlaceLevel.objects.filter(place__kind=kind, on_hand__gt=0).first()
    PlaceLevel.objects.filter(pk=level.pk).update(on_hand=level.on_hand + 1)

    assert "S5" in broken()


def test_pieces_that_were_counted_twice_are_found():
    line = OrderLine.objects.filter(delivered__gt=0, returned=0, quantity__gt=1).first()
    OrderLine.objects.filter(pk=line.pk).update(returned=1)

    assert "P3" in broken()


def entry(shipment, kind, amount, currency="RUB"):
    CashEntry.objects.create(
        shipment=shipment, kind=kind, source="customer", target="courier:own", amount_minor=amount, currency=currency,
        event=JournalEvent.objects.first(), at=make.AT,
    )  # fmt: skip


@pytest.mark.parametrize("table", ["cash_entry", "shipment_event"])
def test_the_database_itself_keeps_entries_and_events(table):
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET at = at")
