"""Retry plans as the shop set them: which one counts, changing one, and what a change would do to today's queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import calltasks, contacts, journal
from orders.calls import retryplan
from orders.calls.retryplan import Plan
from orders.calltasks import AGREE
from orders.contacts import Heard
from orders.models import CallTask, Channel, Mode, Outcome, PlanGroup, RetryPlan, Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing

MOST_STEPS: Final = 20
MOST_CALLS: Final = 30
MOST_SHOWN: Final = 500
ONE_DAY: Final = timedelta(days=1)
# Of these a person is not spoken to, so a plan says what comes next.
IN_VAIN: Final = (
    Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.VOICEMAIL, Outcome.DROPPED, Outcome.THINKING,
)  # fmt: skip


class PlanOfAll(DomainError):
    """The plan that counts where no other does cannot be taken away."""

    sentence = _("This plan is for everything that has none of its own, so it stays.")
    next_step = _("Change its steps instead.")


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan as it shall be. An empty mode or outcome means any; without a group it is one of the usual plans."""

    mode: str
    outcome: str
    steps: Sequence[str]
    most_in_all: int
    ends: str
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of one task of today when its call comes to nothing: as it is now, and with the change.

    None is the end of the plan. `made` counts the calls for it so far.
    """

    task: CallTask
    made: int
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to today's queue; `turns` are those for which it makes a difference."""

    looked_at: int
    sooner: int
    later: int
    ended: int
    revived: int
    turns: Sequence[Turn]


Key = tuple[int | None, str, str]


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans by group, mode and outcome, and which group each channel's orders follow."""

    shop: Shop
    rows: Mapping[Key, Plan]
    groups: Mapping[str, int]

    def of(self, task: CallTask, outcome: str) -> Plan:
        """Give the plan that counts for a call that ended so."""
        # Only where there are groups is the order's channel asked for: it may cost a statement.
        group = self.groups.get(task.order.channel_id) if self.groups and task.order else None
        return self.find(group, task.mode, outcome)

    def find(self, group: int | None, mode: str, outcome: str) -> Plan:
        """Give the nearest plan: of mode and outcome, of the mode, of the outcome, of all; the group's own first."""
        for own in (group, None) if group else (None,):
            for key in ((own, mode, outcome), (own, mode, ""), (own, "", outcome), (own, "", "")):
                if key in self.rows:
                    return self.rows[key]
        return caps_of(self.shop)


def read_plans(shop: Shop) -> Plans:
    """Give the plans there are."""
    rows = {(row.group_id, row.mode, row.outcome): _plan(row, shop) for row in RetryPlan.objects.all()}
    grouped = any(group for group, _mode, _outcome in rows)
    groups = dict(Channel.objects.exclude(plan_group=None).values_list("pk", "plan_group")) if grouped else {}
    return Plans(shop, rows, groups)


def caps_of(shop: Shop) -> Plan:
    """Give the caps of a day, as a plan: they are the shop's, the same in all plans."""
    return _plan(RetryPlan(steps=list(retryplan.DEFAULT.steps)), shop)


@transaction.atomic(durable=True)
def change_plan(new: NewPlan, *, by: Actor, at: datetime) -> RetryPlan:
    """Set the plan of a mode and outcome; the hours that tasks have already stay. Raises Malformed."""
    _refuse_wrong(new)
    wanted: dict[str, Any] = {"steps": list(new.steps), "most_in_all": new.most_in_all, "ends": new.ends}
    which: dict[str, Any] = {"mode": new.mode, "outcome": new.outcome}
    row, _made = RetryPlan.objects.update_or_create(**which, group_id=new.group, defaults=wanted)
    said: dict[str, journal.Code] = {**which, **_named(new.group), **wanted}
    journal.record([journal.Entry("calls.plan_changed", data=said, subject=("retry_plan", row.pk))], by=by, at=at)
    return row


@transaction.atomic(durable=True)
def drop_plan(plan_id: int, *, by: Actor, at: datetime) -> None:
    """Take a plan away: the next wider one counts. Raises Missing, PlanOfAll."""
    row = RetryPlan.objects.locked(pk=plan_id).first()
    if row is None:
        raise Missing
    if not row.mode and not row.outcome and not row.group_id:
        raise PlanOfAll
    said: dict[str, journal.Code] = {"mode": row.mode, "outcome": row.outcome, **_named(row.group_id)}
    journal.record([journal.Entry("calls.plan_dropped", data=said, subject=("retry_plan", row.pk))], by=by, at=at)
    row.delete()


