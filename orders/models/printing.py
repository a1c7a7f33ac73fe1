"""Print runs: papers of many orders, drawn in the background into one file."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import Rows


def own(subject: Subject) -> Q:
    """Whoever asked has it in hand; nobody else prints from it."""
    return Q(asked_by=subject.person)


class PrintRunRows(Rows["PrintRun"]):
    scope = {Kind.MANAGER: own, Kind.PACKER: own}


class PrintRun(models.Model):
    """Papers that somebody asked for, and how far they are drawn. The file lies in private storage for a day."""

    class What(models.TextChoices):
        PICKLIST = "picklist", _("pick lists")
        SLIP = "slip", _("packing slips")
        LABEL = "label", _("labels")
        BOTH = "slip+label", _("packing slips and labels")

    class Size(models.TextChoices):
        A6 = "a6", _("A6")
        WIDE = "100x150", _("100 × 150")
        NARROW = "58x100", _("58 × 100")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("print run", "being drawn")
        READY = "ready", pgettext_lazy("print run", "ready")
        FAILED = "failed", pgettext_lazy("print run", "failed")
        GONE = "gone", pgettext_lazy("print run", "deleted")

    code = models.CharField(max_length=32, unique=True)  # 128 random bits: its address, and its file's name
    what = models.CharField(max_length=12, choices=What)
    size = models.CharField(max_length=8, choices=Size, default=Size.A6)  # of labels
    numbers = models.JSONField()  # of the orders, in the order of printing
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="print_runs")
    asked_at = models.DateTimeField()
    steps = models.PositiveIntegerField()  # pieces of work: so many orders of one kind of paper each
    done = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)  # at the next step, counted before each try
    lease_until = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = PrintRunRows.as_manager()

    class Meta:
        db_table = "print_run"
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="print_run_of_person"),
            models.Index(fields=["id"], condition=Q(state="asked"), name="print_run_to_draw"),
        ]

    def __str__(self) -> str:
        return f"print run {self.code}"

    @property
    def kinds(self) -> list[str]:
        """The kinds of paper, in the order in which they leave the printer."""
        return self.what.split("+")
