"""What the desk keeps an eye on: goods that run low, and books that would no longer agree with themselves."""

from django.db import models
from django.db.models import Q

from orders.models.stock import STOCK_SCOPE
from shopdesk.base.rows import Rows


class LowStockRows(Rows["LowStock"]):
    scope = STOCK_SCOPE


class LowStock(models.Model):
    """A product fell below its minimum. One row for each crossing: it stays open until there is enough again."""

    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="low")
    available = models.BigIntegerField()  # when it was noticed
    minimum = models.PositiveIntegerField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = LowStockRows.as_manager()

    class Meta:
        db_table = "low_stock"
        constraints = [models.UniqueConstraint(fields=["product"], condition=Q(ended_at=None), name="low_stock_once")]

    def __str__(self) -> str:
        return f"{self.product_id} is low"


class DriftRows(Rows["Drift"]):
    scope = STOCK_SCOPE


class Drift(models.Model):
    """The ledger and the balances differ. Nobody repairs that silently: it stays until an audit finds it no more."""

    promise = models.CharField(max_length=8)  # S1, S2, …
    offenders = models.JSONField(default=list)
    broken = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DriftRows.as_manager()

    class Meta:
        db_table = "stock_drift"
        constraints = [models.UniqueConstraint(fields=["promise"], condition=Q(ended_at=None), name="stock_drift_once")]

    def __str__(self) -> str:
        return f"{self.promise}: {self.broken}"
