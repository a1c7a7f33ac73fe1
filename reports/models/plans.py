"""Monthly plans: what the owner means to reach, and who is to reach how much of it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class PlanRows(Rows["MonthPlan"]):
    scope = {Kind.MANAGER: EVERYTHING}


class MonthPlan(models.Model):
    """The plan of one month. How its days weigh is kept as it was decided, so that no later holiday moves a day."""

    month = models.DateField(unique=True)  # its first day
    orders = models.PositiveIntegerField(default=0)
    revenue = models.JSONField(default=dict)  # currency -> minor units
    weekdays = models.JSONField()  # seven whole numbers, Monday first
    by_hand = models.BooleanField(default=False)  # else from the shop's own history
    holidays_off = models.BooleanField(default=False)
    day_weights = models.JSONField()  # a whole number a day
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = PlanRows.as_manager()

    class Meta:
        db_table = "month_plan"

    def __str__(self) -> str:
        return f"plan {self.month:%Y-%m}"


class PlanShareRows(Rows["PlanShare"]):
    scope = {Kind.MANAGER: EVERYTHING}


class PlanShare(models.Model):
    """How much of the month's orders a person is to confirm, beside the others."""

    plan = models.ForeignKey(MonthPlan, on_delete=models.CASCADE, related_name="shares")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    weight = models.PositiveIntegerField()

    objects = PlanShareRows.as_manager()

    class Meta:
        db_table = "plan_share"
        constraints = [models.UniqueConstraint(fields=["plan", "person"], name="plan_share_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.weight}"
