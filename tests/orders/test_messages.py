"""Messages to customers: laid down with the fact, sent at most once, inside hours and caps, dropped when stale."""

import email
import json
import socket
import threading
from datetime import timedelta
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction

from orders import calls, lifecycle, messages
from orders.calls import NewAttempt
from orders.messages import sending
from orders.models import AnswerLink, CallTask, JournalEvent, Message, MessageKind, Order
from orders.status import Status
from shopdesk.base.placeholders import UnknownPlaceholder
from tests import make

pytestmark = pytest.mark.django_db
State = Message.State
LATER = make.after(minutes=1)


class Received(BaseHTTPRequestHandler):
    """A provider of SMS: keeps what it is told; `answer` is the status it gives."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body["message"]))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def provider(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Received)
    server.got, server.answer = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.NOTIFY_URLS = [f"sms=json://127.0.0.1:{server.server_port}/{{phone}}"]
    yield server
    server.shutdown()
    server.server_close()


class Inbox:
    """Keeps the letters that a real SMTP server takes; `answer` is what it says to them."""

    def __init__(self):
        self.letters, self.answer = [], "250 Taken"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=policy.default)))
        return self.answer


@pytest.fixture
def inbox(settings):
    kept = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield kept
    server.stop()


def switch_on(kind, *routes, **more):
    messages.save_rule(kind, messages.NewRule(True, routes, **more), by=make.BY, at=make.AT)


def only() -> Message:
    return Message.objects.get()


def ring_in_vain(order: Order, at=make.AT) -> None:
    """Note a call that nobody answered."""
    task = CallTask.objects.get(order=order)
    calls.settle(task.pk, NewAttempt("no_answer"), by=make.BY, person=0, at=at)


def test_confirmed_order_is_told_by_sms_once(provider):
    switch_on(MessageKind.CONFIRMED, "sms", "email")
    order = make.confirmed(phone="+79161234567")

    assert sending.send_due(at=LATER) == 1
    assert sending.send_due(at=LATER) == 0

    assert provider.got == [("/79161234567", provider.got[0][1])]
    assert str(order.number) in provider.got[0][1]
    assert (only().state, only().route, only().sent_at) == (State.SENT, "sms", LATER)


def test_message_speaks_the_language_of_the_customer(provider):
    make.shop(language="ru")
    switch_on(MessageKind.CONFIRMED, "sms")
    make.confirmed()
    sending.send_due(at=LATER)
    assert "подтверждён" in provider.got[0][1]


def test_message_goes_by_mail_where_there_is_no_provider(inbox, settings):
    settings.NOTIFY_URLS = []
    switch_on(MessageKind.CONFIRMED, "sms", "email")
    order = make.confirmed(email="anna@example.com")

    sending.send_due(at=LATER)

    [(whom, letter)] = inbox.letters
    assert whom == ["anna@example.com"]
    assert str(order.number) in letter["Subject"]
    assert only().state == State.SENT


def test_mail_that_is_refused_is_shown_as_refused(inbox):
    switch_on(MessageKind.CONFIRMED, "email")
    make.confirmed(email="anna@example.com")
    inbox.answer = "554 No such person"
    sending.send_due(at=LATER)
    assert (only().state, only().why) == (State.FAILED, "provider")


def test_provider_that_refuses_is_not_asked_again(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    provider.answer = 500
    make.confirmed()
    sending.send_due(at=LATER)
    sending.send_due(at=make.after(minutes=2))
    assert (only().state, len(provider.got)) == (State.FAILED, 1)


def test_nothing_is_written_while_it_is_switched_off(provider):
    make.confirmed()
    assert not Message.objects.exists()


def test_switching_off_holds_back_what_waits(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    make.confirmed()
    messages.save_rule("confirmed", messages.NewRule(False, ["sms"]), by=make.BY, at=make.AT)
    sending.send_due(at=LATER)
    assert (only().why, provider.got) == ("off", [])


def test_message_and_its_fact_are_one_transaction():
    switch_on(MessageKind.CONFIRMED, "sms")
    with make.undone():
        make.confirmed()
        assert Message.objects.count() == 1
    assert not Message.objects.exists()


def test_handed_over_order_is_told(provider):
    switch_on(MessageKind.HANDED_OVER, "sms")
    make.product("A", 5)
    make.handed_over()
    sending.send_due(at=LATER)
    assert [row.kind for row in Message.objects.filter(state=State.SENT)] == ["handed_over"]


def test_message_waits_for_the_hours_of_its_customer(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    night = make.AT.replace(hour=22)
    make.confirmed(at=night)

    sending.send_due(at=night)
    assert only().due_at == make.AT.replace(hour=9) + timedelta(days=1)
    sending.send_due(at=only().due_at)
    assert only().state == State.SENT


def test_stale_message_is_dropped(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    make.confirmed()
    sending.send_due(at=make.after(hours=25))
    assert (only().state, only().why, provider.got) == (State.DROPPED, "stale", [])


def test_what_is_true_no_more_is_not_written(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    order = make.confirmed()
    with transaction.atomic():
        cancelled = lifecycle.Why(reason="price")
        lifecycle.move([Order.objects.lock(order.number)], Status.CANCELLED, by=make.BY, at=make.AT, why=cancelled)
    sending.send_due(at=LATER)
    assert (only().why, provider.got) == ("gone", [])


def ring_twice_and_write(provider) -> list[Message]:
    switch_on(MessageKind.NOT_REACHED, "sms")
    order = make.order()
    for minutes in (0, 30):
        ring_in_vain(order, at=make.after(minutes=minutes))
        sending.send_due(at=make.after(minutes=minutes + 1))
    return list(Message.objects.order_by("pk"))


def test_cap_of_a_day_counts_calls_and_messages(provider):
    make.shop(contacts_a_day=2)
    first, second = ring_twice_and_write(provider)
    assert (first.state, second.state, second.why, len(provider.got)) == (State.SENT, State.DROPPED, "cap", 1)


def test_without_the_cap_the_second_goes_out(provider):
    """Negative control."""
    make.shop(contacts_a_day=50)
    ring_twice_and_write(provider)
    assert len(provider.got) == 2


def test_customer_is_written_from_the_named_call_in_vain_on(provider):
    switch_on(MessageKind.NOT_REACHED, "sms", after_tries=2)
    order = make.order()
    ring_in_vain(order)
    assert not Message.objects.exists()
    ring_in_vain(order, at=make.after(minutes=30))
    assert Message.objects.count() == 1


def test_parcel_at_the_pickup_point_is_told_once_a_day(provider):
    switch_on(MessageKind.WAITING, "sms")
    make.product("A", 5)
    order = make.handed_over()
    for minutes in (1, 2):
        make.said(order, "ready_for_pickup", at=make.after(minutes=minutes))
    sending.send_due(at=make.after(minutes=3))
    assert (only().kind, only().state, len(provider.got)) == ("waiting", State.SENT, 1)


def test_crash_in_the_middle_is_shown_and_never_sent_again(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    make.confirmed()
    assert messages.decide(only().pk, at=LATER) is not None  # … and the worker is killed here

    sending.send_due(at=make.after(minutes=2))
    assert only().state == State.SENDING
    sending.send_due(at=make.after(minutes=10))

    assert (only().state, only().why, provider.got) == (State.UNKNOWN, "crash", [])
    assert not messages.mark(only().pk, State.SENT, at=make.after(minutes=11))


def test_second_worker_finds_it_decided(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    make.confirmed()
    assert messages.decide(only().pk, at=LATER) is not None
    assert messages.decide(only().pk, at=LATER) is None


def test_person_sends_again_once(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    provider.answer = 500
    make.confirmed()
    sending.send_due(at=LATER)
    failed, provider.answer = only(), 200

    messages.repeat(failed.pk, by=make.BY, at=make.after(minutes=5))
    with pytest.raises(messages.NotToRepeat):
        messages.repeat(failed.pk, by=make.BY, at=make.after(minutes=6))
    sending.send_due(at=make.after(minutes=7))

    assert [row.state for row in Message.objects.order_by("pk")] == [State.FAILED, State.SENT]


def test_own_words_fill_their_gaps(provider):
    switch_on(MessageKind.CONFIRMED, "sms")
    new = messages.NewText("confirmed", "ru", "", "{name}, заказ {number} собран на {total}")
    messages.save_text(new, by=make.BY, at=make.AT)
    order = make.confirmed(name="{total} Анна")
    sending.send_due(at=LATER)
    assert provider.got[0][1].startswith(f"{{total}} Анна, заказ {order.number} собран на 129")


@pytest.mark.parametrize("text", ["{phone}", "{order.secret}", "{link}"])
def test_gap_that_nothing_fills_is_refused(text):
    with pytest.raises(UnknownPlaceholder):
        messages.save_text(messages.NewText("confirmed", "ru", "", text), by=make.BY, at=make.AT)


def test_rule_without_a_way_is_refused():
    with pytest.raises(messages.NoWayChosen):
        switch_on(MessageKind.CONFIRMED)


# --- the link ---


@pytest.fixture
def link(provider):
    """Give the secret of a link that reached a customer, and the order it is about."""
    switch_on(MessageKind.NOT_REACHED, "sms")
    order = make.order()
    ring_in_vain(order)
    sending.send_due(at=LATER)
    return provider.got[0][1].rsplit("/", 1)[1], order


def test_link_is_long_and_only_its_digest_is_kept(link):
    secret, _order = link
    assert len(secret) >= 32
    assert secret not in json.dumps(list(AnswerLink.objects.values()), default=str)


def test_customer_confirms_by_link_and_the_call_is_closed(link):
    secret, order = link
    messages.answer_confirm(secret, at=make.after(hours=1))

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert CallTask.objects.get(order=order).closed_at is not None
    moved = JournalEvent.objects.get(order=order, to_status=Status.CONFIRMED)
    assert (moved.actor_kind, moved.data["reason"]) == ("customer", "by_link")


def test_link_answers_once(link):
    secret, order = link
    messages.answer_confirm(secret, at=make.after(hours=1))
    with pytest.raises(messages.NothingToAnswer):
        messages.answer_cancel(secret, "price", at=make.after(hours=1))
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


def test_customer_cancels_by_link(link):
    secret, order = link
    messages.answer_cancel(secret, "price", at=make.after(hours=1))
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "price")


def test_customer_chooses_another_hour(link):
    secret, order = link
    question = messages.see_question(secret, at=make.after(hours=1))
    messages.answer_later(secret, question.hours[0], at=make.after(hours=1))
    task = CallTask.objects.get(order=order)
    assert (task.due_at, task.stage, task.closed_at) == (question.hours[0], CallTask.Stage.CALLBACK, None)


def test_hour_that_was_not_offered_is_refused(link):
    with pytest.raises(messages.NoSuchHour):
        messages.answer_later(link[0], make.AT.replace(hour=23), at=make.after(hours=1))


def test_link_expires(link):
    with pytest.raises(messages.LinkGone):
        messages.answer_confirm(link[0], at=make.after(hours=49))


def test_invented_link_is_none():
    with pytest.raises(messages.LinkGone):
        messages.see_question("x" * 32, at=make.AT)
