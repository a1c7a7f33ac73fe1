"""Carts: several orders that are picked in one walk, each in its slot."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class BatchRows(Rows["Batch"]):
    scope = {Kind.MANAGER: EVERYTHING, Kind.PACKER: EVERYTHING}


class Batch(models.Model):
    """One walk with a cart. Whether it is over follows from its slots: none of them holds an order any more."""

    cart = models.CharField(max_length=8)
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="+")
    picker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)  # by the desk: its picker had left it

    objects = BatchRows.as_manager()

    class Meta:
        db_table = "batch"

    def __str__(self) -> str:
        return f"batch {self.pk}"


class CartSlot(models.Model):
    """An order in a slot of a cart, until it is sealed, put down or cancelled, or lifted off at a packing station."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="slots")
    cart = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField()
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="cart_slots")
    ready_at = models.DateTimeField(null=True)  # handed to the packing station: whoever takes it has it
    freed_at = models.DateTimeField(null=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "cart_slot"
        constraints = [
            models.UniqueConstraint(fields=["cart", "position"], condition=Q(freed_at=None), name="cart_slot_once"),
            models.UniqueConstraint(fields=["order"], condition=Q(freed_at=None), name="cart_slot_of_order"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """What its barcode says: K-2-5 is the fifth slot of cart 2."""
        return f"K-{self.cart}-{self.position}"
