"""Rows of the order list that are kept for a minute: nobody is shown what is no longer so, or another's language."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import translation

from orders import changes, labels, listed
from orders.models import Order, StatusLabel
from orders.status import HoldReason
from orders.web import rows
from orders.web.telling import Moment
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
