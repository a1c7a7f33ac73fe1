"""Closed books: what was closed stays as it was read."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class ClosingRows(Rows["Closing"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Closing(models.Model):
    """A closed period: its figures as of feed position `position`, and the hash that shows they never changed."""

    start = models.DateTimeField()
    end = models.DateTimeField()
    position = models.BigIntegerField()
    figures = models.JSONField()
    hash = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ClosingRows.as_manager()

    class Meta:
        db_table = "closing"
        constraints = [models.UniqueConstraint(fields=["start", "end"], name="closing_once")]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"


class Reopening(models.Model):
    """A wish to open closed books again, from `start` on, and who agreed."""

    class State(models.TextChoices):
        ASKED = "asked", _("waits for another owner")
        OPENED = "opened", pgettext_lazy("wish", "agreed")
        DROPPED = "dropped", pgettext_lazy("wish", "dropped")

    start = models.DateTimeField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "reopening"

    def __str__(self) -> str:
        return f"reopening {self.pk}"
