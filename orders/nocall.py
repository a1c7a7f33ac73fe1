"""Orders that need no call: which rule says so, by which figures, and what a rule would have said in the past."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from orders.models import (
    CallAttempt,
    CallTask,
    Channel,
    Hold,
    JournalEvent,
    Mode,
    NoCallDecision,
    NoCallRule,
    Order,
    Payment,
    PhoneLease,
)
from orders.status import CancelReason, Status
from shopdesk.base.prepared import Reading

REFUSED: Final = (Status.RETURNING, Status.RETURNED)
NEVER_MEANT: Final = (CancelReason.FAKE, CancelReason.NO_CONTACT)
TRIED_ON: Final = timedelta(days=90)
MOST_TRIED: Final = 20_000
MOST_SHOWN: Final = 500
ACTIVE: Final = Reading(NoCallRule, "WHERE t.active ORDER BY t.id")
PRIOR: Final = 5  # a customer nobody knows is as risky as five average orders say


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at. `delivered` and `refused` are the customer's other orders so far."""

    total_minor: int
    paid: bool
    delivered: int
    refused: int


@dataclass(frozen=True, slots=True)
class Decided:
    """An order that a rule confirms, and why."""

    order: Order
    rule: NoCallRule
    facts: Facts


@dataclass(frozen=True, slots=True)
class Skipped:
    """A past order that a rule would have confirmed without a call, and how it went."""

    order: Order
    facts: Facts

    @property
    def went_wrong(self) -> bool:
        return self.order.status in REFUSED or self.order.status == Status.CANCELLED


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done: so many of so many skipped, and of those so many refused or cancelled after all.

    `rows` are the newest of the skipped.
    """

    of: int
    skipped: int
    went_wrong: int
    rows: Sequence[Skipped]


def says_no_call(rule: NoCallRule, facts: Facts) -> bool:
    """Tell whether an order need not be rung about, by this rule."""
    if rule.most_total_minor is not None and facts.total_minor > rule.most_total_minor:
        return False
    if rule.what == NoCallRule.What.PREPAID:
        return facts.paid
    if rule.what == NoCallRule.What.LOYAL:
        return facts.delivered >= rule.least_delivered and facts.refused <= rule.most_refused
    return rule.call_minor > expected_loss(rule, facts)


def expected_loss(rule: NoCallRule, facts: Facts) -> int:
    """Say what not ringing may cost: the refusal's price by how likely it is, the customer's own history first.

    The shop's share weighs as much as `PRIOR` orders (additive smoothing). Rounded up, so that a tie is rung.
    """
    known = facts.delivered + facts.refused
    hundredths = facts.refused * 100 + PRIOR * rule.refusal_percent
    return -(-rule.refusal_minor * hundredths // (100 * (known + PRIOR)))


def rules() -> list[NoCallRule]:
    """Give the rules that are switched on; most shops have none."""
    return ACTIVE.all()


def decide(orders: Sequence[Order]) -> list[Decided]:
    """Give those of new, unheld orders that a rule confirms; the first rule that says so counts."""
    active = rules() if orders else []
    if not active:
        return []
    open_to_it = _plain([order for order in orders if order.status == Status.NEW])
    facts = _facts_now(open_to_it)
    found = []
    for order in open_to_it:
        rule = next((rule for rule in active if says_no_call(rule, facts[order.pk])), None)
        if rule is not None:
            found.append(Decided(order, rule, facts[order.pk]))
    return found


def note(decided: Sequence[Decided], events: Sequence[JournalEvent]) -> None:
    """Keep which rule confirmed which order, by which figures; some of them wait for a person's verdict."""
    NoCallDecision.objects.bulk_create(
        NoCallDecision(
            rule=one.rule, order=one.order, inputs=asdict(one.facts), event=event, at=event.at,
            sampled=_is_sampled(one.rule, one.order.pk),
        )
        for one, event in zip(decided, events, strict=True)
    )  # fmt: skip


