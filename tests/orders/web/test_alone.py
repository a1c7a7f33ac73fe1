"""The card says what happens without anybody, and what the customer was written."""

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import CallTask, JournalEvent, Message
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(client: Client):
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    client.force_login(make.manager())
    order = make.order(at=timezone.now())
    return order, lambda: client.get(f"/orders/{order.number}").content.decode()


def test_card_names_the_next_step_that_needs_nobody_and_its_rule(card):
    _order, shown = card
    assert "somebody is reminded that the call is late" in shown()
    assert 'title="first_call_limit"' in shown()


def test_card_says_nothing_of_itself_where_everything_waits_for_people(card):
    order, shown = card
    CallTask.objects.filter(order=order).update(stage=CallTask.Stage.RETRY, limit_at=None)
    order.reserved_until = None
    order.save(update_fields=["reserved_until"])
    assert "By itself:" not in shown()


def test_card_shows_what_the_customer_was_written(card):
    order, shown = card
    assert "Messages to the customer" not in shown()
    event = JournalEvent.objects.filter(order=order).first()
    Message.objects.create(
        order=order, kind="confirmed", slot="1", due_at=make.AT, occasion_at=make.AT, event=event, state="sent"
    )
    assert "Order confirmed" in shown()
