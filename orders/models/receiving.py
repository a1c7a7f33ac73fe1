"""What came from suppliers."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.models.stock import STOCK_SCOPE
from shopdesk.base.rows import Rows


class ReceiptRows(Rows["Receipt"]):
    scope = STOCK_SCOPE


class Receipt(models.Model):
    """Goods received from a supplier. The same supplier's reference is booked once."""

    supplier = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=100, blank=True)
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
