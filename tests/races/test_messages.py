"""Several workers send messages at the same moment, with real locks between them."""

from typing import Any

import pytest

from orders import messages
from orders.models import AnswerLink, Message
from tests import make

pytestmark = pytest.mark.postgres
LATER = make.after(minutes=1)
WORKERS = 6


@pytest.fixture
def waiting(real_commits: None, settings: Any) -> list[int]:
    """Give the messages that wait for one phone: two orders of the same customer were confirmed."""
    settings.NOTIFY_URLS = ["sms=json://127.0.0.1:1/{phone}"]
    make.shop(contacts_a_day=1)
    messages.save_rule("confirmed", messages.NewRule(True, ["sms"]), by=make.BY, at=make.AT)
    for _ in range(2):
        make.confirmed()
    return messages.waiting(at=LATER)


def test_message_is_given_to_one_worker_alone(waiting, side_by_side):
    given = side_by_side(*[lambda: messages.decide(waiting[0], at=LATER)] * WORKERS)
    assert not [one for one in given if isinstance(one, Exception)]
    assert sum(one is not None for one in given) == 1


def test_two_messages_to_one_phone_do_not_slip_under_the_cap_together(waiting, side_by_side):
    given = side_by_side(*(lambda key=key: messages.decide(key, at=LATER) for key in waiting * 3))
    assert not [one for one in given if isinstance(one, Exception)]
    assert sum(one is not None for one in given) == 1
    assert sorted(Message.objects.values_list("state", "why")) == [("dropped", "cap"), ("sending", "")]


def test_link_is_answered_once(waiting, side_by_side):
    order = make.order(phone="+79160000001")
    message = Message.objects.first()
    secret = "s" * 32
    AnswerLink.objects.create(
        digest=messages.digest_of(secret), order=order, message=message, made_at=make.AT, expires_at=make.after(hours=9)
    )
    said = side_by_side(
        *[lambda: messages.answer_confirm(secret, at=LATER)] * 3,
        *[lambda: messages.answer_cancel(secret, "price", at=LATER)] * 3,
    )
    assert sum(isinstance(one, messages.NothingToAnswer) for one in said) == 5