def preview(new: NewPlan, *, at: datetime) -> Preview:
    """Say what a plan would do to the calls due by this time tomorrow, were each of them not answered. Reads only."""
    _refuse_wrong(new)
    shop = Shop.current()
    before = read_plans(shop)
    row = RetryPlan(mode=new.mode, outcome=new.outcome, steps=list(new.steps), most_in_all=new.most_in_all)
    after = replace(before, rows={**before.rows, (new.group, new.mode, new.outcome): _plan(row, shop)})
    if new.group and not before.groups:  # its first plan
        after = replace(after, groups=dict(Channel.objects.exclude(plan_group=None).values_list("pk", "plan_group")))
    said = new.outcome or Outcome.NO_ANSWER.value
    tasks = _of_today(new.mode, at)
    made = contacts.calls_by_task(tasks)
    since = min([at - contacts.LATELY, *(task.opened_at for task in tasks)])
    heard = contacts.heard_by({task.phone for task in tasks}, since)
    turns = []
    for task in tasks:
        case = _Case(task, made.get(task.pk, []), heard[task.phone], max(at, task.due_at), shop)
        then, now = (case.next_try(plans.of(task, said)) for plans in (before, after))
        turns.append(Turn(task, len(case.made), then, now))
    return _summed(turns)


@dataclass(frozen=True, slots=True)
class _Case:
    """A task whose next call is supposed to come to nothing."""

    task: CallTask
    made: Sequence[datetime]
    heard: Heard
    at: datetime
    shop: Shop

    def next_try(self, plan: Plan) -> datetime | None:
        hours = calltasks.hours_of(self.task.zone, self.shop)
        at = self.at if self.task.asked_by_customer else hours.next(self.at)
        calls = [*self.heard.calls, at]
        total = sum(call >= self.task.opened_at for call in calls)
        heard = Heard(calls, self.heard.messages)
        return retryplan.next_try([*self.made, at], heard, total=total, hours=hours, plan=plan)


def _of_today(mode: str, at: datetime) -> Sequence[CallTask]:
    which = Q(closed_at=None, due_at__lt=at + ONE_DAY) & (Q(mode=mode) if mode else Q())
    return list(CallTask.objects.filter(which).select_related("order").order_by("due_at", "pk")[:MOST_SHOWN])


def _summed(turns: Sequence[Turn]) -> Preview:
    differ = [turn for turn in turns if turn.before != turn.after]
    both = [(turn.before, turn.after) for turn in differ if turn.before and turn.after]
    return Preview(
        looked_at=len(turns),
        sooner=sum(after < before for before, after in both),
        later=sum(after > before for before, after in both),
        ended=sum(turn.after is None for turn in differ),
        revived=sum(turn.before is None for turn in differ),
        turns=differ,
    )


def _plan(row: RetryPlan, shop: Shop) -> Plan:
    return Plan(
        tuple(row.steps), row.most_in_all, row.ends, max(shop.calls_a_day, 1), max(shop.contacts_a_day, 1)
    )  # a cap of nothing would leave no day to ring on


def _named(group: int | None) -> dict[str, journal.Code]:
    return {"group": group} if group else {}


def _refuse_wrong(new: NewPlan) -> None:
    """Refuse what is no plan, with everything that is wrong in it."""
    errors = _wrong_places(new)
    if len(new.steps) > MOST_STEPS or not all(retryplan.is_step(step) for step in new.steps):
        errors.append(FieldError("/steps", "invalid", _("A step is +15m, +2h, +1d, next_day or other_part.")))
    if not 1 <= new.most_in_all <= MOST_CALLS:
        errors.append(FieldError("/most_in_all", "max_value", _("Say a number of calls from 1 to 30.")))
    if new.ends not in RetryPlan.End.values:
        errors.append(FieldError("/ends", "invalid_choice", _("There is no such end.")))
    elif new.ends == RetryPlan.End.CLOSE and (not new.mode or new.mode in AGREE):
        errors.append(
            FieldError("/ends", "invalid_choice", _("An order that nobody agreed cannot be left as it is: hold it."))
        )
    if errors:
        raise Malformed(errors)


def _wrong_places(new: NewPlan) -> list[FieldError]:
    """Say what is wrong about where the plan stands."""
    errors = []
    if new.group and not PlanGroup.objects.filter(pk=new.group).exists():
        errors.append(FieldError("/group", "invalid_choice", _("There is no such group of plans.")))
    if new.mode and new.mode not in Mode.values:
        errors.append(FieldError("/mode", "invalid_choice", _("There is no such mode.")))
    if new.outcome and new.outcome not in IN_VAIN:
        errors.append(FieldError("/outcome", "invalid_choice", _("Nobody is rung again after that outcome.")))
    return errors
