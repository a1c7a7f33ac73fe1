"""Codes of single pieces: which serial number or marking code went out with which order."""

from django.db import models
from django.db.models import Q

from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class PieceCodeRows(Rows["PieceCode"]):
    scope = {Kind.MANAGER: of_orders("order"), Kind.PACKER: EVERYTHING}


class PieceCode(models.Model):
    """A code captured at the packing table. One code is in one order at a time; put back, it is free again."""

    key = models.CharField(max_length=140)  # GTIN and serial of a marking code; the product and its serial number
    text = models.CharField(max_length=250)  # whole, as the marking system wants it
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="piece_codes")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="piece_codes")
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    captured_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    objects = PieceCodeRows.as_manager()

    class Meta:
        db_table = "piece_code"
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(released_at=None), name="piece_code_once"),
        ]

    def __str__(self) -> str:
        return self.says

    @property
    def says(self) -> str:
        """What people compare: the serial number."""
        # A GTIN has fourteen digits between `01` and `21`, and `21` may stand among them.
        return self.key[18:] if ":" not in self.key[:18] else self.key.split(":", 1)[1]
