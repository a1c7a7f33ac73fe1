"""Others are told what happens: signed, at least once, for three days, and paused loudly (E2, E3, E6, E7, SEC-21)."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from orders import changes, feed
from orders.models import Feed
from orders.status import HoldReason
from shopdesk.base.outgoing import AddressRefused
from shopdesk.trail.models import TrailEntry
from shopdesk.webhooks import audit, endpoints, planning, sending
from shopdesk.webhooks.endpoints import Terms
from shopdesk.webhooks.kinds import Kind
from shopdesk.webhooks.models import Attempt, Endpoint, Message
from tests import make
from tests.shopdesk.webhooks.receivers import receivers

pytestmark = pytest.mark.django_db
EVERYTHING = list(Kind.values)
STATE = Message.State


@pytest.fixture(autouse=True)
def near(settings, monkeypatch):
    """Let the desk call this machine, and wait less than a person would."""
    settings.OUTGOING_TO_THIS_MACHINE = True
    monkeypatch.setattr(sending, "WAITS_S", 0.4)


@pytest.fixture
def now():
    """The real clock: receivers refuse what was signed five minutes ago."""
    return timezone.now()


def tell(url, *kinds, at, channel=None, name="ERP"):
    made, secret = endpoints.make(Terms(name, url, kinds or EVERYTHING, channel), by=make.BY, at=at)
    return made, secret


def told(endpoint, kind):
    return [json.loads(one.body) for one in Message.objects.filter(endpoint=endpoint, kind=kind).order_by("position")]


def broken():
    return [offender for check in audit.checks() for offender in check.find("default").offenders]


def test_a_days_events_are_told_by_codes_and_numbers(now):
    make.product("A", 10)
    made, _secret = tell("https://erp.example/hook", at=now)

    order = make.delivered(phone="+79165550101")
    changes.hold(make.order(name="Анна Каренина").pk, HoldReason.OTHER, by=make.BY, at=make.AT)
    planning.plan(at=now)

    taken = told(made, Kind.ORDER_TAKEN)[0]
    assert taken["type"] == "order.taken"
    assert taken["timestamp"].endswith("Z")
    assert taken["data"]["order"] == order.pk
    assert taken["data"]["external_id"] == order.external_id
    moves = [one["data"]["to"] for one in told(made, Kind.STATUS_CHANGED) if one["data"]["order"] == order.pk]
    assert moves[:2] == ["confirmed", "picking"]
    assert moves[-1] == "delivered"
    assert told(made, Kind.PARCEL_EVENT)
    assert "order.held" in {one["data"]["event"] for one in told(made, Kind.ORDER_CHANGED)}
    assert told(made, Kind.STOCK_CHANGED)[-1]["data"]["items"] == [{"sku": "A", "available": 8}]
    said = "".join(Message.objects.values_list("body", flat=True))
    assert not any(personal in said for personal in ("9165550101", "Каренина", "Анна"))
    assert broken() == []
    assert planning.plan(at=now) == 0


def test_endpoint_of_one_channel_and_one_kind_is_told_no_more(now):
    make.product("A", 10)
    other = make.channel("other")
    made, _secret = tell("https://erp.example/hook", Kind.ORDER_TAKEN, at=now, channel="other")

    make.order()
    mine = make.order(channel=other)
    planning.plan(at=now)

    assert [one["data"]["order"] for one in told(made, Kind.ORDER_TAKEN)] == [mine.pk]
    assert Message.objects.count() == 1


def test_hostile_receivers_lose_nothing_and_hide_nothing(now):
    make.product("A", 100)
    with receivers(200, 500, 301, "slow", "closed", "cut") as hostile:
        kinds = (Kind.ORDER_TAKEN, Kind.STATUS_CHANGED)
        keys = [(one, *tell(one.url, *kinds, at=now, name=str(one.mood))) for one in hostile]
        for _ in range(12):
            make.confirmed()
        planning.plan(at=now)
        for seconds in (0, 6, 40):
            sending.send_due(at=now + timedelta(seconds=seconds))
        for one, made, _secret in keys:
            delivered = made.messages.filter(state=STATE.DELIVERED).values_list("code", flat=True)
            assert set(delivered) == set(one.taken), one.mood
            assert made.messages.count() == 24
        assert len(hostile[0].taken) == 24
        for one in hostile:
            one.mood = 200
        for minute in range(4):
            sending.send_due(at=now + timedelta(seconds=100, minutes=minute))

        for one, made, secret in keys:
            assert not made.messages.exclude(state=STATE.DELIVERED).exists()
            assert {headers["webhook-id"] for headers, _body in verified(one, secret)} == set(one.taken)
            assert len(set(one.taken)) == 24
    assert broken() == []


def verified(receiver, secret):
    """Give what a receiver saw, each checked with the other side's own library; one id has one body (E3)."""
    bodies = {}
    for headers, body in receiver.seen:
        assert Webhook(secret).verify(body, headers)["type"] in EVERYTHING
        assert bodies.setdefault(headers["webhook-id"], body) == body
    return receiver.seen


