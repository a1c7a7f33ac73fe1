"""The desk of plans: the owner says what a month is to bring; everybody sees how far it is and what is needed a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from orders import feed, journal
from orders.models import Shop
from reports import facts, period, planning
from reports.figures import AsOf
from reports.models import MonthPlan, PlanShare
from reports.planning import Course
from shopdesk.base import quiet
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import ONE_DAY, Period, days, month, shop_day
from shopdesk.base.snapshot import snapshot
from shopdesk.people.models import ApiToken, Role, User

HISTORY = timedelta(weeks=8)  # before the month: how its weekdays weigh


class MonthOver(DomainError):
    """The month is over: its plan is what it was measured by."""

    sentence = _("That month is over; its plan stays as it was.")
    next_step = _("Plan this month, or one to come.")


class NothingPlanned(DomainError):
    """Neither orders nor revenue are named."""

    sentence = _("A plan names orders, revenue, or both.")


class NoWorkingDay(DomainError):
    """Every weekday weighs nothing."""

    sentence = _("A weekday at least must weigh something, else no day could bring anything.")


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a month is to bring. `weekdays` empty: from the shop's own history. `shares`: person -> weight."""

    on: date
    orders: int
    revenue: Mapping[str, int] = field(default_factory=dict)
    weekdays: tuple[int, ...] = ()
    holidays_off: bool = False
    shares: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weights:
    """How weekdays weigh, and by them each day of the month."""

    weekdays: Sequence[int]
    days: Sequence[int]


