"""What came from suppliers."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.stock import STOCK_SCOPE
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class ExpectedReceiptRows(Rows["ExpectedReceipt"]):
    scope = STOCK_SCOPE


class ExpectedReceipt(models.Model):
    """What a supplier was asked for and promised to bring. Receipts are booked against it until it is closed."""

    class State(models.TextChoices):
        OPEN = "open", _("expected")
        CLOSED = "closed", _("closed")

    supplier = models.CharField(max_length=150)
    reference = models.CharField(max_length=100, blank=True)
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = ExpectedReceiptRows.as_manager()

    class Meta:
        db_table = "expected_receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "reference"], condition=~Q(reference=""), name="expected_receipt_once"
            )
        ]

    def __str__(self) -> str:
        return f"expected receipt {self.pk}"


class ExpectedLine(models.Model):
    """Pieces of one product that are to come, at what they shall cost."""

    expected = models.ForeignKey(ExpectedReceipt, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="expected_lines")
    quantity = models.PositiveIntegerField()
    unit_cost_minor = models.BigIntegerField(null=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "expected_line"
        constraints = [
            models.UniqueConstraint(fields=["expected", "product"], name="expected_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="expected_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class ReceiptRows(Rows["Receipt"]):
    scope = STOCK_SCOPE


class Receipt(models.Model):
    """Goods received from a supplier. The same supplier's reference is booked once."""

    supplier = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    invoice = models.CharField(max_length=100, blank=True)  # the supplier's own number of the bill
    expected = models.ForeignKey(ExpectedReceipt, on_delete=models.PROTECT, null=True, related_name="receipts")
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ReceiptRows.as_manager()

    class Meta:
        db_table = "receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "reference"], condition=~Q(reference=""), name="receipt_reference_once"
            )
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class ReceiptLine(models.Model):
    """Pieces of one product put into one bin, at what they cost."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    place = models.ForeignKey("orders.Place", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    unit_cost_minor = models.BigIntegerField(default=0)

    objects = Rows.as_manager()

    class Meta:
        db_table = "receipt_line"
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_line_quantity")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class ReceiptPaperRows(Rows["ReceiptPaper"]):
    scope = {Kind.MANAGER: EVERYTHING}


class ReceiptPaper(models.Model):
    """A scan of the supplier's bill, kept in private storage under a name that nobody can guess."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="papers")
    name = models.CharField(max_length=120, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT)
    at = models.DateTimeField()

    objects = ReceiptPaperRows.as_manager()

    class Meta:
        db_table = "receipt_paper"
        constraints = [models.UniqueConstraint(fields=["receipt", "sha256"], name="receipt_paper_once")]

    def __str__(self) -> str:
        return f"paper of receipt {self.receipt_id}"
