"""The trail's tables: entries and their chain are append-only, personal values beside them may be emptied."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Actor
from shopdesk.base.rows import Rows


class TrailEntry(models.Model):
    """One deed: codes, numbers and ids only. Only the owner reads it (no other kind is in its scope)."""

    class Source(models.TextChoices):
        SCREEN = "screen", pgettext_lazy("door", "page")
        API = "api", pgettext_lazy("door", "API")
        TASK = "task", pgettext_lazy("door", "by itself")
        COMMAND = "command", pgettext_lazy("door", "command")

    deed = models.CharField(max_length=40)  # of `Deed`; not bound to it: a deed that is retired stays readable
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(default=0)
    target_kind = models.CharField(max_length=20, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    source = models.CharField(max_length=8, choices=Source)
    request_id = models.CharField(max_length=64, blank=True)  # leads to the log's lines of the same request
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "trail_entry"
        indexes = [
            models.Index(fields=["actor_kind", "actor_id", "id"], name="trail_by_actor"),
            models.Index(fields=["target_kind", "target_id", "id"], name="trail_by_target"),
            models.Index(fields=["at"], name="trail_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.target_kind} {self.target_id}".strip()

    @property
    def actor(self) -> Actor:
        return Actor(self.actor_kind, self.actor_id)


class TrailValue(models.Model):
    """A personal value before and after a deed. Emptied when the person is erased; the entry stays."""

    entry = models.ForeignKey(TrailEntry, on_delete=models.PROTECT, related_name="values")
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "trail_value"

    def __str__(self) -> str:
        return f"{self.field} of entry {self.entry_id}"


class TrailUnplaced(models.Model):
    """A committed entry that is not in the chain yet."""

    entry = models.OneToOneField(TrailEntry, on_delete=models.PROTECT, primary_key=True)

    class Meta:
        db_table = "trail_unplaced"

    def __str__(self) -> str:
        return f"unplaced entry {self.entry_id}"


class TrailPlace(models.Model):
    """The place of an entry among all: ascending without gaps. `hash` chains it to every place before it."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(TrailEntry, on_delete=models.PROTECT, related_name="place")
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "trail_place"

    def __str__(self) -> str:
        return f"position {self.position}"


class TrailHead(models.Model):
    """The one row that whoever extends the chain locks."""

    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        db_table = "trail_head"

    def __str__(self) -> str:
        return f"head at {self.position}"
