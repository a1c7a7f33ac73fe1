"""The link in a message, without signing in; and the pages of messages."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from orders import calls, intake, messages
from orders.messages.deciding import decide
from orders.models import CallTask, JournalEvent, Message, MessageKind, MessageRule, Order
from orders.status import Status
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def link(settings) -> tuple[str, Order]:
    """Give the path of a link that is on its way to a customer, and its order."""
    settings.NOTIFY_URLS = ["sms=json://127.0.0.1/{phone}"]
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    make.product("A", 5, name="Венок")
    order = make.order(address=intake.Address(city="Тверь"))
    now = timezone.now()
    messages.save_rule("not_reached", messages.NewRule(True, ["sms"]), by=make.BY, at=now)
    task = CallTask.objects.get(order=order)
    calls.settle(task.pk, calls.NewAttempt("no_answer"), by=make.BY, person=0, at=now)
    text = decide(Message.objects.get().pk, at=now).text
    return re.search(r"/answer/\S+", text).group(), order


def test_link_shows_the_order_and_neither_phone_nor_address(link):
    path, order = link
    page = Client().get(path)
    shown = page.content.decode()

    assert page.status_code == 200
    assert "129" in shown
    assert "Тверь" in shown
    assert order.contact_phone[-7:] not in shown
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_looking_changes_nothing(link):
    path, order = link
    Client().get(path)
    Client().head(path)
    order.refresh_from_db()
    assert order.status == Status.NEW


def test_customer_confirms_and_the_page_says_so(link):
    path, order = link
    page = Client().post(path, {"said": "confirm"}, follow=True)
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert 'name="said"' not in page.content.decode()


def test_customer_chooses_an_hour_that_is_offered(link):
    path, order = link
    client = Client()
    hour = re.search(r'name="hour" value="([^"]+)"', client.get(path).content.decode()).group(1)
    client.post(path, {"said": "later", "hour": hour})
    assert CallTask.objects.get(order=order).stage == CallTask.Stage.CALLBACK


def test_cancelling_needs_a_reason(link):
    path, order = link
    refused = Client().post(path, {"said": "cancel"})
    Client().post(path, {"said": "cancel", "reason": "price"})
    order.refresh_from_db()
    assert refused.status_code == 422
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "price")


def test_order_that_was_settled_meanwhile_is_not_asked_about(link):
    path, order = link
    task = CallTask.objects.get(order=order)
    from_call = messages.see_question(path.rsplit("/", 1)[1], at=timezone.now())
    assert from_call.is_open
    Client().post(path, {"said": "confirm"})
    late = Client().post(path, {"said": "cancel", "reason": "price"})
    task.refresh_from_db()
    order.refresh_from_db()
    assert (late.status_code, order.status) == (200, Status.CONFIRMED)


def test_invented_link_says_that_it_is_over():
    make.shop()
    page = Client().get("/answer/" + "x" * 32)
    assert page.status_code == 410


# --- pages for people ---


@pytest.fixture
def boss() -> Client:
    make.shop()
    client = Client()
    client.force_login(make.owner())
    return client


def test_owner_switches_a_message_on_and_writes_its_words(boss):
    boss.post("/settings/messages/confirmed", {"active": "on", "first": "sms", "second": "email"}, headers=HTMX)
    boss.post("/settings/messages/confirmed/words", {"language": "ru", "text": "Заказ {number}"}, headers=HTMX)
    rule = MessageRule.objects.get()
    assert (rule.active, rule.routes) == (True, ["sms", "email"])
    assert "Заказ 1042" in boss.get("/settings/messages").content.decode()


def test_unknown_gap_is_refused_in_a_sentence(boss):
    refused = boss.post("/settings/messages/confirmed/words", {"language": "ru", "text": "{secret}"}, headers=HTMX)
    assert refused.status_code == 409
    assert "{secret}" in refused.content.decode()


def test_manager_does_not_change_the_rules():
    make.shop()
    client = Client()
    client.force_login(make.manager())
    assert client.get("/settings/messages").status_code == 404


@pytest.mark.parametrize("rows", [1, 20])
def test_log_asks_as_often_for_20_rows_as_for_1(boss, rows, django_assert_max_num_queries):
    order = make.order()
    event = JournalEvent.objects.filter(order=order).last()
    Message.objects.bulk_create(
        Message(order=order, kind=MessageKind.CONFIRMED, slot=str(n), due_at=make.AT, occasion_at=make.AT, event=event)
        for n in range(rows)
    )
    with django_assert_max_num_queries(16):
        shown = boss.get("/messages").content.decode()
    assert shown.count("<tr data-row") == rows


def test_failed_message_is_sent_again_by_a_press(boss):
    order = make.order()
    event = JournalEvent.objects.filter(order=order).last()
    failed = Message.objects.create(
        order=order, kind="confirmed", slot="1", due_at=make.AT, occasion_at=make.AT, event=event, state="failed"
    )
    assert boss.post(f"/messages/{failed.pk}/again").status_code == 302
    assert Message.objects.filter(state="waiting").count() == 1
