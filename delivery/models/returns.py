"""What comes back, and where its inspection sends it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.sight import of_orders
from shopdesk.base.access import Kind, seen
from shopdesk.base.rows import Rows


class ReturnRows(Rows["Return"]):
    scope = {Kind.MANAGER: of_orders("order", or_none=True), Kind.PACKER: Q(state__in=seen("return", Kind.PACKER))}


class Return(models.Model):
    """Goods coming back. Only its inspection leads them to the shelf again."""

    class Kind(models.TextChoices):
        REFUSED = "refused", _("refused at the door")
        UNCOLLECTED = "uncollected", _("uncollected")
        AFTER_INSPECTION = "after_inspection", _("after inspection before paying")
        AFTER_DELIVERY = "after_delivery", _("after delivery")
        DAMAGED = "damaged", _("damaged")
        EXCHANGE = "exchange", _("exchange")
        NO_ORDER = "no_order", _("without an order")

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        ON_THE_WAY = "on_the_way", _("on the way")
        RECEIVED = "received", _("received")
        INSPECTED = "inspected", _("inspected")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="returns")
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, null=True, related_name="returns")
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT)
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.ANNOUNCED)
    reference = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    waybill = models.CharField(max_length=64, blank=True)
    # What goes out instead, and what the pieces that come back paid of it.
    exchange = models.OneToOneField("orders.Order", on_delete=models.PROTECT, null=True, related_name="exchange_of")
    exchanged_minor = models.BigIntegerField(default=0, db_default=0)
    check_at = models.DateTimeField(null=True)
    waits_since = models.DateTimeField(null=True)  # the courier says that we may take it there
    opened_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    inspected_at = models.DateTimeField(null=True)

    objects = ReturnRows.as_manager()

    class Meta:
        db_table = "return"
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"],
                condition=Q(parcel__isnull=False) & ~Q(state="inspected"),
                name="return_open_once_per_parcel",
            ),
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="return_reference"),
        ]

    def __str__(self) -> str:
        return f"return {self.pk}"


class ReturnLine(models.Model):
    """Pieces of one product coming back, where the inspection sent them, and what it found."""

    class Found(models.TextChoices):
        UNUSED = "unused", _("as it was sold")
        OPENED = "opened", _("opened, complete")
        INCOMPLETE = "incomplete", _("something is missing from it")
        WORN = "worn", _("used or worn")
        DAMAGED_ON_THE_WAY = "transport", _("damaged on the way")
        DEFECT = "defect", _("does not work")
        OTHER_GOODS = "other_goods", _("other goods than we sent")
        OTHER = "other", _("other")

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="return_lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    to_bin = models.PositiveIntegerField(default=0)
    to_quarantine = models.PositiveIntegerField(default=0)
    to_scrap = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    found = models.CharField(max_length=11, choices=Found, blank=True)
    inspected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = Rows.as_manager()

    class Meta:
        db_table = "return_line"
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=F("to_bin") + F("to_quarantine") + F("to_scrap") + F("missing")),
                name="return_line_adds_up",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"


class ReturnPhotoRows(Rows["ReturnPhoto"]):
    scope = {
        Kind.MANAGER: of_orders("parent__order", or_none=True),
        Kind.PACKER: Q(parent__state__in=seen("return", Kind.PACKER)),
    }


class ReturnPhoto(models.Model):
    """How it looked when it came back, kept in private storage under a name that nobody can guess."""

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=120, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ReturnPhotoRows.as_manager()

    class Meta:
        db_table = "return_photo"
        constraints = [models.UniqueConstraint(fields=["parent", "sha256"], name="return_photo_once")]

    def __str__(self) -> str:
        return f"photo of return {self.parent_id}"
