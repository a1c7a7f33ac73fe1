"""Counting without stopping: each line remembers the shelf as it was when it was counted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.stock import STOCK_SCOPE
from shopdesk.base.rows import Rows


class StockCountRows(Rows["StockCount"]):
    scope = STOCK_SCOPE


class StockCount(models.Model):
    """A count document."""

    class Kind(models.TextChoices):
        FULL = "full", _("full")
        BIN = "bin", _("by bin")
        LIST = "list", _("by list")
        SPOT = "spot", _("spot")
        CYCLE = "cycle", _("cycle")

    class State(models.TextChoices):
        COUNTING = "counting", _("counting")
        REVIEW = "review", _("to be approved")
        POSTED = "posted", _("posted")
        VOID = "void", _("void")

    kind = models.CharField(max_length=6, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.COUNTING)
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT)
    bins = models.ManyToManyField("orders.Place", related_name="counts")
    blind = models.BooleanField(default=True)
    reason = models.CharField(max_length=40, blank=True)
    printed_at = models.DateTimeField(null=True)  # its last sheet: what moved since then may be on the paper or not
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_alone = models.CharField(max_length=300, blank=True)  # the reason, in a shop of one
    posted_at = models.DateTimeField(null=True)

    objects = StockCountRows.as_manager()

    class Meta:
        db_table = "stock_count"

    def __str__(self) -> str:
        return f"count {self.pk}"


class CountLineRows(Rows["CountLine"]):
    scope = STOCK_SCOPE


class CountLine(models.Model):
    """One counted shelf. Variance = counted - book, both fixed under the shelf's lock; nothing is recomputed later."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    place = models.ForeignKey("orders.Place", on_delete=models.PROTECT)
    counted = models.PositiveIntegerField()
    book = models.BigIntegerField()
    version = models.BigIntegerField()  # of the shelf when it was counted
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    counted_at = models.DateTimeField()
    counted_since = models.DateTimeField(null=True)  # at some time between this and `counted_at`, as on a sheet
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces")
    question = models.ForeignKey("orders.StockMove", on_delete=models.PROTECT, null=True, related_name="+")
    move = models.OneToOneField("orders.StockMove", on_delete=models.PROTECT, null=True, related_name="count_line")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = CountLineRows.as_manager()

    class Meta:
        db_table = "count_line"
        constraints = [
            models.UniqueConstraint(
                fields=["count", "product", "place"], condition=Q(replaced_by=None), name="count_line_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.counted} of {self.product_id} at {self.place_id}"

    @property
    def variance(self) -> int:
        return self.counted - self.book


class CountShelfRows(Rows["CountShelf"]):
    scope = STOCK_SCOPE


class CountShelf(models.Model):
    """A shelf that a count is about: a product in a bin. A count without any is about all that lies in its bins."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="shelves")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    place = models.ForeignKey("orders.Place", on_delete=models.PROTECT)

    objects = CountShelfRows.as_manager()

    class Meta:
        db_table = "count_shelf"
        constraints = [models.UniqueConstraint(fields=["count", "product", "place"], name="count_shelf_once")]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.place_id}"


class CountProposalRows(Rows["CountProposal"]):
    scope = STOCK_SCOPE


class CountProposal(models.Model):
    """A shelf that is worth counting today, and why: the parts of its score. Made once a day for each location."""

    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT)
    day = models.DateField()
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    place = models.ForeignKey("orders.Place", on_delete=models.PROTECT)
    score = models.PositiveIntegerField()
    parts = models.JSONField(default=dict)  # rule -> points
    count = models.ForeignKey(StockCount, on_delete=models.SET_NULL, null=True, related_name="proposals")

    objects = CountProposalRows.as_manager()

    class Meta:
        db_table = "count_proposal"
        constraints = [models.UniqueConstraint(fields=["day", "product", "place"], name="count_proposal_once")]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.place_id}: {self.score}"
