"""The next call is found by walking along an index, and is the one that ranking all of them would put first."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orders import calls, contacts
from orders.calls import nextcall, presence, pressing
from orders.calls.choosing import RANKS, candidates, rank_of
from orders.models import (
    CallAttempt,
    Caller,
    CallTask,
    CustomerPhone,
    JournalEvent,
    Message,
    Mode,
    Order,
    PhoneLease,
)
from orders.models.sight import calls_for
from shopdesk.limits.models import LimitSet
from shopdesk.people.absence import Absence
from shopdesk.people.limits import limits_of_actor
from tests import make

pytestmark = pytest.mark.django_db
MOST = 12  # statements of a press by somebody who sits at the desk, with BEGIN and COMMIT
EVENING = make.after(hours=2)  # nine in Vladivostok, two in the afternoon in Moscow
ZONES = ("", "Europe/Moscow", "Asia/Vladivostok", "Asia/Kamchatka")


class Shop:
    """A shop with calls of every kind, made up from a seed."""

    def __init__(self, seed: int, *, owned: bool, limited: bool) -> None:
        self.dice, self.owned = random.Random(seed), owned
        make.shop(zone="Europe/Moscow", country="RU")
        self.people = [make.manager() for _ in range(3)]
        for person in self.people[:2]:
            calls.switch(person.pk, "on_calls", by=make.BY, at=EVENING)
        self.me = self.people[0]
        if self.dice.random() < 0.5:
            days = {"from_on": EVENING.date(), "until_on": EVENING.date() + timedelta(days=1)}
            Absence.objects.create(person=self.people[2], substitute=self.dice.choice(self.people[:2]), **days)
        if limited:
            some = {"statuses": self.dice.choice([None, ["new"], []]), "channels": self.dice.choice([None, ["shop"]])}
            LimitSet.objects.create(person=self.me, **some)
        self.orders = [make.order(phone=f"+7916000{place:04}", channel=self.channel()) for place in range(8)]
        Order.objects.filter(pk__in=[order.pk for order in self.orders[:2]]).update(status="confirmed")
        CallTask.objects.all().delete()
        CallTask.objects.bulk_create(self.task(place) for place in range(70))
        for task in CallTask.objects.order_by("?")[:6]:
            until = EVENING + timedelta(minutes=self.dice.choice((-1, 0, 5)))
            PhoneLease.objects.get_or_create(phone=task.phone, defaults={"person": self.people[1], "until": until})
        self.seat()

    def channel(self):
        return make.channel(self.dice.choice(("shop", "market")))

    def seat(self) -> None:
        """Let me take some languages, channels and regions only, or any."""
        skills = {"languages": ["ru"], "channels": ["market"], "regions": ["RU-PRI"]}
        chosen = {name: some if self.dice.random() < 0.3 else [] for name, some in skills.items()}
        Caller.objects.filter(pk=self.me.pk).update(**chosen)

    def task(self, place: int) -> CallTask:
        dice, minute = self.dice, timedelta(minutes=1)
        order = self.orders[place // 3] if place < 3 * len(self.orders) else None
        modes = (Mode.CONFIRM, Mode.FOLLOW_UP, Mode.DELIVERY_PROBLEM) if order else (Mode.LEAD, Mode.MISSED_CALL)
        mode = modes[place % len(modes)]
        return CallTask(
            order=order, customer=order and order.customer, phone=f"+7903000{place:04}", mode=mode,
            stage=dice.choice(CallTask.Stage.values), zone=dice.choice(ZONES),
            due_at=EVENING + dice.choice((-400, -15, -5, 0, 1)) * minute,
            limit_at=dice.choice((None, EVENING - minute, EVENING, EVENING + minute)),
            language=dice.choice(("", "ru", "bg")), region=dice.choice(("", "RU-PRI", "RU-MOW")),
            owner=dice.choice((None, *self.people)) if self.owned else None, asked_by_customer=dice.random() < 0.3,
            promised_on=dice.choice((None, None, EVENING.date(), EVENING.date() + timedelta(days=1))),
            total_minor=dice.choice((0, 100, 200)), opened_at=EVENING - dice.randrange(3) * minute,
            closed_at=dice.choice((None,) * 9 + (EVENING,)),
        )  # fmt: skip

    def ranked(self, at) -> list[int]:
        """Rank the calls as domain.md tells it, in Python."""
        shift, seat = presence.read_shift(at), Caller.objects.get(pk=self.me.pk)
        limits = limits_of_actor(self.me.subject.actor)
        seen = set(CallTask.objects.filter(calls_for(limits)).values_list("pk", flat=True))
        awake = set(candidates(at).values_list("pk", flat=True))
        own, others = {self.me.pk, *shift.owners_of(self.me.pk)}, shift.owners_of_others(self.me.pk)

        def is_mine(task: CallTask) -> bool:
            kept = task.owner_id in others and task.due_at > at - timedelta(minutes=10)
            served = task.order is None or not seat.channels or task.order.channel_id in seat.channels
            spoken = not seat.languages or task.language in {"", *seat.languages}
            near = not seat.regions or task.region in {"", *seat.regions}
            return task.pk in seen & awake and not kept and served and spoken and near

        def place(task: CallTask):
            promised = (task.promised_on is None, task.promised_on or at.date())
            rank = RANKS.index(rank_of(task, at))
            return rank, task.owner_id not in own, promised, -task.total_minor, task.opened_at, task.pk

        return [task.pk for task in sorted(CallTask.objects.select_related("order"), key=place) if is_mine(task)]

    def walked(self, at) -> list[int]:
        """Take the next call again and again, each time but for those that were taken before."""
        found: list[int] = []
        with transaction.atomic():
            press = pressing.read(self.me.pk, at)
            while one := nextcall.lock(press, found):
                found.append(one[0].pk)
        return found


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("owned", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_walk_meets_the_calls_in_the_order_of_their_ranks(seed, owned, limited):
    shop = Shop(seed, owned=owned, limited=limited)

    assert shop.walked(EVENING) == shop.ranked(EVENING)


def test_seeds_make_calls_of_every_rank():
    """Control of the one above: it compares something."""
    shop = Shop(2, owned=True, limited=False)
    Caller.objects.update(languages=[], channels=[], regions=[])

    met = [rank_of(CallTask.objects.get(pk=pk), EVENING) for pk in shop.walked(EVENING)]

    assert set(met) == set(RANKS)
    assert met == sorted(met, key=RANKS.index)


def dearest_last(text: str) -> str:
    return text.replace("t.total_minor DESC", "t.total_minor")


def anybodys_alike(text: str) -> str:
    return text.replace("t.owner_id {numbers:own}", "t.owner_id IS NULL")


@pytest.mark.parametrize("broken", [dearest_last, anybodys_alike])
def test_a_walk_in_another_order_is_found_out(broken: Callable[[str], str], monkeypatch):
    """Negative control: what the walk goes by is seen in what it meets."""
    shop = Shop(1, owned=True, limited=False)
    for name in ("ORDER", "OWN"):
        monkeypatch.setattr(nextcall, name, broken(getattr(nextcall, name)))
    monkeypatch.setattr(nextcall, "_walk", nextcall._walk.__wrapped__)

    assert shop.walked(EVENING) != shop.ranked(EVENING)


@pytest.mark.parametrize("waiting", [1, 60])
def test_a_press_asks_few_questions_however_many_wait(waiting):
    make.shop(zone="Europe/Moscow", country="RU")
    for place in range(waiting):
        make.order(phone=f"+7916000{place:04}")
    anna = make.manager()
    calls.switch(anna.pk, "on_calls", by=make.BY, at=make.AT)

    with CaptureQueriesContext(connection) as asked:
        talk = calls.take_next(anna.pk, at=make.AT)

    assert len(asked) <= MOST, [query["sql"] for query in asked]
    assert PhoneLease.objects.get().token == talk.token
    assert CallTask.objects.get(pk=talk.task.pk).score == talk.task.score != {}


def test_what_a_phone_heard_lately_is_what_the_models_tell():
    """By indexes, for one phone: calls, one not noted yet, messages; neither old ones nor what went elsewhere."""
    order, anna = make.order(), make.manager()
    event = JournalEvent.objects.filter(order=order).first()
    said = {"order": order, "event": event, "due_at": make.AT, "occasion_at": make.AT}
    ways = [
        ("sms", "sent", 1),
        ("messenger", "unknown", 1),
        ("mail", "sent", 2),
        ("sms", "dropped", 3),
        ("sms", "sent", 99),
    ]
    for place, (route, state, hours) in enumerate(ways):
        decided_at = make.after(hours=-hours)
        Message.objects.create(kind="handed", slot=str(place), route=route, state=state, decided_at=decided_at, **said)
    talk = calls.take_next(anna.pk, at=make.AT)
    attempt = {"task": talk.task, "outcome": "busy", "applied": True, "event": event}
    for phone, hours in ((CustomerPhone.objects.get(), 1), (None, 2), (None, 49)):
        CallAttempt.objects.create(phone=phone, at=make.after(hours=-hours), **attempt)

    heard = contacts.lately(order.contact_phone, make.AT)

    assert heard == contacts.heard_by([order.contact_phone], make.AT - contacts.LATELY)[order.contact_phone]
    assert heard.calls == [make.after(hours=-2), make.after(hours=-1), make.AT]
    assert heard.messages == [make.after(hours=-1)] * 2


@pytest.fixture
def anna_who_pressed():
    """Somebody of whom this process knows what they could be given when they pressed the last time."""
    make.shop(zone="Europe/Moscow", country="RU")
    for place, channel in enumerate(("shop", "shop", "market")):
        make.order(phone=f"+7916000{place:04}", channel=make.channel(channel))
    anna = make.manager()
    calls.switch(anna.pk, "on_calls", by=make.BY, at=make.AT)
    talk = calls.take_next(anna.pk, at=make.AT)
    calls.skip(talk.task.pk, "", by=make.BY, person=anna.pk, at=make.AT)
    return anna


def test_next_press_is_asked_as_the_last_one_was(anna_who_pressed):
    at = make.after(minutes=1)
    guessed = nextcall.guess(anna_who_pressed.pk, [], at)

    with transaction.atomic(), pressing.pressed(anna_who_pressed.pk, at) as press:
        assert guessed == [nextcall._asked(press, [])]


def test_who_may_take_less_by_now_is_given_less_whatever_was_guessed(anna_who_pressed):
    """What was known of them asks for a call of any channel; it is met, and given to nobody."""
    LimitSet.objects.create(person=anna_who_pressed, channels=["market"])

    talk = calls.take_next(anna_who_pressed.pk, at=make.AT)

    assert talk.task.order.channel_id == "market"
    assert CallTask.objects.exclude(token="").count() == 1
