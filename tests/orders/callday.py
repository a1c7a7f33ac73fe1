"""Days at the call desk made up from a seed: people press, talk, skip and vanish while the clock jumps.

What was done is written down beside the desk, and judged by that alone: who talked to whom, when each phone rang.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orders import calls, intake
from orders.calls import NewAttempt, OrderOutcome
from orders.models import CallTask, Order
from orders.status import CancelReason
from shopdesk.base.errors import DomainError
from shopdesk.people.models import Role, User
from tests import make

MINUTE = timedelta(minutes=1)
# Phones of five zones: Moscow, Sofia, Vladivostok, New York, London.
BEGINNINGS = ["+7916", "+35988", "+7423", "+1212", "+4420"]
LENGTHS = {"+7916": 7, "+35988": 7, "+7423": 7, "+1212": 7, "+4420": 8}
IN_VAIN = ["no_answer", "busy", "unreachable", "voicemail", "dropped", "thinking"]
OUTCOMES = [
    *IN_VAIN,
    "no_answer",
    "no_answer",
    "confirmed",
    "confirmed",
    "declined",
    "callback",
    "wrong_number",
    "fake",
]


@dataclass
class Talk:
    """What somebody believes to be in: the desk's conversation, and until when it holds."""

    conversation: calls.Conversation
    until: datetime

    @property
    def customers(self):
        return {("customer", task.customer_id) for task in self.conversation.tasks if task.customer_id}

    @property
    def held(self):
        return {("phone", phone) for phone in self.conversation.phones} | self.customers


@dataclass
class CallDay:
    """The people, the orders and the clock; `wrong` is what must stay empty."""

    seed: int
    people: int
    orders: int
    at: datetime = make.AT
    talks: dict = field(default_factory=dict)
    dials: list = field(default_factory=list)  # (phone, at, zone, the customer asked to be rung, at any hour)
    rung: set = field(default_factory=set)
    wrong: list = field(default_factory=list)

    def __post_init__(self):
        self.dice = random.Random(self.seed)
        self.callers = [
            User.objects.create_user(f"c{place}@desk.example", name=str(place), role=Role.MANAGER)
            for place in range(self.people)
        ]
        new = [make.new_order(phone=self.phones(), external_id=f"S{row}") for row in range(self.orders)]
        for start in range(0, len(new), 500):
            intake.take_in_many(new[start : start + 500], by=make.BY, at=self.at)

    def phones(self):
        """Give one phone, or several; three in ten are shared with other orders."""
        return ", ".join(dict.fromkeys(self.phone() for _ in range(self.dice.choice((1, 1, 1, 2, 3)))))

    def phone(self):
        begins = self.dice.choice(BEGINNINGS)
        shared = self.dice.random() < 0.3
        number = self.dice.randrange(self.orders // 10 or 1) if shared else self.dice.randrange(10**6)
        return begins + f"2{number:0{LENGTHS[begins] - 1}}"

    def run(self, steps):
        """Do so many things, each by somebody; what is refused is refused and changes nothing."""
        for _step in range(steps):
            self.tick()
            person = self.dice.choice(self.callers)
            deed = self.vanish if self.dice.random() < 0.06 else self.talk if person.pk in self.talks else self.press
            deed(person)
        return self

    def tick(self):
        """Let some time pass; now and then the clock jumps ahead, or is set back."""
        chance = self.dice.random()
        if chance < 0.02:
            self.at += self.dice.choice((30, 90, 360, 720)) * MINUTE
        elif chance < 0.04:
            self.at -= self.dice.choice((1, 5)) * MINUTE
        else:
            self.at += timedelta(seconds=self.dice.randrange(60))

    def vanish(self, person):
        """A worker dies, or somebody goes home: nobody says how the call ended."""
        self.talks.pop(person.pk, None)

    def press(self, person):
        try:
            conversation = calls.take_next(person.pk, at=self.at)
        except (calls.NothingDue, calls.QueueBusy):
            return
        self.begin(person, conversation)

    def begin(self, person, conversation):
        talk = Talk(conversation, conversation.until)
        for other, theirs in self.talks.items():
            if other != person.pk and theirs.until > self.at and theirs.held & talk.held:
                self.wrong.append(f"{person.pk} and {other} talk to one customer at {self.at}")
        self.talks[person.pk] = talk
        self.dial(conversation)

    def dial(self, conversation):
        """Ring, once in a conversation: who vanished and comes back finds it where they left it."""
        task = conversation.task
        if (conversation.token, task.phone) in self.rung:
            return
        self.rung.add((conversation.token, task.phone))
        asked = task.stage == CallTask.Stage.CALLBACK
        self.dials.append((task.phone, self.at, task.zone, asked, asked and task.asked_by_customer))

    def talk(self, person):
        conversation, chance = self.talks[person.pk].conversation, self.dice.random()
        try:
            if chance < 0.1:
                self.talks[person.pk].until = calls.heartbeat(conversation.task.pk, person=person.pk, at=self.at)
            elif chance < 0.15:
                calls.skip(conversation.task.pk, "later", by=person.subject.actor, person=person.pk, at=self.at)
                # Skipped before it rang: that was no call.
                self.dials.remove(next(one for one in reversed(self.dials) if one[0] == conversation.task.phone))
                self.talks.pop(person.pk)
            else:
                self.settle(person, conversation)
        except DomainError:
            self.talks.pop(person.pk)

    def settle(self, person, conversation):
        attempt = self.attempt(conversation)
        task = conversation.task
        calls.settle(task.pk, attempt, by=person.subject.actor, person=person.pk, at=self.at, token=conversation.token)
        went_on = calls.see_conversation(person.pk, at=self.at)
        if went_on is None or went_on.token != conversation.token:
            self.talks.pop(person.pk)
            return
        self.talks[person.pk].conversation = went_on
        if went_on.task.phone != task.phone:
            self.dial(went_on)

    def attempt(self, conversation):
        outcome = self.dice.choice(OUTCOMES)
        others = [task for task in conversation.tasks if task.order_id and task.pk != conversation.task.pk]
        also = [OrderOutcome(task.order_id, "confirmed") for task in others if outcome == "confirmed"]
        asked = self.dice.random() < 0.3
        when = self.at + self.dice.randrange(10, 900) * MINUTE
        return NewAttempt(
            outcome=outcome, reason=CancelReason.PRICE if outcome == "declined" else "",
            callback_at=when if outcome == "callback" else None, asked_by_customer=asked, orders=also,
        )  # fmt: skip

    def judge(self, most_a_day=3):
        """Give everything that was not right, by the dials alone and by how the orders stand."""
        found = list(self.wrong)
        rung = Counter()
        for phone, at, zone, asked, at_any_hour in self.dials:
            clock = at.astimezone(ZoneInfo(zone or "Europe/Moscow"))
            if not at_any_hour and not 9 <= clock.hour < 20:
                found.append(f"{phone} rang at {clock}")
            if not asked:
                rung[phone, clock.date()] += 1
        found += [f"{phone} rang {times} times on {on}" for (phone, on), times in rung.items() if times > most_a_day]
        open_ones = CallTask.objects.filter(closed_at=None)
        found += [f"task {task.pk} has no phone" for task in open_ones.filter(phone="")]
        for order in Order.objects.filter(status="new"):
            if not open_ones.filter(order=order).exists() and not order.holds.filter(closed_at=None).exists():
                found.append(f"order {order.pk} is forgotten")
        return found
