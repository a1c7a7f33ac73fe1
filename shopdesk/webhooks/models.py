"""Endpoints of others, what each is to be told, and how every telling went."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.rows import Rows


class Endpoint(models.Model):
    """An address that is told of the kinds it asked for. It is never switched off by itself: paused, and loudly."""

    class Paused(models.TextChoices):
        BY_HAND = "by_hand", _("paused by the owner")
        GONE = "gone", _("the other side said that it is gone for good")
        DEAD = "dead", _("a message was not taken for three days")
        KEY = "key", _("its secret cannot be read any more")

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2_048)
    kinds = models.JSONField(default=list)  # of `kinds.Kind`
    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, null=True, related_name="+")  # NULL: all
    secret = models.TextField()  # sealed; every message is signed with it
    old_secret = models.TextField(blank=True)  # sealed; signs too until `old_until`
    old_until = models.DateTimeField(null=True)
    since = models.BigIntegerField()  # subscribed, as it is now, from behind this place of the feed
    planned_to = models.BigIntegerField()  # every event up to this place has its messages
    paused_at = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=10, choices=Paused, blank=True)
    # Nobody sends to it before: a worker is at it, or it failed a moment ago.
    rests_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "webhook_endpoint"

    def __str__(self) -> str:
        return self.name

    @property
    def purpose(self) -> str:
        """What its secrets are sealed for."""
        return f"webhook:{self.pk}"


class Message(models.Model):
    """One thing to be told to one endpoint. Id and body never change, however often it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("webhook", "to be sent")
        DELIVERED = "delivered", pgettext_lazy("webhook", "delivered")
        DEAD = "dead", pgettext_lazy("webhook", "not taken")
        DROPPED = "dropped", pgettext_lazy("webhook", "endpoint ended")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="messages")
    code = models.CharField(max_length=40, unique=True)  # the `webhook-id`
    kind = models.CharField(max_length=20)
    position = models.BigIntegerField(null=True)  # place in the feed; NULL for a test
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+")
    body = models.TextField(blank=True)  # emptied a month after it was delivered; its hash stays
    body_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "webhook_message"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "position", "kind"], name="webhook_message_once"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=Q(state="waiting"), name="webhook_message_due"),
            models.Index(fields=["endpoint", "-id"], name="webhook_message_log"),
            models.Index(fields=["ended_at"], condition=~Q(body=""), name="webhook_message_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Attempt(models.Model):
    """One try, and what came back: a status, or the reason why there was none."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="tries")
    status = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=20, blank=True)  # name, connect, certificate, time, answer, address…
    took_ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "webhook_attempt"

    def __str__(self) -> str:
        return f"{self.status or self.reason} at {self.at}"
