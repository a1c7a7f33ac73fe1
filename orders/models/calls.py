"""Who is to be rung, who is being rung, and who was."""

from django.conf import settings
from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.sight import calls_given, of_orders
from orders.status import CancelReason
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class Mode(models.TextChoices):
    CONFIRM = "confirm", _("confirm")
    RECONFIRM = "reconfirm", _("agree again")
    BEFORE_PICKUP = "before_pickup", _("before pickup")
    DELIVERY_PROBLEM = "delivery_problem", _("delivery problem")
    FOLLOW_UP = "follow_up", _("follow-up")
    MISSED_CALL = "missed_call", _("missed call")
    LEAD = "lead", _("unfinished order")


class Outcome(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmed")
    CONFIRMED_CHANGED = "confirmed_changed", _("confirmed with changes")
    CALLBACK = "callback", _("call back")
    NO_ANSWER = "no_answer", _("no answer")
    BUSY = "busy", _("busy")
    UNREACHABLE = "unreachable", _("unreachable")
    VOICEMAIL = "voicemail", _("voicemail")
    DROPPED = "dropped", _("dropped")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    THINKING = "thinking", _("thinking it over")
    DECLINED = "declined", _("declined")
    DUPLICATE = "duplicate", _("duplicate")
    FAKE = "fake", _("fake")
    DO_NOT_CALL = "do_not_call", _("do not call")


# Where a call stands among those that are due; of the first calls (1) the late ones are chosen before the others.
PLACE = Case(
    When(stage="callback", then=Value(0)),
    When(mode=Mode.LEAD.value, then=Value(4)),
    When(mode=Mode.FOLLOW_UP.value, then=Value(5)),
    When(stage="new", then=Value(1)),
    default=Value(3),
    output_field=models.IntegerField(),
)
# SQLite and PostgreSQL sort nothing to different ends.
NO_PROMISE = ExpressionWrapper(Q(promised_on__isnull=True), output_field=models.BooleanField())


class CallTaskRows(Rows["CallTask"]):
    scope = {Kind.MANAGER: calls_given}


class CallTask(models.Model):
    """A call to be made. Open until it has an outcome that ends it; `due_at` is when it may be rung next."""

    class Stage(models.TextChoices):
        NEW = "new", _("not tried yet")
        RETRY = "retry", _("not reached")
        CALLBACK = "callback", _("asked to be called back")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="call_tasks")
    customer = models.ForeignKey("orders.Customer", on_delete=models.PROTECT, null=True, related_name="call_tasks")
    phone = models.CharField(max_length=20)  # E.164; a task without a dialable phone is not a call
    mode = models.CharField(max_length=20, choices=Mode)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.NEW)
    reason = models.CharField(max_length=40, blank=True)  # why it was opened: taken, short, edited …
    zone = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField()
    limit_at = models.DateTimeField(null=True)  # past this minute the first call is late
    language = models.CharField(max_length=5, blank=True)  # in which the customer is spoken to
    region = models.CharField(max_length=100, blank=True)  # where the order goes: its code, else casefolded
    owner = models.ForeignKey(  # whose customer it is, who promised to ring back: theirs first, then anybody's
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_by_customer = models.BooleanField(default=False)  # a callback outside the quiet hours' window is wanted
    promised_on = models.DateField(null=True)  # the order's, for ranking without a join
    total_minor = models.BigIntegerField(default=0)
    score = models.JSONField(default=dict)  # why this one was chosen, stored when it is taken
    # In no index, as the token: so a call that is taken changes its row alone, and not thirteen indexes with it.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    token = models.CharField(max_length=32, blank=True)  # of the lease it was taken under; emptied by an outcome
    reminded_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)

    objects = CallTaskRows.as_manager()

    class Meta:
        db_table = "call_task"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "mode"], condition=Q(closed_at=None), name="call_task_open_once_per_mode"
            ),
            models.UniqueConstraint(
                fields=["phone", "mode"], condition=Q(closed_at=None, order=None), name="call_task_open_once_per_phone"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="call_task_due"),
            models.Index(fields=["phone"], condition=Q(closed_at=None), name="call_task_open_by_phone"),
            models.Index(fields=["customer"], condition=Q(closed_at=None), name="call_task_open_by_customer"),
            models.Index(fields=["limit_at"], condition=Q(closed_at=None, stage="new"), name="call_task_limit"),
            # In the order in which calls are made: whoever takes the next one walks along it (`orders.calls.choosing`).
            models.Index(
                PLACE,
                NO_PROMISE,
                "promised_on",
                F("total_minor").desc(),
                "opened_at",
                "id",
                condition=Q(closed_at=None),
                name="call_task_next",
            ),
            models.Index(
                fields=["owner"], condition=Q(closed_at=None, owner__isnull=False), name="call_task_open_by_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} call {self.pk}"


class PhoneLease(models.Model):
    """Who is talking to this phone. Taken on every phone of the customer at once; ends at `until` by itself."""

    phone = models.CharField(max_length=20, primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases")
    until = models.DateTimeField()
    token = models.CharField(max_length=32)

    objects = Rows.as_manager()

    class Meta:
        db_table = "phone_lease"
        indexes = [models.Index(fields=["person"], name="phone_lease_person")]

    def __str__(self) -> str:
        return f"lease of person {self.person_id}"


class CallTake(models.Model):
    """A phone that somebody took to ring, until its outcome or skip is noted: it may have been a call, so it counts."""

    phone = models.CharField(max_length=20)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "call_take"
        indexes = [models.Index(fields=["phone", "at"], name="call_take_phone")]

    def __str__(self) -> str:
        return f"taken by {self.person_id}"


class CallAttemptRows(Rows["CallAttempt"]):
    scope = {Kind.MANAGER: of_orders("order", or_none=True)}


class CallAttempt(models.Model):
    """A call that was made: a fact, stored even when its lease ran out. Its note is a personal value of the event."""

    task = models.ForeignKey(CallTask, on_delete=models.PROTECT, related_name="attempts")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="attempts")
    phone = models.ForeignKey("orders.CustomerPhone", on_delete=models.PROTECT, null=True, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="attempts")
    outcome = models.CharField(max_length=20, choices=Outcome)
    reason = models.CharField(max_length=20, choices=CancelReason, blank=True)
    applied = models.BooleanField()  # False: somebody else had taken the task by then
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = CallAttemptRows.as_manager()

    class Meta:
        db_table = "call_attempt"
        indexes = [
            models.Index(fields=["person", "at"], name="call_attempt_person"),
            models.Index(fields=["at"], name="call_attempt_at"),
            models.Index(fields=["at"], condition=Q(phone=None), name="call_attempt_of_no_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} on task {self.task_id}"
