"""What the shop sells."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class ProductRows(Rows["Product"]):
    scope = {Kind.MANAGER: EVERYTHING, Kind.PACKER: EVERYTHING, Kind.STOREFRONT: Q(active=True)}


class Product(models.Model):
    """Goods have places and moves; a service is sold and credited, never reserved, picked, packed or counted."""

    class Kind(models.TextChoices):
        GOODS = "goods", _("goods")
        SERVICE = "service", _("service")

    class Traced(models.TextChoices):
        NO = "", _("no")
        SERIAL = "serial", _("a serial number")
        MARKING = "marking", _("a marking code")  # Chestny ZNAK: a GS1 data matrix on every piece

    sku = models.CharField(max_length=64, unique=True)  # keeps its letter case
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.GOODS)
    group = models.CharField(max_length=300, blank=True)  # with all it is inside of: "Clothes / Coats"
    price_minor = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)  # moving average of receipts, per piece
    weight_g = models.PositiveIntegerField(default=0)
    min_stock = models.PositiveIntegerField(default=0)
    lead_days = models.PositiveSmallIntegerField(default=7)  # from ordering at the supplier to the shelf
    active = models.BooleanField(default=True)
    traced = models.CharField(
        max_length=8, choices=Traced, blank=True, default="", db_default=""
    )  # what each piece is known by when it is packed

    objects = ProductRows.as_manager()

    class Meta:
        db_table = "product"
        constraints = [models.CheckConstraint(condition=Q(price_minor__gte=0, cost_minor__gte=0), name="product_money")]

    def __str__(self) -> str:
        return self.sku

    @property
    def is_goods(self) -> bool:
        return self.kind == self.Kind.GOODS


class Barcode(models.Model):
    """A code on a product; a pack's code counts for several pieces."""

    code = models.CharField(max_length=64, primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="barcodes")
    pieces = models.PositiveIntegerField(default=1)

    objects = Rows.as_manager()

    class Meta:
        db_table = "barcode"
        constraints = [models.CheckConstraint(condition=Q(pieces__gte=1), name="barcode_pieces")]

    def __str__(self) -> str:
        return self.code


class Substitute(models.Model):
    """What may be offered instead, best first."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="substitutes")
    instead = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField(default=1)

    objects = Rows.as_manager()

    class Meta:
        db_table = "substitute"
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["product", "instead"], name="substitute_pair")]

    def __str__(self) -> str:
        return f"{self.instead_id} instead of {self.product_id}"
