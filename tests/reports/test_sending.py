"""Reports by mail: due by the reader's clock, once whatever happens, and the same bytes for ever."""

import hashlib
import smtplib
import socket
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from io import BytesIO
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.test import Client
from django.urls import reverse
from PIL import Image
from python_calamine import CalamineWorkbook

from reports import letters, sending
from reports.models import ReportLetter, Subscription
from reports.sending import NewSubscription, NoReader, NothingToSettle, SubscribedAlready
from shopdesk.base.errors import Missing
from shopdesk.base.periods import day, month, week
from shopdesk.people.models import User
from tests import make

MOSCOW = "Europe/Moscow"
NEXT_MORNING = make.AT.replace(hour=8, minute=0) + timedelta(days=1)
State = ReportLetter.State


def subscribe(person, *, every="day", hour=8, zone=MOSCOW, language="en", at=make.AT):
    new = NewSubscription(person.pk, every, hour, zone, language)
    return sending.subscribe(new, by=person.subject.actor, at=at)


@pytest.mark.parametrize(
    ("period", "zone", "wanted"),
    [
        (day(date(2026, 11, 23), MOSCOW), MOSCOW, datetime(2026, 11, 24, 8, tzinfo=ZoneInfo(MOSCOW))),
        # New York's eight o'clock comes eight hours after Moscow's.
        (day(date(2026, 11, 23), MOSCOW), "America/New_York", datetime(2026, 11, 24, 16, tzinfo=ZoneInfo(MOSCOW))),
        (week(date(2026, 11, 23), MOSCOW), MOSCOW, datetime(2026, 11, 30, 8, tzinfo=ZoneInfo(MOSCOW))),
        (month(date(2026, 11, 23), MOSCOW), MOSCOW, datetime(2026, 12, 1, 8, tzinfo=ZoneInfo(MOSCOW))),
        # The night of the change: the day that follows the short one.
        (day(date(2026, 3, 28), "Europe/Sofia"), "Europe/Sofia", datetime(2026, 3, 29, 5, tzinfo=ZoneInfo("UTC"))),
    ],
)
def test_due_at_the_hour_of_the_readers_clock(period, zone, wanted):
    assert sending.due_at(period, 8, zone) == wanted


def test_a_skipped_hour_moves_on_and_a_report_is_never_due_before_its_period_is_over():
    short = day(date(2026, 3, 28), "Europe/Sofia")  # at 3:00 of the 29th the clocks go on to 4:00
    assert sending.due_at(short, 3, "Europe/Sofia") == datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("UTC"))
    for hour in range(24):
        for zone in ("Asia/Almaty", "America/Sao_Paulo", "Pacific/Kiritimati"):
            due = sending.due_at(short, hour, zone)
            assert timedelta(0) <= due - short.end < timedelta(hours=25)


