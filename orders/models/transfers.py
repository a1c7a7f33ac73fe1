"""Goods on their way from one location of the shop to another."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.stock import STOCK_SCOPE
from shopdesk.base.rows import Rows


class TransferRows(Rows["Transfer"]):
    scope = STOCK_SCOPE


class Transfer(models.Model):
    """Goods sent to another location. Until they are received there they are in transit, and nobody may sell them."""

    class State(models.TextChoices):
        SENT = "sent", _("on the way")
        RECEIVED = "received", _("received")

    source = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="transfers_out")
    target = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="transfers_in")
    state = models.CharField(max_length=8, choices=State, default=State.SENT)
    note = models.CharField(max_length=300, blank=True)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)

    objects = TransferRows.as_manager()

    class Meta:
        db_table = "transfer"
        constraints = [models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_goes_somewhere")]

    def __str__(self) -> str:
        return f"transfer {self.pk}"


class TransferLineRows(Rows["TransferLine"]):
    scope = STOCK_SCOPE


class TransferLine(models.Model):
    """Pieces of one product that were sent, and what became of them: sent = received + lost + still on the way."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    objects = TransferLineRows.as_manager()

    class Meta:
        db_table = "transfer_line"
        constraints = [
            models.UniqueConstraint(fields=["transfer", "product"], name="transfer_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__gte=F("received") + F("lost")), name="transfer_line_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"

    @property
    def left(self) -> int:
        """Pieces that are still on the way."""
        return self.quantity - self.received - self.lost
