"""Orders on their way: what couriers say of them, and the money of each."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class ShipmentRows(Rows["Shipment"]):
    scope = {Kind.MANAGER: of_orders("order"), Kind.STOREFRONT: lambda subject: Q(order__channel=subject.code)}


class Shipment(models.Model):
    """An order on its way: all its parcels, one courier, one sum to collect."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="shipment")
    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="shipments")
    state = models.CharField(max_length=20, default="accepted")  # tracking's vocabulary, `tracking.RANK`
    state_at = models.DateTimeField()
    check_at = models.DateTimeField(null=True)  # silent until then: look into it
    flag = models.CharField(max_length=40, blank=True)  # unknown code, money that does not add up
    currency = models.CharField(max_length=3)
    due_minor = models.BigIntegerField(default=0)
    reduced_minor = models.BigIntegerField(default=0)
    collected_minor = models.BigIntegerField(default=0)
    written_off_minor = models.BigIntegerField(default=0)
    remitted_minor = models.BigIntegerField(default=0)
    fees_minor = models.BigIntegerField(default=0)
    fee_due_minor = models.BigIntegerField(default=0, db_default=0)  # what the courier keeps by its terms, as booked …
    buyout_fee_minor = models.BigIntegerField(default=0, db_default=0)  # … and how much of it because a part was kept
    started_at = models.DateTimeField()

    objects = ShipmentRows.as_manager()

    class Meta:
        db_table = "shipment"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    due_minor__gte=0,
                    reduced_minor__gte=0,
                    collected_minor__gte=0,
                    written_off_minor__gte=0,
                    remitted_minor__gte=0,
                    fees_minor__gte=0,
                ),
                name="shipment_money",
            ),
        ]
        indexes = [models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="shipment_check")]

    def __str__(self) -> str:
        return f"shipment of {self.order_id}"

    @property
    def outstanding_minor(self) -> int:
        return self.due_minor - self.reduced_minor - self.collected_minor - self.written_off_minor


class ShipmentEvent(models.Model):
    """What a courier said, as it said it. The same event id again is a repetition; unknown parcels are parked."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=100)
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, null=True, related_name="courier_events")
    parcel_raw = models.CharField(max_length=100)  # the number as the courier wrote it
    code = models.CharField(max_length=64)
    state = models.CharField(max_length=20)  # what the code means, `unknown` when nobody has said
    reason = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    journal = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="shipment_events")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "shipment_event"
        constraints = [models.UniqueConstraint(fields=["courier", "event_id"], name="shipment_event_once")]

    def __str__(self) -> str:
        return f"{self.code} of {self.parcel_raw}"


class CashEntry(models.Model):
    """Money moved from one account to another, for one shipment; a fine is of none. Never changed: a correction
    reverses and books again.

    Accounts: `sale` (where a debt begins), `customer`, `courier:<code>`, `acquirer`, `home`, `fees`, `written_off`;
    `terms` and `owed:<code>` for what a courier may keep by its terms; `fines` and `pay` for what our own one owes.
    """

    class Kind(models.TextChoices):
        DUE = "due", _("due")
        REDUCED = "reduced", _("reduced")
        COLLECTED = "collected", _("collected")
        REMITTED = "remitted", _("remitted")
        FEE = "fee", _("fee")
        WRITTEN_OFF = "written_off", _("written off")
        FEE_DUE = "fee_due", _("fee to be kept")
        FINE = "fine", _("fine")
        FINE_ENDED = "fine_ended", _("fine paid")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, null=True, related_name="cash")
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.CharField(max_length=45)
    target = models.CharField(max_length=45)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="cash")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "cash_entry"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="cash_entry_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="cash_entry_moves"),
        ]
        indexes = [
            models.Index(fields=["source", "currency"], name="cash_entry_source"),
            models.Index(fields=["target", "currency"], name="cash_entry_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"
