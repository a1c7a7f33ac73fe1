"""Scans and sealed parcels."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.sight import of_orders
from shopdesk.base.access import SEEN_AFTER, Kind, Subject, seen
from shopdesk.base.rows import Rows

LEFT = ("kept", "returning", "returned", "lost")  # what a parcel may be once a courier has done with it


class Scan(models.Model):
    """One scan at the packing table; the same `event_id` again changes nothing."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="scans")
    event_id = models.CharField(max_length=64)
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, null=True)
    quantity = models.PositiveIntegerField()
    journal = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, null=True, related_name="scans")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "scan"
        constraints = [models.UniqueConstraint(fields=["order", "event_id"], name="scan_once")]

    def __str__(self) -> str:
        return f"scan {self.event_id}"


def in_hands(subject: Subject) -> Q:
    """Give the parcels that this courier has in hand, and those that left its hands some days ago at most."""
    if not subject.code:
        return Q(pk__in=[])  # nobody's hands are everybody's otherwise
    found = Q(in_hands_of=subject.code)
    if subject.at is not None:
        shipment = Q(order__shipment__courier=subject.code, order__shipment__state_at__gt=subject.at - SEEN_AFTER)
        found |= shipment & Q(state__in=LEFT)
    return found


class ParcelRows(Rows["Parcel"]):
    scope = {
        Kind.MANAGER: of_orders("order"),
        Kind.PACKER: Q(state__in=seen("parcel", Kind.PACKER)),
        Kind.STOREFRONT: lambda subject: Q(order__channel=subject.code),
        Kind.COURIER: in_hands,
        Kind.COURIER_PERSON: in_hands,
    }


class Parcel(models.Model):
    """A sealed box. `state` is where it is; the order's status is derived from its parcels once it is out."""

    class State(models.TextChoices):
        INSIDE = "inside", _("inside")
        OUT = "out", _("on its way")
        KEPT = "kept", _("kept by the customer, whole or in part")
        RETURNING = "returning", _("on its way back")
        RETURNED = "returned", _("back and inspected")
        LOST = "lost", _("lost")
        OPENED = "opened", _("opened again")  # its goods lie on the table; another parcel will hold them

    class OnAct(models.TextChoices):
        NONE = "none", _("on no act")
        OPEN = "open", _("on an open act")
        CLOSED = "closed", _("on a closed act")

    number = models.CharField(max_length=40, unique=True)  # "P-10403-1", as its barcode says
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="parcels")
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.INSIDE)
    on_act = models.CharField(max_length=6, choices=OnAct, default=OnAct.NONE)
    in_hands_of = models.CharField(max_length=32, blank=True)  # the courier who may see it: from the act's closing on
    weight_g = models.PositiveIntegerField()
    length_mm = models.PositiveIntegerField(null=True)
    width_mm = models.PositiveIntegerField(null=True)
    height_mm = models.PositiveIntegerField(null=True)
    declared_minor = models.BigIntegerField(default=0)
    cod_minor = models.BigIntegerField(default=0)  # to be taken at the door for this parcel
    waybill = models.CharField(max_length=64, blank=True, db_index=True)
    sealed_at = models.DateTimeField()

    objects = ParcelRows.as_manager()

    class Meta:
        db_table = "parcel"
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="parcel_position"),
            models.CheckConstraint(condition=Q(cod_minor__gte=0, declared_minor__gte=0), name="parcel_money"),
        ]
        indexes = [models.Index(fields=["in_hands_of"], condition=~Q(in_hands_of=""), name="parcel_in_hands")]

    def __str__(self) -> str:
        return self.number


class PackCheck(models.Model):
    """A second person looked at what lies on the table. It holds for these pieces of this picking, and no others."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="pack_checks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    picking_since = models.DateTimeField()
    contents = models.JSONField()  # line -> pieces that lay there
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = Rows.as_manager()

    class Meta:
        db_table = "pack_check"

    def __str__(self) -> str:
        return f"check of order {self.order_id}"


class ParcelItem(models.Model):
    """What lies in a parcel, and what became of it."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="items")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="parcel_items")
    quantity = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    objects = Rows.as_manager()

    class Meta:
        db_table = "parcel_item"
        constraints = [
            models.UniqueConstraint(fields=["parcel", "line"], name="parcel_item_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("delivered") + F("returned") + F("lost"), quantity__gt=0),
                name="parcel_item_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id} in {self.parcel_id}"
