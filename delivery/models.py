"""What happened on the way: acts of transfer, shipments, the couriers' money, and what came back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.sight import of_orders
from shopdesk.base.access import SEEN_AFTER, Kind, Subject, seen
from shopdesk.base.rows import EVERYTHING, Rows


def of_courier(subject: Subject) -> Q:
    """Give the acts of this courier from their closing until some days after, or while a parcel is in its hands."""
    still = Q(lines__parcel__in_hands_of=subject.code, lines__state__in=["on", "accepted"])
    if subject.at is not None:
        still |= Q(closed_at__gt=subject.at - SEEN_AFTER)
    own = Handoff.objects.filter(still, courier=subject.code, state__in=seen("act", subject.kind))
    return Q(pk__in=own.values("pk"))


class HandoffRows(Rows["Handoff"]):
    scope = {
        Kind.MANAGER: EVERYTHING,
        Kind.PACKER: Q(state__in=seen("act", Kind.PACKER)),
        Kind.COURIER: of_courier,
        Kind.COURIER_PERSON: of_courier,
    }


class Handoff(models.Model):
    """An act of transfer: one courier, one location, one ship date. Closed, it never changes: `hash` says so."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        LOADING = "loading", _("loading")
        CLOSED = "closed", _("closed")
        ACCEPTED = "accepted", _("accepted")
        DIFFERENT = "accepted_with_difference", _("accepted with a difference")
        VOID = "void", _("void")

    number = models.BigAutoField(primary_key=True)
    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="handoffs")
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="handoffs")
    ship_on = models.DateField()
    state = models.CharField(max_length=24, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    hash = models.CharField(max_length=64, blank=True)
    places = models.PositiveIntegerField(default=0)
    weight_g = models.PositiveIntegerField(default=0)
    cod_minor = models.BigIntegerField(default=0)
    declared_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    accepted_at = models.DateTimeField(null=True)
    accepted_how = models.CharField(max_length=12, blank=True)  # courier, paper, first_scan

    objects = HandoffRows.as_manager()

    class Meta:
        db_table = "handoff"
        indexes = [models.Index(fields=["courier", "state", "number"], name="handoff_by_courier")]

    def __str__(self) -> str:
        return str(self.number)


class HandoffLine(models.Model):
    """A parcel on an act. Its figures are frozen when the act closes; its state is a row beside the hash."""

    class State(models.TextChoices):
        ON = "on", _("on the act")
        ACCEPTED = "accepted", _("accepted")
        MISSING = "missing", _("missing")
        REJECTED = "rejected", _("rejected")
        BACK = "back", _("brought back")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="lines")
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, related_name="act_lines")
    state = models.CharField(max_length=8, choices=State, default=State.ON)
    weight_g = models.PositiveIntegerField()
    cod_minor = models.BigIntegerField(default=0)
    declared_minor = models.BigIntegerField(default=0)
    state_at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "handoff_line"
        constraints = [
            models.UniqueConstraint(fields=["handoff", "parcel"], name="handoff_line_once"),
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(state__in=["on", "accepted"]), name="handoff_line_one_act"
            ),
        ]

    def __str__(self) -> str:
        return f"parcel {self.parcel_id} on act {self.handoff_id}"


class SignedCopyRows(Rows["SignedCopy"]):
    scope = {Kind.MANAGER: EVERYTHING}


class SignedCopy(models.Model):
    """A scan of an act that both sides signed. The file lies in private storage and is named by chance."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="copies")
    name = models.CharField(max_length=100, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = SignedCopyRows.as_manager()

    class Meta:
        db_table = "signed_copy"
        constraints = [models.UniqueConstraint(fields=["handoff", "sha256"], name="signed_copy_once")]

    def __str__(self) -> str:
        return f"signed copy of act {self.handoff_id}"


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
    """Money moved from one account to another, for one shipment. Never changed; a correction reverses and books again.

    Accounts: `sale` (where a debt begins), `customer`, `courier:<code>`, `acquirer`, `home`, `fees`, `written_off`.
    """

    class Kind(models.TextChoices):
        DUE = "due", _("due")
        REDUCED = "reduced", _("reduced")
        COLLECTED = "collected", _("collected")
        REMITTED = "remitted", _("remitted")
        FEE = "fee", _("fee")
        WRITTEN_OFF = "written_off", _("written off")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="cash")
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
    check_at = models.DateTimeField(null=True)
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
    """Pieces of one product coming back, and where the inspection sent them."""

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="return_lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    to_bin = models.PositiveIntegerField(default=0)
    to_quarantine = models.PositiveIntegerField(default=0)
    to_scrap = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
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


class RegisterRows(Rows["Register"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Register(models.Model):
    """A courier's own list of the money it sends home; or a hand-in, when our courier lays it on the table."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="registers")
    reference = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    sha256 = models.CharField(max_length=64)  # of what it says: the same list again is the same register
    total_minor = models.BigIntegerField()  # gross, as the list adds up
    fees_minor = models.BigIntegerField()
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

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()  # as a person counts the list's rows
    waybill = models.CharField(max_length=100)  # as the courier wrote it
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, null=True, related_name="register_lines")
    outcome = models.CharField(max_length=10, choices=Outcome)
    differs_minor = models.BigIntegerField(default=0)  # what the list says less what the courier held
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
