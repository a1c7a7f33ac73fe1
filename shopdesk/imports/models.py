"""Files that were laid before the desk, what became of each thing in them, and what their columns mean."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class ImportRows(Rows["Import"]):
    scope = {Kind.MANAGER: lambda subject: Q(asked_by=subject.person)}


class Import(models.Model):
    """One file and how far it has come. Nothing is written to orders or products before it was tried."""

    class What(models.TextChoices):
        ORDERS = "orders", _("orders")
        PRODUCTS = "products", _("products")

    class Form(models.TextChoices):
        TABLE = "table", _("table")
        YML = "yml", "YML"
        COMMERCEML = "commerceml", "CommerceML"

    class State(models.TextChoices):
        LAID = "laid", pgettext_lazy("import", "columns to be named")
        TRYING = "trying", pgettext_lazy("import", "being tried")
        TRIED = "tried", pgettext_lazy("import", "tried")
        APPLYING = "applying", pgettext_lazy("import", "being taken in")
        DONE = "done", pgettext_lazy("import", "taken in")
        UNDOING = "undoing", pgettext_lazy("import", "being undone")
        UNDONE = "undone", pgettext_lazy("import", "undone")
        CANCELLED = "cancelled", pgettext_lazy("import", "cancelled")
        FAILED = "failed", pgettext_lazy("import", "failed")

    code = models.CharField(max_length=32, unique=True)  # 128 random bits: its address, and its files' name
    what = models.CharField(max_length=10, choices=What)
    form = models.CharField(max_length=10, choices=Form, default=Form.TABLE)
    state = models.CharField(max_length=10, choices=State, default=State.LAID)
    name = models.CharField(max_length=150)  # of the file, as its sender called it
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()  # bytes
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=dict)  # field -> heading
    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, null=True, related_name="+")
    skip_bad = models.BooleanField(default=False)  # else all or nothing
    language = models.CharField(max_length=5)
    trouble = models.TextField(blank=True)  # why it failed, as a sentence
    rows = models.PositiveIntegerField(default=0)  # things found in the file
    rows_done = models.PositiveIntegerField(default=0)  # of the step it is in
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)  # counted before each try
    lease_until = models.DateTimeField(null=True)
    file_until = models.DateTimeField(null=True)  # then the file is deleted; the result stays
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ImportRows.as_manager()

    class Meta:
        db_table = "import"
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="import_of_person"),
            models.Index(
                fields=["id"], condition=Q(state__in=["trying", "applying", "undoing"]), name="import_to_work_on"
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.code}"

    @property
    def is_moving(self) -> bool:
        """Whether a worker is at it or will be."""
        return self.state in MOVING


MOVING = frozenset({Import.State.TRYING, Import.State.APPLYING, Import.State.UNDOING})


class ImportItemRows(Rows["ImportItem"]):
    scope = {Kind.MANAGER: lambda subject: Q(batch__asked_by=subject.person)}


class ImportItem(models.Model):
    """One order or product of a file: the verdict on it, and what became of it."""

    class Verdict(models.TextChoices):
        GOOD = "good", pgettext_lazy("import", "good")
        NOTED = "noted", pgettext_lazy("import", "good, with a note")
        KNOWN = "known", pgettext_lazy("import", "there already")
        LEFT = "left", pgettext_lazy("import", "left out")
        BAD = "bad", pgettext_lazy("import", "cannot be taken in")

    class Fate(models.TextChoices):
        WAITS = "", pgettext_lazy("import", "not yet")
        TAKEN = "taken", pgettext_lazy("import", "taken in")
        CHANGED = "changed", pgettext_lazy("import", "changed")
        SAME = "same", pgettext_lazy("import", "nothing to change")
        REFUSED = "refused", pgettext_lazy("import", "refused")
        UNDONE = "undone", pgettext_lazy("import", "undone")
        KEPT = "kept", pgettext_lazy("import", "kept: somebody worked on it")

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveIntegerField()  # 1..n in the file
    row = models.PositiveIntegerField()  # as a person counts rows, headings are row 1; the first of an order's
    key = models.CharField(max_length=64)  # the order's id in the shop, the product's SKU
    verdict = models.CharField(max_length=5, choices=Verdict)
    words = models.JSONField(default=list)  # sentences; they name columns, never what stood in them
    fate = models.CharField(max_length=8, choices=Fate, blank=True, default=Fate.WAITS)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+")

    objects = ImportItemRows.as_manager()

    class Meta:
        db_table = "import_item"
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="import_item_place")]
        indexes = [models.Index(fields=["batch", "verdict", "place"], name="import_item_by_verdict")]

    def __str__(self) -> str:
        return f"{self.key} of import {self.batch_id}"


class ColumnMap(models.Model):
    """What the columns of a kind of file mean, as somebody said the last time a file with these headings came."""

    what = models.CharField(max_length=10, choices=Import.What)
    fingerprint = models.CharField(max_length=64)  # of the headings
    columns = models.JSONField(default=dict)  # field -> heading
    saved_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "import_columns"
        constraints = [models.UniqueConstraint(fields=["what", "fingerprint"], name="import_columns_once")]

    def __str__(self) -> str:
        return f"columns of {self.what}"


class CatalogueId(models.Model):
    """The SKU of goods that CommerceML knows by an id: prices come in another file, which may name the id alone."""

    key = models.CharField(max_length=64, primary_key=True)
    sku = models.CharField(max_length=64)

    objects = Rows.as_manager()

    class Meta:
        db_table = "import_catalogue_id"

    def __str__(self) -> str:
        return f"{self.key} is {self.sku}"