def look_back(rule: NoCallRule, *, at: datetime) -> Trial:
    """Say what a rule would have done with the orders of the last three months, by what was known when they came."""
    past = Order.objects.filter(taken_at__gt=at - TRIED_ON, taken_at__lte=at, channel__contact=Channel.Contact.REQUIRED)
    orders = list(past.order_by("-number")[:MOST_TRIED])
    held = set(Hold.objects.filter(order__in=past, opened_at=F("order__taken_at")).values_list("order_id", flat=True))
    facts = _facts_then(orders)
    could_be = [order for order in orders if order.contact_phone and not order.comment and order.pk not in held]
    skipped = [Skipped(order, facts[order.pk]) for order in could_be if says_no_call(rule, facts[order.pk])]
    wrong = sum(one.went_wrong for one in skipped)
    return Trial(len(orders), len(skipped), wrong, skipped[:MOST_SHOWN])


def to_look_at() -> QuerySet[NoCallDecision]:
    """List the sampled decisions that nobody looked at yet, the oldest first."""
    return NoCallDecision.objects.filter(sampled=True, verdict="").select_related("order", "rule").order_by("at", "pk")


def _plain(orders: Sequence[Order]) -> list[Order]:
    """Leave out what a person has to see: a comment, goods that must be agreed again, a call that was begun."""
    numbers = [order.pk for order in orders if not order.comment]
    talking = Exists(PhoneLease.objects.filter(phone=OuterRef("phone"), token=OuterRef("token")))
    rung = Exists(CallAttempt.objects.filter(task=OuterRef("pk")))
    tasks = CallTask.objects.filter(order__in=numbers, closed_at=None)
    begun = tasks.filter(~Q(mode=Mode.CONFIRM) | talking | rung)
    fresh = set(tasks.values_list("order_id", flat=True)) - set(begun.values_list("order_id", flat=True))
    return [order for order in orders if order.pk in fresh]


def _facts_now(orders: Sequence[Order]) -> Mapping[int, Facts]:
    past = _past_of({order.customer_id for order in orders if order.customer_id})
    return {
        order.pk: _facts(order, order.paid_minor >= order.total_minor, past.get(order.customer_id or 0, ()))
        for order in orders
    }


def _facts_then(orders: Sequence[Order]) -> Mapping[int, Facts]:
    """Give the facts of each order as they were when it was taken in."""
    past = _past_of({order.customer_id for order in orders if order.customer_id})
    numbers = [order.pk for order in orders]
    advance = Payment.objects.filter(order__in=numbers, account=Payment.Account.PREPAID)
    early = advance.filter(at__lte=F("order__taken_at"))
    paid = dict(early.values_list("order").annotate(Sum("amount_minor")))
    found = {}
    for order in orders:
        known = [one for one in past.get(order.customer_id or 0, ()) if one[1] <= order.taken_at]
        found[order.pk] = _facts(order, paid.get(order.pk, 0) >= order.total_minor, known)
    return found


Ended = tuple[bool, datetime, int]  # whether it was refused, when it ended, its number


def _past_of(customers: Collection[int]) -> Mapping[int, Sequence[Ended]]:
    """Give how the orders of these customers ended, in one query."""
    never_meant = Q(status=Status.CANCELLED, cancel_reason__in=NEVER_MEANT)
    ended = Order.objects.filter(Q(status__in=[Status.DELIVERED, *REFUSED]) | never_meant, customer__in=customers)
    found: dict[int, list[Ended]] = {}
    for number, customer, status, at in ended.values_list("number", "customer", "status", "status_at"):
        found.setdefault(customer or 0, []).append((status != Status.DELIVERED, at, number))
    return found


def _facts(order: Order, paid: bool, past: Sequence[Ended]) -> Facts:
    refusals = [refused for refused, _at, number in past if number != order.pk]
    return Facts(order.total_minor, paid, refusals.count(False), refusals.count(True))


def _is_sampled(rule: NoCallRule, number: int) -> bool:
    """Choose evenly and for good: the same decision is sampled whenever it is asked."""
    digest = hashlib.sha256(f"{rule.pk}:{number}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100 < rule.sample_percent