def test_gone_is_paused_loudly_and_goes_on_where_it_stopped(now, django_capture_on_commit_callbacks):
    owner = make.owner(email="owner@desk.example")
    make.product("A", 100)
    with receivers(410) as (gone,):
        made, _secret = tell(gone.url, Kind.ORDER_TAKEN, at=now)
        make.order()
        planning.plan(at=now)
        with django_capture_on_commit_callbacks(execute=True):
            sending.send_due(at=now)
        make.order()
        planning.plan(at=now)
        sending.send_due(at=now + timedelta(minutes=10))

        made.refresh_from_db()
        assert made.paused_why == Endpoint.Paused.GONE
        assert len(gone.seen) == 1
        assert [letter.to for letter in mail.outbox] == [[owner.email]]
        gone.mood = 200
        endpoints.resume(made.pk, by=make.BY, at=now + timedelta(minutes=1))
        sending.send_due(at=now + timedelta(minutes=1))
        assert len(gone.taken) == 2
    assert broken() == []


def test_after_three_days_it_is_listed_and_can_be_sent_again(now):
    make.product("A", 100)
    with receivers("closed") as (deaf,):
        made, _secret = tell(deaf.url, Kind.ORDER_TAKEN, at=now)
        make.order()
        planning.plan(at=now)
        at, tries = now, 0
        while not Message.objects.filter(state=STATE.DEAD).exists():
            sending.send_due(at=at)
            tries += 1
            at = max(at, Message.objects.get().due_at) + timedelta(seconds=1)
        made.refresh_from_db()
        assert timedelta(days=3) <= at - now < timedelta(days=3, hours=9)
        assert made.paused_why == Endpoint.Paused.DEAD
        assert tries == Message.objects.get().attempts == Attempt.objects.count() > 15

        deaf.mood = 200
        endpoints.send_again(made.pk, [Message.objects.get().pk], at=at)
        endpoints.resume(made.pk, by=make.BY, at=at)
        sending.send_due(at=at)
        assert len(set(deaf.ids)) == 1
        assert Message.objects.get().state == STATE.DELIVERED
    assert broken() == []


def test_a_slow_endpoint_holds_up_nobody(now):
    make.product("A", 100)
    with receivers("slow", 200) as (slow, quick):
        tell(slow.url, Kind.ORDER_TAKEN, at=now)
        tell(quick.url, Kind.ORDER_TAKEN, at=now)
        for _ in range(45):
            make.order()
        planning.plan(at=now)

        sending.send_due(at=now)

        assert len(quick.taken) == 45  # three turns of its own, while the other one was silent
        assert len(slow.seen) == 1


def test_worker_that_dies_after_the_answer_sends_the_same_again(now):
    make.product("A", 100)
    with receivers(200) as (erp,):
        made, _secret = tell(erp.url, Kind.ORDER_TAKEN, at=now)
        make.order()
        planning.plan(at=now)
        taken = sending._take(8, at=now)
        sending._turn(sending._letters(taken[0], at=now), now)  # and here the worker is killed

        assert sending.send_due(at=now) == 0  # its lease still stands
        assert sending.send_due(at=now + sending.LEASE) == 1
        assert len(erp.seen) == 2
        assert len(set(erp.ids)) == 1
    assert Message.objects.get(endpoint=made).attempts == 1


def test_two_secrets_sign_for_a_day(now):
    make.product("A", 100)
    with receivers(200) as (erp,):
        made, old = tell(erp.url, Kind.ORDER_TAKEN, at=now)
        _row, new = endpoints.change_secret(made.pk, by=make.BY, at=now - timedelta(hours=23))
        make.order()
        planning.plan(at=now)
        sending.send_due(at=now)
        Endpoint.objects.update(old_until=now)
        make.order()
        planning.plan(at=now)
        sending.send_due(at=now)

        (first, one), (second, two) = erp.seen
        assert Webhook(old).verify(one, first) == Webhook(new).verify(one, first)
        assert Webhook(new).verify(two, second)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(two, second)
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(two + b" ", second)
    made.refresh_from_db()
    assert old not in made.old_secret
    assert new not in made.secret


