"""The auditor of what is due finds nothing in a day's work, and each way in which it could go wrong."""

from datetime import timedelta

import pytest
from django.db.models import F

from orders import audit_due, calls, journal
from orders.models import CallTask, InboundMessage, Reminder, ShopOrder
from tests import make
from tests.orders.inbox import shops

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day():
    """A shop that sent an order, and a callback that was told at its hour."""
    message = shops.hear(shops.shop(), shops.woo())
    task = CallTask.objects.get(order=message.order)
    CallTask.objects.filter(pk=task.pk).update(stage="callback", due_at=make.after(hours=1))
    assert calls.remind_due(at=make.after(hours=2)) == 1


def broken():
    return {check.id for check in audit_due.checks() if check.find("default").broken}


def test_a_day_s_work_breaks_nothing():
    assert broken() == set()
    assert all(check.find("default").rows for check in audit_due.checks())


@pytest.mark.parametrize("fields", [{"reason": ""}, {"decided_at": None}, {"state": "received"}])
def test_a_message_that_is_half_decided_is_found(fields):
    InboundMessage.objects.update(**fields)

    assert broken() == {"E4"}


def test_a_message_that_made_an_order_of_its_own_is_found():
    other = make.order()
    ShopOrder.objects.update(order=other)

    assert broken() == {"E4"}


def test_a_reminder_before_its_hour_is_found():
    Reminder.objects.update(decided_at=F("due_at") - timedelta(seconds=1))

    assert broken() == {"T1"}


def test_a_reminder_that_was_told_twice_is_found():
    row = Reminder.objects.get()
    told = journal.Entry("call.due", subject=("call_task", row.subject))
    journal.record([told], by=make.BY, at=make.after(hours=2))

    assert broken() == {"T1"}


def test_what_is_tried_for_ever_is_found():
    InboundMessage.objects.update(attempts=6)

    assert broken() == {"T4"}
