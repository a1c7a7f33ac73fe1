"""How couriers are spoken with: accounts, what their codes mean, what they sent, the numbers they give."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.models.shipments import ShipmentEvent
from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class CourierAccountRows(Rows["CourierAccount"]):
    scope = {Kind.MANAGER: EVERYTHING}


class CourierAccount(models.Model):
    """How the desk and a courier service speak with each other. Secrets are sealed; nobody reads them again."""

    class Adapter(models.TextChoices):
        OWN = "own", _("our own couriers: page and phone")
        HTTP = "http", _("any service, by this desk's own protocol")
        CDEK = "cdek", _("CDEK, API v2")
        EASYPOST = "easypost", _("EasyPost, tracking only")

    courier = models.OneToOneField("orders.Courier", on_delete=models.PROTECT, related_name="account")
    adapter = models.CharField(max_length=12, choices=Adapter)
    address = models.CharField(max_length=300, blank=True)  # where its API is; empty: the adapter's own
    login = models.CharField(max_length=150, blank=True)
    secret = models.TextField(blank=True)  # sealed, `accounts.PURPOSE`
    hook_secret = models.TextField(blank=True)  # sealed: its webhooks are signed with it, or name it in their path
    token = models.TextField(blank=True)  # sealed: what a login gave, good until `token_until`
    token_until = models.DateTimeField(null=True)
    options = models.JSONField(default=dict, blank=True)  # what its API wants to know of the shop: tariff, sender
    makes_waybills = models.BooleanField(default=False)  # ask for a number as soon as an order is packed
    poll_minutes = models.PositiveIntegerField(default=0)  # ask for news so often; 0: it sends them itself
    heard_at = models.DateTimeField(null=True)  # the last webhook with a right signature

    objects = CourierAccountRows.as_manager()

    class Meta:
        db_table = "courier_account"

    def __str__(self) -> str:
        return f"account of {self.courier_id}"


class CourierCodeRows(Rows["CourierCode"]):
    scope = {Kind.MANAGER: EVERYTHING}


class CourierCode(models.Model):
    """What a courier's own code means in the desk's words. `ignored`: it says nothing of where a parcel is."""

    IGNORED = "ignored"

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=64)
    means = models.CharField(max_length=20)  # a word of `delivery.news.RANK`, or `ignored`
    says = models.CharField(max_length=200, blank=True)  # the courier's own words for it

    objects = CourierCodeRows.as_manager()

    class Meta:
        db_table = "courier_code"
        constraints = [models.UniqueConstraint(fields=["courier", "code"], name="courier_code_once")]

    def __str__(self) -> str:
        return f"{self.code} of {self.courier_id}: {self.means}"


class EventReading(models.Model):
    """What an event that was not understood when it came turned out to say, and of which parcel."""

    event = models.OneToOneField(ShipmentEvent, on_delete=models.PROTECT, related_name="reading")
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=20)
    journal = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "event_reading"
        indexes = [models.Index(fields=["parcel"], name="event_reading_parcel")]

    def __str__(self) -> str:
        return f"event {self.event_id} says {self.state}"


class NextWaybill(models.Model):
    """The number under which a parcel travels home: chained to the one under which it left."""

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=100)
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, related_name="next_waybills")
    journal = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")

    objects = Rows.as_manager()

    class Meta:
        db_table = "next_waybill"
        constraints = [models.UniqueConstraint(fields=["courier", "number", "parcel"], name="next_waybill_once")]

    def __str__(self) -> str:
        return self.number


class CourierMessageRows(Rows["CourierMessage"]):
    scope = {Kind.MANAGER: EVERYTHING}


class CourierMessage(models.Model):
    """What a courier's machine sent, as it came: kept first, understood later. The same body again is the same row."""

    class State(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("message", "received")
        APPLIED = "applied", pgettext_lazy("message", "applied")
        IGNORED = "ignored", pgettext_lazy("message", "says nothing of parcels")
        FAILED = "failed", pgettext_lazy("message", "not understood")

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="messages")
    sha256 = models.CharField(max_length=64)
    body = models.TextField(blank=True)  # emptied when its days are over; the hash stays
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    why = models.CharField(max_length=200, blank=True)
    events = models.PositiveIntegerField(default=0)
    times = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)  # counted before each
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = CourierMessageRows.as_manager()

    class Meta:
        db_table = "courier_message"
        constraints = [models.UniqueConstraint(fields=["courier", "sha256"], name="courier_message_once")]
        indexes = [models.Index(fields=["id"], condition=Q(state="received"), name="courier_message_waits")]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.courier_id}"


class WaybillRows(Rows["Waybill"]):
    scope = {Kind.MANAGER: of_orders("order"), Kind.STOREFRONT: lambda subject: Q(order__channel=subject.code)}


class Waybill(models.Model):
    """A courier's number for an order's parcels, from the wish for it until it is made, refused or taken back."""

    class State(models.TextChoices):
        WANTED = "wanted", pgettext_lazy("waybill", "wanted")
        ASKED = "asked", pgettext_lazy("waybill", "asked for")
        MADE = "made", pgettext_lazy("waybill", "made")
        REFUSED = "refused", pgettext_lazy("waybill", "refused")
        VOIDING = "voiding", pgettext_lazy("waybill", "being taken back")
        VOID = "void", pgettext_lazy("waybill", "taken back")

    LIVE = (State.WANTED, State.ASKED, State.MADE, State.VOIDING)

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="waybills")
    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="waybills")
    key = models.CharField(max_length=40, unique=True)  # ours: a second request under it is the same waybill
    state = models.CharField(max_length=8, choices=State, default=State.WANTED)
    external_id = models.CharField(max_length=64, blank=True)  # the courier's own, before there is a number
    number = models.CharField(max_length=64, blank=True, db_index=True)
    refusal = models.CharField(max_length=300, blank=True)  # the courier's words
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # when the sweep speaks with the courier of it
    polled_at = models.DateTimeField(null=True)
    by_hand = models.BooleanField(default=False)  # somebody typed the number: nothing to take back
    wanted_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    objects = WaybillRows.as_manager()

    class Meta:
        db_table = "waybill"
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=["wanted", "asked", "made", "voiding"]),
                name="waybill_one_live",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="waybill_due")]

    def __str__(self) -> str:
        return self.number or self.key
