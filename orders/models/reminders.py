"""What somebody is to be told at an hour, once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import Rows


class ReminderRows(Rows["Reminder"]):
    scope = {Kind.MANAGER: lambda subject: Q(person=subject.person) | Q(person=None, role="manager")}

    def for_person(self, subject: Subject) -> "ReminderRows":
        """Narrow to what this person is to be told: what is theirs, and what is their role's."""
        return self.filter(Q(person=subject.person) | Q(person=None, role=str(subject.kind)))


class Reminder(models.Model):
    """One thing to tell at one hour. Its key makes it be there once; its state, be decided once."""

    class What(models.TextChoices):
        CALLBACK = "callback", _("a callback is due")
        LATE = "late", _("a call is past its time limit")
        LATE_STILL = "late_still", _("a call is long past its time limit")
        HOLD = "hold", _("a hold is past its hour")
        FREED = "freed", _("the time to agree is over, and its goods are free")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("told")
        DROPPED = "dropped", _("dropped as stale")
        STUCK = "stuck", _("tried in vain")

    what = models.CharField(max_length=12, choices=What)
    subject = models.BigIntegerField()  # id of the call task, the hold or the order, as `what` has it
    slot = models.CharField(max_length=32)  # the hour it is about; another hour is another reminder
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="reminders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="reminders")
    role = models.CharField(max_length=10, default="manager")  # who is told while no person is named
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)  # counted before each try
    tried_at = models.DateTimeField(null=True)  # the latest: while somebody tries, nobody else does
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, blank=True)  # of a dropped one: stale, or gone
    seen_at = models.DateTimeField(null=True)

    objects = ReminderRows.as_manager()

    class Meta:
        db_table = "reminder"
        constraints = [models.UniqueConstraint(fields=["what", "subject", "slot"], name="reminder_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="reminder_waiting"),
            models.Index(fields=["person", "decided_at"], condition=Q(state="done", seen_at=None), name="reminder_new"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject} at {self.slot}"
