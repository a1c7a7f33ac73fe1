"""What happened, and the order in which the desk learnt it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.models.sight import of_orders
from shopdesk.base.access import Actor, Kind
from shopdesk.base.rows import Rows


class EventRows(Rows["JournalEvent"]):
    scope = {
        Kind.MANAGER: of_orders("order", or_none=True),
        Kind.STOREFRONT: lambda subject: Q(order__channel=subject.code),
    }


class JournalEvent(models.Model):
    """One fact: codes, numbers and ids only. Personal values stand in `PersonalValue` and may be emptied."""

    order = models.ForeignKey(  # `journal_event_order_seq` begins with it
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    seq = models.PositiveIntegerField(null=True)  # 1..n within the order; the order's version is its last seq
    kind = models.CharField(max_length=40)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(default=0)
    subject_kind = models.CharField(max_length=20, blank=True)  # what it is about when it is not (only) an order
    subject_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = EventRows.as_manager()

    class Meta:
        db_table = "journal_event"
        constraints = [models.UniqueConstraint(fields=["order", "seq"], name="journal_event_order_seq")]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="journal_event_subject"),
            # Whole, not of moves alone: SQLite cannot tell from a parameter that a partial index would do.
            models.Index(fields=["to_status", "at"], name="journal_event_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id or self.subject_id}"

    @property
    def actor(self) -> Actor:
        return Actor(self.actor_kind, self.actor_id)


class PersonalValue(models.Model):
    """An old or new personal value of an event. Emptied when the person is erased; the event stays."""

    event = models.ForeignKey(JournalEvent, on_delete=models.PROTECT, related_name="personal_values")
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "personal_value"

    def __str__(self) -> str:
        return f"{self.field} of event {self.event_id}"


class Unplaced(models.Model):
    """A committed event that has no place in the feed yet."""

    event = models.OneToOneField(JournalEvent, on_delete=models.PROTECT, primary_key=True)

    class Meta:
        db_table = "unplaced"

    def __str__(self) -> str:
        return f"unplaced event {self.event_id}"


class Feed(models.Model):
    """The place of an event among all: ascending without gaps. `hash` chains it to every place before it."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(JournalEvent, on_delete=models.PROTECT, related_name="place")
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "feed"

    def __str__(self) -> str:
        return f"position {self.position}"


class FeedHead(models.Model):
    """The one row that whoever extends the feed locks."""

    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        db_table = "feed_head"

    def __str__(self) -> str:
        return f"head at {self.position}"
