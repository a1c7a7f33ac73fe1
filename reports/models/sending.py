"""Reports by mail: who gets which, and each letter as it was written and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class SubscriptionRows(Rows["Subscription"]):
    scope = {Kind.MANAGER: lambda subject: Q(recipient=subject.person)}


class Subscription(models.Model):
    """Somebody gets the report of each day, week or month, at an hour of their own clock."""

    class Every(models.TextChoices):
        DAY = "day", _("every day")
        WEEK = "week", _("every week")
        MONTH = "month", _("every month")

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("subscription", "active")
        PAUSED = "paused", pgettext_lazy("subscription", "paused")
        ENDED = "ended", pgettext_lazy("subscription", "ended")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    every = models.CharField(max_length=5, choices=Every)
    hour = models.PositiveSmallIntegerField(default=8)  # by the recipient's clock
    zone = models.CharField(max_length=64)
    language = models.CharField(max_length=5)
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    active_since = models.DateTimeField()  # what fell due before is not sent
    recorded_at = models.DateTimeField(db_default=Now())

    objects = SubscriptionRows.as_manager()

    class Meta:
        db_table = "report_subscription"
        constraints = [
            # One that ended leaves room for a new one.
            models.UniqueConstraint(
                fields=["recipient", "every"], condition=~Q(state="ended"), name="report_subscription_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.every} for {self.recipient_id}"


class ReportLetterRows(Rows["ReportLetter"]):
    scope = {Kind.MANAGER: lambda subject: Q(recipient=subject.person)}


class ReportLetter(models.Model):
    """One report for one recipient. Its file holds the whole letter, byte for byte as it was handed to the post."""

    class State(models.TextChoices):
        DUE = "due", pgettext_lazy("letter", "being written")
        WRITTEN = "written", pgettext_lazy("letter", "waits for the post")
        SENDING = "sending", pgettext_lazy("letter", "with the post")
        SENT = "sent", pgettext_lazy("letter", "sent")
        FAILED = "failed", pgettext_lazy("letter", "not sent")
        UNKNOWN = "unknown", pgettext_lazy("letter", "perhaps sent")
        DROPPED = "dropped", pgettext_lazy("letter", "not sent any more")

    class Why(models.TextChoices):
        NONE = "", _("no reason")
        POST = "post", _("The mail server did not take it.")
        CRASH = "crash", _("The worker stopped while it was being sent; it may have gone out.")
        WRITING = "writing", _("It could not be written.")
        RIGHTS = "rights", _("The recipient may not read reports any more.")
        LOST = "lost", _("Its file is not there.")

    code = models.CharField(max_length=32, unique=True)  # 128 random bits: its address, and its file's name
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="letters")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    report = models.CharField(max_length=16, default="period")
    kind = models.CharField(max_length=5, choices=Subscription.Every)
    from_on = models.DateField()
    to_on = models.DateField()
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    why = models.CharField(max_length=8, choices=Why, default=Why.NONE, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)  # counted before each try
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()  # not before
    position = models.BigIntegerField(null=True)  # of the feed: what was known
    as_of = models.DateTimeField(null=True)
    hash = models.CharField(max_length=64, blank=True)  # SHA-256 of the letter
    size = models.PositiveBigIntegerField(default=0)  # bytes
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ReportLetterRows.as_manager()

    class Meta:
        db_table = "report_letter"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind", "from_on", "recipient"], condition=Q(is_test=False), name="report_letter_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["due", "written", "sending"]), name="report_letter_waits"
            )
        ]

    def __str__(self) -> str:
        return f"letter {self.code}"
