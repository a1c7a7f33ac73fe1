"""What was erased, for whom it must be erased again after a restore, and what retention emptied."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from shopdesk.base.rows import Rows


class Erasure(models.Model):
    """An erasure and its act. Holds numbers, counts and keyed hashes: nothing by which the person is known again."""

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a second person")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    class Ground(models.TextChoices):
        REQUEST = "request", _("the person asked for it")
        CONSENT = "consent", _("consent was withdrawn")
        PURPOSE = "purpose", _("the purpose is fulfilled")
        UNLAWFUL = "unlawful", _("there was no ground to keep it")

    code = models.CharField(max_length=32, unique=True)  # random; the list for after a restore names it
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    ground = models.CharField(max_length=10, choices=Ground)
    people = models.PositiveIntegerField(default=1)
    customers = models.JSONField(default=list)  # keys of customers
    orders = models.JSONField(default=list)  # numbers of orders
    marks = models.JSONField(default=list)  # keyed hashes of phones, mails and orders
    counts = models.JSONField(default=dict)  # "table.column" -> values emptied
    hash = models.CharField(max_length=64, blank=True)  # of the act, as it was written
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "erasure"
        indexes = [models.Index(fields=["-asked_at"], name="erasure_newest")]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class RetentionPeriod(models.Model):
    """For how many days the owner keeps a class of data; without a row, as `columns.toml` says."""

    name = models.CharField(max_length=20, primary_key=True)
    days = models.PositiveIntegerField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "retention_period"

    def __str__(self) -> str:
        return f"{self.name}: {self.days} days"


class RetentionRun(models.Model):
    """A run of retention that emptied something, and its act. A run that finds nothing leaves no row."""

    at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # "class: table.column" -> values emptied
    people = models.PositiveIntegerField(default=0)  # customers who have nothing left
    hash = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "retention_run"
        indexes = [models.Index(fields=["-at"], name="retention_run_newest")]

    def __str__(self) -> str:
        return f"retention of {self.at:%Y-%m-%d %H:%M}"
