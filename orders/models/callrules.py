"""What decides about calls: who sits at the desk, when somebody is rung again, who need not be rung at all."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.calls import Mode, Outcome
from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class CallerRows(Rows["Caller"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Caller(models.Model):
    """Somebody's seat at the call desk: whether they call right now, and what they can take."""

    class State(models.TextChoices):
        ON_CALLS = "on_calls", pgettext_lazy("presence", "on calls")
        BREAK = "break", pgettext_lazy("presence", "on a break")
        OFF = "off", pgettext_lazy("presence", "off")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="caller"
    )
    state = models.CharField(max_length=8, choices=State, default=State.OFF)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last sign of life: who is silent for long is not there
    languages = models.JSONField(default=list, blank=True)  # "ru", "bg"; empty: any
    channels = models.JSONField(default=list, blank=True)  # codes of channels; empty: any
    regions = models.JSONField(default=list, blank=True)  # codes, else casefolded names; empty: any

    objects = CallerRows.as_manager()

    class Meta:
        db_table = "caller"

    def __str__(self) -> str:
        return f"caller {self.person_id}"


class PlanGroup(models.Model):
    """Retry plans under a name, for the orders of some channels. Channels in no group follow the usual plans."""

    name = models.CharField(max_length=60, unique=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "plan_group"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RetryPlan(models.Model):
    """When somebody who was not reached is rung again. The nearest one counts: mode and outcome, mode, outcome, any.

    Without a group it is one of the usual plans, which also count where a group has none.

    `steps` follow the first call: "+15m" and "+2h" after the last one, "next_day" in a part of the day that was not
    tried yet, "other_part" of the same day, else of the next one.
    """

    class End(models.TextChoices):
        CANCEL = "cancel", _("cancel the order: never reached")
        HOLD = "hold", _("hold it: somebody looks for another phone")
        CLOSE = "close", _("end the call, leave the order as it is")

    group = models.ForeignKey(PlanGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="plans")
    mode = models.CharField(max_length=20, choices=Mode, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    steps = models.JSONField(default=list)
    most_in_all = models.PositiveSmallIntegerField(default=7)  # calls to the phone since the task was opened
    ends = models.CharField(max_length=8, choices=End, default=End.CANCEL)

    objects = Rows.as_manager()

    class Meta:
        db_table = "retry_plan"
        ordering = ["mode", "outcome"]
        constraints = [
            models.UniqueConstraint(
                fields=["mode", "outcome"], condition=models.Q(group=None), name="usual_retry_plan_once"
            ),
            models.UniqueConstraint(
                fields=["group", "mode", "outcome"], condition=~models.Q(group=None), name="retry_plan_of_group_once"
            ),
        ]

    def __str__(self) -> str:
        return f"plan for {self.mode or 'any'} {self.outcome or 'any'}"


class NoCallRuleRows(Rows["NoCallRule"]):
    scope = {Kind.MANAGER: EVERYTHING}


class NoCallRule(models.Model):
    """Orders that are confirmed without a call. Does nothing until it was tried on past orders and switched on."""

    class What(models.TextChoices):
        PREPAID = "prepaid", _("paid in full")
        LOYAL = "loyal", _("a loyal customer")
        SMALL_RISK = "small_risk", _("a call costs more than it may save")

    what = models.CharField(max_length=12, choices=What)
    most_total_minor = models.BigIntegerField(null=True)  # dearer orders are rung all the same
    least_delivered = models.PositiveIntegerField(default=3)  # loyal: so many orders were delivered …
    most_refused = models.PositiveIntegerField(default=0)  # … and no more than so many refused
    call_minor = models.BigIntegerField(default=0)  # small risk: what a call costs …
    refusal_minor = models.BigIntegerField(default=0)  # … what a refused delivery costs …
    refusal_percent = models.PositiveSmallIntegerField(default=20)  # … and how many of all are refused
    sample_percent = models.PositiveSmallIntegerField(default=5)  # of its decisions, looked at by a person
    active = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    tried = models.JSONField(default=dict, blank=True)  # "would have skipped 43 of 812": the counts of its last trial

    objects = NoCallRuleRows.as_manager()

    class Meta:
        db_table = "no_call_rule"

    def __str__(self) -> str:
        return f"{self.what} rule {self.pk}"


class NoCallDecisionRows(Rows["NoCallDecision"]):
    scope = {Kind.MANAGER: of_orders("order")}


class NoCallDecision(models.Model):
    """An order that a rule confirmed, and by what figures. Sampled ones wait for a person's verdict."""

    class Verdict(models.TextChoices):
        NONE = "", _("not looked at")
        RIGHT = "right", _("it was right")
        WRONG = "wrong", _("it should have been rung")

    rule = models.ForeignKey(NoCallRule, on_delete=models.PROTECT, related_name="decisions")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="no_call_decisions")
    inputs = models.JSONField(default=dict)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    sampled = models.BooleanField(default=False)
    verdict = models.CharField(max_length=5, choices=Verdict, blank=True, default=Verdict.NONE)
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    objects = NoCallDecisionRows.as_manager()

    class Meta:
        db_table = "no_call_decision"
        indexes = [
            models.Index(fields=["at"], condition=models.Q(sampled=True, verdict=""), name="no_call_to_look_at"),
            models.Index(fields=["order"], name="no_call_by_order"),
        ]

    def __str__(self) -> str:
        return f"decision on {self.order_id}"
