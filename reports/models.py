"""The reports' own tables: what was closed stays as it was read."""

from django.db import models
from django.db.models.functions import Now

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