@dataclass(frozen=True, slots=True)
class Done:
    """What a stretch of days brought: orders agreed for the first time, and sales net of credits by currency."""

    orders: int
    revenue: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PersonCourse:
    """A person's part of the month's orders, and how many of them they confirmed, to the end of yesterday."""

    person: int
    name: str
    share: int
    to_date: int
    done: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A month beside its plan, all of one moment. Days that are over count; today so far stands apart."""

    month: Period
    today: date
    plan: MonthPlan | None
    over: int  # days that are over
    orders: Course | None
    revenue: Mapping[str, Course]
    so_far: Done | None  # of today, when it lies in the month
    people: Sequence[PersonCourse]
    position: int

    @property
    def weights(self) -> Sequence[int]:
        """How much each day weighs."""
        return self.plan.day_weights if self.plan else ()


def done(pieces: Sequence[Period], as_of: AsOf, alias: str) -> list[Done]:
    """Read what days brought, one answer for each; they follow each other. The one place where plans read figures."""
    return [
        Done(sheet.funnel["confirmed"], {currency: sums["net"] for currency, sums in sheet.money.items()})
        for sheet in period.measure(pieces, as_of, alias)
    ]


def read(on: date, *, at: datetime) -> Progress:
    """Read the month of a day beside its plan."""
    feed.publish()
    with snapshot() as alias:
        return read_in(on, period.known(0, alias), alias, at=at)


def read_in(on: date, as_of: AsOf, alias: str, *, at: datetime) -> Progress:
    """Read it inside a snapshot that was opened for more than it."""
    shop = Shop.current()
    whole = month(on, shop.zone, shop.day_cutoff)
    plan = MonthPlan.objects.using(alias).filter(month=whole.from_on).first()
    begun = [day for day in days(whole) if day.start <= at]
    brought = done(begun, as_of, alias) if begun and plan else []
    over = sum(day.end <= at for day in begun)
    orders = planning.course(plan.orders, plan.day_weights, [one.orders for one in brought[:over]]) if plan else None
    return Progress(
        month=whole,
        today=shop_day(at, shop.zone, shop.day_cutoff),
        plan=plan,
        over=over,
        orders=orders,
        revenue=_revenue(plan, brought[:over]),
        so_far=brought[over] if len(brought) > over else None,
        people=_people(plan, whole, over, as_of, alias) if plan else [],
        position=as_of.position,
    )


def set_month(new: NewPlan, *, by: Actor, at: datetime) -> MonthPlan:
    """Set the plan of a month, anew or instead of the one before. The same again changes nothing but who and when.

    Raises MonthOver, NothingPlanned, NoWorkingDay.
    """
    shop = Shop.current()
    whole = month(new.on, shop.zone, shop.day_cutoff)
    if whole.end <= at:
        raise MonthOver
    if not new.orders and not any(new.revenue.values()):
        raise NothingPlanned
    weekdays = new.weekdays or history_weights(whole)
    if not any(weekdays):
        raise NoWorkingDay
    off = quiet.PublicHolidays(shop.country) if new.holidays_off else quiet.NO_HOLIDAYS
    weights = planning.day_weights([day.from_on for day in days(whole)], weekdays, off)
    return _set(new, Weights(weekdays, weights), by=by, at=at)


def history_weights(whole: Period) -> tuple[int, ...]:
    """Give how the weekdays weighed in the eight weeks before a month, by orders agreed."""
    before = list(days(Period("between", whole.from_on - HISTORY, whole.from_on, whole.zone, whole.cutoff)))
    feed.publish()
    with snapshot() as alias:
        brought = done(before, period.known(0, alias), alias)
    return planning.weekday_weights((day.from_on, one.orders) for day, one in zip(before, brought, strict=True))


def people() -> list[User]:
    """Give those who may have a share of a plan: who confirms orders."""
    return list(User.objects.filter(is_active=True, role__in=[Role.OWNER, Role.MANAGER]).order_by("name", "pk"))


@transaction.atomic(durable=True)
def _set(new: NewPlan, weights: Weights, *, by: Actor, at: datetime) -> MonthPlan:
    on = new.on.replace(day=1)
    revenue = {currency: minor for currency, minor in new.revenue.items() if minor}
    kept: dict[str, object] = {
        "orders": new.orders, "revenue": revenue, "weekdays": list(weights.weekdays), "by_hand": bool(new.weekdays),
        "holidays_off": new.holidays_off, "day_weights": list(weights.days), "set_by_id": _person(by), "at": at,
    }  # fmt: skip
    plan = MonthPlan.objects.update_or_create(month=on, defaults=kept)[0]  # two at once: the later waits, and stands
    known = {person.pk for person in people()}
    plan.shares.all().delete()
    PlanShare.objects.bulk_create(
        PlanShare(plan=plan, person_id=person, weight=weight)
        for person, weight in sorted(new.shares.items())
        if weight and person in known
    )
    said: dict[str, journal.Code] = {"orders": new.orders, "revenue": revenue, "people": len(new.shares)}
    journal.record([journal.Entry("plan.set", data=said, subject=("plan", f"{on:%Y-%m}"))], by=by, at=at)
    return plan


def _person(by: Actor) -> int | None:
    """Whose word it is: a key's owner's."""
    return ApiToken.objects.get(pk=by.id).user_id if by.kind == "token" else by.id


def _revenue(plan: MonthPlan | None, over: Sequence[Done]) -> dict[str, Course]:
    """Each currency has a plan of its own; none is ever added to another."""
    if plan is None:
        return {}
    return {
        currency: planning.course(minor, plan.day_weights, [one.revenue.get(currency, 0) for one in over])
        for currency, minor in sorted(plan.revenue.items())
    }


def _people(plan: MonthPlan, whole: Period, over: int, as_of: AsOf, alias: str) -> list[PersonCourse]:
    """Share the month's orders out, and count whose word confirmed how many."""
    shares = list(PlanShare.objects.using(alias).filter(plan=plan).select_related("person").order_by("person"))
    if not shares:
        return []
    until = whole.from_on + over * ONE_DAY
    confirmed = _confirmed_by(Period("between", whole.from_on, until, whole.zone, whole.cutoff), as_of, alias)
    parts = planning.spread(plan.orders, [share.weight for share in shares])
    return [
        PersonCourse(
            share.person_id,
            share.person.name,
            part,
            sum(planning.spread(part, plan.day_weights)[:over]),
            confirmed.get(share.person_id, 0),
        )
        for share, part in zip(shares, parts, strict=True)
    ]


def _confirmed_by(span: Period, as_of: AsOf, alias: str) -> dict[int, int]:
    """Count the orders of the figure "confirmed" by whoever confirmed them, their keys among them."""
    rows = facts.CONFIRMED.rows(alias).filter(as_of.known(facts.CONFIRMED), at__gte=span.start, at__lt=span.end)
    found = rows.filter(Q(actor_kind="person") | Q(actor_kind="token")).order_by()
    keys = dict(ApiToken.objects.using(alias).exclude(user=None).values_list("pk", "user_id"))
    counts: dict[int, int] = {}
    for kind, number, count in found.values_list("actor_kind", "actor_id").annotate(n=Count("pk")):
        person = number if kind == "person" else keys.get(number, 0)
        counts[person] = counts.get(person, 0) + count
    return counts
