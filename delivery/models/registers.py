"""Couriers' lists of the money they send home."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from delivery.models.shipments import Shipment
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class RegisterRows(Rows["Register"]):
    scope = {Kind.MANAGER: EVERYTHING}


class RegisterColumnsRows(Rows["RegisterColumns"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Register(models.Model):
    """A courier's own list of the money it sends home; or a hand-in, when our courier lays it on the table."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="registers")
    reference = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    sha256 = models.CharField(max_length=64)  # of what it says: the same list again is the same register
    total_minor = models.BigIntegerField()  # gross, as the list adds up
    fees_minor = models.BigIntegerField()
    bank_reference = models.CharField(max_length=64, blank=True)  # of the payment that brought the money
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = RegisterRows.as_manager()

    class Meta:
        db_table = "register"
        constraints = [models.UniqueConstraint(fields=["courier", "reference"], name="register_once")]

    def __str__(self) -> str:
        return f"register {self.reference}"


class RegisterLineRows(Rows["RegisterLine"]):
    scope = {Kind.MANAGER: EVERYTHING}


class RegisterLine(models.Model):
    """What a register says of one parcel, what became of it, and whose question it is while it is open."""

    class Outcome(models.TextChoices):
        MATCHED = "matched", _("matched")
        PARTIAL = "partial", _("a part of it")
        FEE = "fee", _("a fee alone")
        SHORT = "short", _("short")
        OVER = "over", _("over")
        UNKNOWN = "unknown", _("unknown parcel")
        DUPLICATE = "duplicate", _("paid before")
        OTHER_FEE = "other_fee", _("another fee than agreed")

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()  # as a person counts the list's rows
    waybill = models.CharField(max_length=100)  # as the courier wrote it
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, null=True, related_name="register_lines")
    outcome = models.CharField(max_length=10, choices=Outcome)
    # What the list says less what the courier held; of another fee: less what was agreed.
    differs_minor = models.BigIntegerField(default=0)
    fee_due_minor = models.BigIntegerField(
        null=True
    )  # what it might keep by its terms; null: not known, or no fee said
    remitted_minor = models.BigIntegerField(default=0)  # booked home by this line
    kept_minor = models.BigIntegerField(default=0)  # booked to the courier's fees by this line
    is_open = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = RegisterLineRows.as_manager()

    class Meta:
        db_table = "register_line"
        constraints = [
            models.UniqueConstraint(fields=["register", "position"], name="register_line_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, fee_minor__gte=0, remitted_minor__gte=0, kept_minor__gte=0),
                name="register_line_money",
            ),
        ]
        indexes = [models.Index(fields=["register"], condition=Q(is_open=True), name="register_line_open")]

    def __str__(self) -> str:
        return f"{self.waybill} in {self.register_id}"


class RegisterColumns(models.Model):
    """What a courier calls the columns of its registers, as somebody said once."""

    courier = models.OneToOneField("orders.Courier", on_delete=models.CASCADE, primary_key=True, related_name="columns")
    waybill = models.CharField(max_length=100)
    amount = models.CharField(max_length=100)
    fee = models.CharField(max_length=100, blank=True)
    net = models.BooleanField(default=False)  # the amount is what is left after the fee

    objects = RegisterColumnsRows.as_manager()

    class Meta:
        db_table = "register_columns"

    def __str__(self) -> str:
        return f"columns of {self.courier_id}"
