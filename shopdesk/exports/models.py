"""Exports that were asked for, and how far they have come."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class ExportRows(Rows["Export"]):
    # Whoever asked sees it; the owner sees all, to approve and to know. The file is for whoever asked alone.
    scope = {Kind.MANAGER: lambda subject: Q(asked_by=subject.person)}


class Export(models.Model):
    """One export: what was asked, by whom, with the filter as it stood on the screen."""

    class What(models.TextChoices):
        ORDERS = "orders", _("orders")
        ROWS = "rows", _("rows of a figure")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    class State(models.TextChoices):
        WAITS = "waits", pgettext_lazy("export", "waits for the owner")
        ASKED = "asked", pgettext_lazy("export", "waits its turn")
        READ = "read", pgettext_lazy("export", "being written")
        READY = "ready", pgettext_lazy("export", "ready")
        FAILED = "failed", pgettext_lazy("export", "failed")
        CANCELLED = "cancelled", pgettext_lazy("export", "cancelled")
        GONE = "gone", pgettext_lazy("export", "deleted")

    code = models.CharField(max_length=32, unique=True)  # 128 random bits: its address, and its file's name
    what = models.CharField(max_length=10, choices=What)
    filter = models.JSONField(default=dict)  # the list's own query, name -> text
    format = models.CharField(max_length=4, choices=Format)
    language = models.CharField(max_length=5)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    attempt = models.PositiveSmallIntegerField(default=0)  # counted before each try
    lease_until = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ExportRows.as_manager()

    class Meta:
        db_table = "export"
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="export_of_person"),
            models.Index(fields=["id"], condition=Q(state__in=["asked", "read"]), name="export_to_make"),
        ]

    def __str__(self) -> str:
        return f"export {self.code}"

    @property
    def is_open(self) -> bool:
        """Whether it may still become a file."""
        return self.state in {self.State.WAITS, self.State.ASKED, self.State.READ}