@pytest.mark.django_db
class TestDesk:
    @pytest.fixture
    def owner(self):
        make.shop(name="Дом & Ко", language="en")
        make.product("A", 9)
        make.delivered([("A", 2, "100.00")])
        return make.owner()

    def test_comes_once_in_the_morning_and_never_again(self, owner):
        subscribe(owner)
        assert sending.send_due(at=NEXT_MORNING - timedelta(minutes=1)) == 0
        assert sending.send_due(at=NEXT_MORNING) == 1
        assert sending.send_due(at=NEXT_MORNING) == 0
        assert sending.send_due(at=NEXT_MORNING + timedelta(hours=9)) == 0
        letter = ReportLetter.objects.get()

        assert (letter.state, letter.from_on, letter.attempt) == (State.SENT, date(2026, 11, 23), 1)
        assert sending.send_due(at=NEXT_MORNING + timedelta(days=1)) == 1
        assert ReportLetter.objects.count() == 2

    def test_two_beats_make_one_letter(self, owner):
        subscribe(owner)
        sending.plan(at=NEXT_MORNING)
        sending.plan(at=NEXT_MORNING)
        first, second = ReportLetter.objects.get(), ReportLetter.objects.select_related("subscription").get()
        sending._write(first, NEXT_MORNING)
        sending._write(second, NEXT_MORNING)  # it read the row before the first one took it
        first, second = ReportLetter.objects.get(), ReportLetter.objects.get()

        assert sending._send(first, NEXT_MORNING)
        assert not sending._send(second, NEXT_MORNING)
        assert len(mail.outbox) == 1

    def test_without_the_guard_it_would_go_out_twice(self, owner, monkeypatch):
        """Negative control."""
        subscribe(owner)
        sending.plan(at=NEXT_MORNING)
        sending._write(ReportLetter.objects.get(), NEXT_MORNING)
        twins = ReportLetter.objects.get(), ReportLetter.objects.get()
        monkeypatch.setattr(sending, "_settle", lambda letter, **changes: True)
        for letter in twins:
            sending._send(letter, NEXT_MORNING)

        assert len(mail.outbox) == 2

    def test_a_crash_while_it_is_sent_is_shown_and_sends_nothing(self, owner, monkeypatch):
        subscribe(owner)

        def stop(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr(sending, "hand_over", stop)
            with pytest.raises(KeyboardInterrupt):
                sending.send_due(at=NEXT_MORNING)
        later = NEXT_MORNING + timedelta(minutes=6)
        assert sending.send_due(at=later) == 0
        letter = ReportLetter.objects.get()
        assert (letter.state, letter.why) == (State.UNKNOWN, ReportLetter.Why.CRASH)
        assert len(mail.outbox) == 0

        client = Client()
        client.force_login(owner)
        with time_machine.travel(later, tick=False):
            assert "1 letter did not go out" in client.get(reverse("reports-subscriptions")).content.decode()
            assert reverse("reports-subscriptions") in client.get("/").content.decode()
        sending.send_again(letter.code, at=later)
        sending.send_due(at=later)
        assert ReportLetter.objects.get().state == State.SENT
        with pytest.raises(NothingToSettle):
            sending.send_again(letter.code, at=later)

    def test_a_crash_while_it_is_written_is_tried_again_and_given_up(self, owner, monkeypatch):
        subscribe(owner)
        monkeypatch.setattr(letters, "write", lambda *_, **__: 1 / 0)
        at = NEXT_MORNING
        for _ in range(sending.MOST_TRIES):
            with pytest.raises(ZeroDivisionError):
                sending.send_due(at=at)
            assert sending.send_due(at=at) == 0  # under its lease nobody takes it
            at += sending.LEASE
        sending.send_due(at=at)

        assert ReportLetter.objects.get().why == ReportLetter.Why.WRITING

    def test_a_post_that_is_not_there_is_tried_again_and_then_told(self, owner, monkeypatch):
        subscribe(owner)

        class NoPost:
            def open(self):
                raise ConnectionRefusedError

        monkeypatch.setattr(sending, "get_connection", NoPost)
        at, tries = NEXT_MORNING, 0
        while ReportLetter.objects.exclude(state=State.FAILED).exists() or not tries:
            tries += sending.send_due(at=at)
            at += timedelta(minutes=1)

        assert tries == sending.MOST_TRIES
        assert at - NEXT_MORNING > timedelta(minutes=30)
        assert ReportLetter.objects.get().why == ReportLetter.Why.POST

    def test_what_the_post_says_tells_what_is_known(self, owner, monkeypatch):
        letter = ReportLetter(code="0" * 32, recipient=owner)

        class Post:
            def __init__(self, error):
                self.error = error

            def open(self):
                pass

            def send_messages(self, _):
                raise self.error

            close = open

        for error, known in (
            (smtplib.SMTPRecipientsRefused({}), False),
            (smtplib.SMTPDataError(552, b""), False),
            (smtplib.SMTPServerDisconnected(), None),
            (TimeoutError(), None),
        ):
            monkeypatch.setattr(sending, "get_connection", lambda error=error: Post(error))
            assert sending.hand_over(letter, b"") is known

    def test_a_pause_sends_nothing_of_its_days(self, owner):
        one = subscribe(owner)
        sending.change(one.pk, Subscription.State.PAUSED, at=make.AT)
        assert sending.send_due(at=NEXT_MORNING) == 0
        sending.change(one.pk, Subscription.State.ACTIVE, at=NEXT_MORNING + timedelta(hours=2))
        assert sending.send_due(at=NEXT_MORNING + timedelta(hours=3)) == 0
        assert sending.send_due(at=NEXT_MORNING + timedelta(days=1)) == 1
        sending.change(one.pk, Subscription.State.ENDED, at=NEXT_MORNING)
        with pytest.raises(Missing):
            sending.try_out(one.pk, at=NEXT_MORNING)
        assert subscribe(owner).pk != one.pk

    def test_who_may_not_read_reports_gets_none(self, owner):
        with pytest.raises(NoReader):
            subscribe(make.packer())
        manager = make.manager()
        subscribe(manager)
        with pytest.raises(SubscribedAlready):
            subscribe(manager)
        User.objects.filter(pk=manager.pk).update(is_active=False)
        assert sending.send_due(at=NEXT_MORNING) == 0
        assert ReportLetter.objects.get().why == ReportLetter.Why.RIGHTS

    def test_a_manager_sees_only_their_own(self, owner):
        manager, other = make.manager(), make.manager()
        one = subscribe(other)
        sending.try_out(one.pk, at=make.AT)
        letter = ReportLetter.objects.get()
        client = Client()
        client.force_login(manager)
        posted = {"recipient": other.pk, "every": "week", "hour": 8, "zone": MOSCOW, "language": "en"}

        assert client.post(reverse("reports-subscriptions"), posted).status_code == 400
        assert Subscription.objects.count() == 1
        assert client.get(reverse("reports-letter", args=[letter.code])).status_code == 404
        assert client.post(reverse("reports-subscription-test", args=[one.pk])).status_code == 404
        assert other.name not in client.get(reverse("reports-subscriptions")).content.decode()

    def test_read_again_it_is_the_same_to_the_byte(self, owner):
        subscribe(owner)
        sending.send_due(at=NEXT_MORNING)
        letter = ReportLetter.objects.get()
        kept = letters.place(letter.code).read_bytes()
        client = Client()
        client.force_login(owner)
        path = reverse("reports-letter-part", args=[letter.code, "letter.eml"])
        make.delivered([("A", 1, "100.00")], at=make.AT, phone="+79161112233")  # the past changes behind its back

        assert mail.outbox[0].message().as_bytes() == kept
        assert client.get(path).content == kept
        assert hashlib.sha256(kept).hexdigest() == letter.hash
        page = client.get(reverse("reports-letter", args=[letter.code])).content.decode()
        assert letter.hash in page
        assert "picture-1.png" in page
        # Negative control: a byte that changed is no letter any more.
        letters.place(letter.code).write_bytes(kept[:-1] + b"!")
        assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_real_post_receives_what_the_page_says(settings):
    """The picture, the workbook and the PDF open with other libraries and agree with the page."""
    received = []

    class Box:
        async def handle_DATA(self, server, session, envelope):  # the library's name
            received.append(envelope)
            return "250 OK"

    make.shop(name="Дом & Ко", language="ru")
    make.product("A", 9)
    make.delivered([("A", 2, "100.50")])
    owner = make.owner(language="ru")
    subscribe(owner, language="ru")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    post = Controller(Box(), hostname="127.0.0.1", port=port)
    post.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        assert sending.send_due(at=NEXT_MORNING) == 1
    finally:
        post.stop()
    assert ReportLetter.objects.get().state == State.SENT
    client = Client()
    client.force_login(owner)
    with time_machine.travel(NEXT_MORNING, tick=False):
        page = client.get("/reports?from=2026-11-23&until=2026-11-23").content.decode()

    assert [envelope.rcpt_tos for envelope in received] == [[owner.email]]
    message = message_from_bytes(received[0].content, policy=policy.default)
    html = message.get_body(("html",)).get_content()
    text = message.get_body(("plain",)).get_content()
    parts = letters.parts(received[0].content)
    sold = "201 ₽".replace(" ", "\u00a0")
    assert message["Subject"] == "Дом & Ко: Понедельник, 23 ноября 2026"
    for said in (html, text, page):
        assert sold in said
    assert "Данные на" in html
    for name in ("picture-1.png", "picture-2.png"):
        assert f"cid:{name}@" in html
        with Image.open(BytesIO(parts[name][1])) as picture:
            assert picture.size == (1200, 416)
            assert len(picture.convert("RGB").getcolors(2**24)) > 20  # something is drawn on it
    book = CalamineWorkbook.from_filelike(BytesIO(parts["report-2026-11-23.xlsx"][1]))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[-1] for row in rows if "RUB" in row and "Продано" in row][0] == 201.0
    pdf = pypdfium2.PdfDocument(parts["report-2026-11-23.pdf"][1])
    words = "".join(pdf[number].get_textpage().get_text_range() for number in range(len(pdf)))
    assert "201" in words
    assert "Продано" in words