def test_endpoint_whose_key_is_lost_is_paused_and_others_go_on(now, settings):
    make.product("A", 100)
    with receivers(200, 200) as (lost, fine):
        broken_one, _secret = tell(lost.url, Kind.ORDER_TAKEN, at=now)
        tell(fine.url, Kind.ORDER_TAKEN, at=now)
        Endpoint.objects.filter(pk=broken_one.pk).update(secret="s1.00000000.AAAA")
        make.order()
        planning.plan(at=now)
        sending.send_due(at=now)

        assert (len(lost.seen), len(fine.taken)) == (0, 1)
    broken_one.refresh_from_db()
    assert broken_one.paused_why == Endpoint.Paused.KEY


def test_addresses_inside_are_refused_when_named_and_when_called(now, settings):
    """V1.3.6: what a name stands for may change after it was named."""
    settings.OUTGOING_TO_THIS_MACHINE = False
    inside = ("https://127.0.0.1/hook", "https://169.254.169.254/latest", "https://[::1]/", "https://10.1.2.3/x")
    for url in (
        "http://erp.example/", "https://erp.example:22/", "https://user@erp.example/", "ftp://erp.example/", *inside,
    ):  # fmt: skip
        with pytest.raises(AddressRefused):
            tell(url, at=now)
    make.product("A", 100)
    tell("https://localhost/hook", Kind.ORDER_TAKEN, at=now)
    make.order()
    planning.plan(at=now)
    sending.send_due(at=now)

    assert Attempt.objects.get().reason == "address"
    assert Message.objects.get().state == STATE.WAITING


def test_what_was_told_a_month_ago_is_forgotten(now):
    make.product("A", 100)
    with receivers(200) as (erp,):
        made, _secret = tell(erp.url, Kind.ORDER_TAKEN, at=now)
        make.order()
        planning.plan(at=now)
        sending.send_due(at=now)
    assert sending.forget_bodies(at=now + timedelta(days=29)) == 0
    assert sending.forget_bodies(at=now + timedelta(days=31)) == 1
    with pytest.raises(endpoints.BodyForgotten):
        endpoints.send_again(made.pk, [Message.objects.get().pk], at=now)
    assert broken() == []


def test_ended_endpoint_is_told_nothing_and_its_list_stays(now):
    make.product("A", 100)
    made, _secret = tell("https://erp.example/hook", Kind.ORDER_TAKEN, at=now)
    make.order()
    planning.plan(at=now)
    endpoints.end(made.pk, by=make.BY, at=now)
    make.order()

    assert planning.plan(at=now) == 0
    assert sending.send_due(at=now) == 0
    assert Message.objects.get().state == STATE.DROPPED


@pytest.mark.parametrize(
    ("breakage", "promise"),
    [
        (lambda row: row.delete(), "position"),
        (lambda row: Message.objects.filter(pk=row.pk).update(body="{}"), "message"),
        (lambda row: Message.objects.filter(pk=row.pk).update(state=STATE.DELIVERED), "message"),
    ],
    ids=["E2", "E3", "E6"],
)
def test_auditor_sees_what_was_lost_changed_or_made_up(now, breakage, promise):
    """Negative controls of the three checks."""
    make.product("A", 100)
    tell("https://erp.example/hook", Kind.ORDER_TAKEN, at=now)
    make.order()
    planning.plan(at=now)
    assert broken() == []

    breakage(Message.objects.get())

    assert len(broken()) == 1
    assert promise in broken()[0]


def test_events_of_before_are_not_told_and_every_later_one_is(now):
    make.product("A", 100)
    make.order()
    feed.publish()
    made, _secret = tell("https://erp.example/hook", at=now)
    assert planning.plan(at=now) == 0
    make.order()
    planning.plan(at=now)
    made.refresh_from_db()

    assert made.planned_to == Feed.objects.order_by("-position").values_list("position", flat=True)[0]
    assert {one.position for one in Message.objects.all()} <= set(range(made.since + 1, made.planned_to + 1))


@pytest.mark.parametrize("url", ["https://93.184.216.134/hook", "https://hooks.example/services/4951234567890/in"])
def test_address_that_looks_like_a_phone_may_be_told(now, settings, url):
    """The trail refused it once, since nothing personal may stand there; it notes the print of such an address."""
    settings.OUTGOING_TO_THIS_MACHINE = False
    tell(url, Kind.ORDER_TAKEN, at=now)

    said = TrailEntry.objects.get(target_kind="endpoint", after__has_key="url").after["url"]
    assert said.startswith("sha256:")
    assert Endpoint.objects.get().url == url
