"""The order: one status, its lines, its holds, and everything the customer asked for."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orders.models.sight import in_courier_hands, of_channels, of_orders, within_limits
from orders.status import CancelReason, HoldReason, Status
from shopdesk.base.access import Kind, Subject, seen
from shopdesk.base.rows import EVERYTHING, Rows


class ChannelRows(Rows["Channel"]):
    scope = {Kind.MANAGER: of_channels("code"), Kind.STOREFRONT: lambda subject: Q(code=subject.code)}


class Channel(models.Model):
    """Where orders come from."""

    class Kind(models.TextChoices):
        MANUAL = "manual", _("by hand")
        API = "api", "API"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        SHOPIFY = "shopify", "Shopify"
        RETAILCRM = "retailcrm", "API v5"
        FILE = "file", _("file")

    class Contact(models.TextChoices):
        REQUIRED = "required", _("required")
        OPTIONAL = "optional", _("optional")  # marketplace, counter, replayed history: no phone, no hold, no call

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.API)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=64, blank=True)  # IANA; empty means the shop's
    contact = models.CharField(max_length=8, choices=Contact, default=Contact.REQUIRED)
    label_map = models.JSONField(default=dict, blank=True)
    plan_group = models.ForeignKey(  # by which retry plans its customers are rung again; None: by the usual ones
        "orders.PlanGroup", on_delete=models.SET_NULL, null=True, blank=True, related_name="channels"
    )

    objects = ChannelRows.as_manager()

    class Meta:
        db_table = "channel"

    def __str__(self) -> str:
        return self.name


class LabelRows(Rows["StatusLabel"]):
    scope = {Kind.MANAGER: EVERYTHING, Kind.STOREFRONT: EVERYTHING}


class StatusLabel(models.Model):
    """The shop's own name inside a status. No rule ever reads a label."""

    class Colour(models.TextChoices):
        PLAIN = "", _("plain")
        GOOD = "good", _("green")
        WAIT = "wait", _("yellow")
        BAD = "bad", _("red")

    code = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=12, choices=Status)
    name = models.CharField(max_length=100)
    names = models.JSONField(default=dict, blank=True)  # language -> name, where the shop has one
    position = models.PositiveSmallIntegerField(default=0)
    colour = models.CharField(max_length=7, choices=Colour, blank=True)  # a tone of the tokens: it fits both themes
    is_default = models.BooleanField(default=False)  # put on every order that enters the status
    is_active = models.BooleanField(default=True)  # else it is offered no more, and orders keep it until they move on

    objects = LabelRows.as_manager()

    class Meta:
        db_table = "status_label"
        ordering = ["status", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(is_default=True), name="status_label_one_default")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def says(self) -> str:
        """Its name in the language of whoever reads."""
        return str(self.names.get((get_language() or "")[:2]) or self.name)


def on_the_table(subject: Subject) -> Q:
    """What is to be packed, is packed, or lies picked on the table and is to be put back."""
    picked = models.Exists(OrderLine.objects.filter(order=models.OuterRef("pk"), picked__gt=0))
    packing = Q(status__in=seen("order", Kind.PACKER))
    return packing | Q(picked, status__in=seen("put_back", Kind.PACKER))


class OrderRows(Rows["Order"]):
    scope = {
        Kind.MANAGER: within_limits,
        Kind.PACKER: on_the_table,
        Kind.STOREFRONT: lambda subject: Q(channel=subject.code),
        Kind.COURIER: in_courier_hands,
        Kind.COURIER_PERSON: in_courier_hands,
    }

    def lock(self, number: int) -> "Order":
        """Lock one order by its number. Raises Order.DoesNotExist."""
        return self.locked(number=number).get()

    def lock_many(self, numbers: list[int]) -> list["Order"]:
        """Lock orders, always by ascending number. Those that do not exist are left out."""
        return list(self.locked(number__in=numbers))

    def with_open_holds(self) -> Self:
        return self.filter(models.Exists(Hold.objects.filter(order=models.OuterRef("pk"), closed_at=None)))

    def without_open_holds(self) -> Self:
        return self.exclude(models.Exists(Hold.objects.filter(order=models.OuterRef("pk"), closed_at=None)))


class Order(models.Model):
    """One order. `status` is written by `lifecycle` alone; `version` is the seq of its last journal event."""

    class Delivery(models.TextChoices):
        COURIER = "courier", _("courier")
        POST = "post", _("post")
        PICKUP_POINT = "pickup_point", _("pickup point")
        PICKUP = "pickup", _("pickup at the shop")

    class PaidBy(models.TextChoices):
        COD = "cod", _("cash on delivery")
        PREPAID = "prepaid", _("paid in advance")
        CARD_ON_DELIVERY = "card_on_delivery", _("card on delivery")
        INVOICE = "invoice", _("invoice")

    class Policy(models.TextChoices):
        WAIT = "wait", _("wait for everything")
        SPLIT = "split", _("split")
        CANCEL_REST = "cancel_rest", _("cancel the rest")

    number = models.BigAutoField(primary_key=True)  # shop-wide, grows, never used again
    status = models.CharField(max_length=12, choices=Status)
    version = models.PositiveIntegerField(default=0)
    label = models.ForeignKey(StatusLabel, on_delete=models.SET_NULL, null=True)
    # What another index begins with has none of its own, here and on the lines: each is written with every order.
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="orders", db_index=False)
    external_id = models.CharField(max_length=64, blank=True)
    body_hash = models.CharField(max_length=64, blank=True)  # of what the shop said, to know a repetition from a clash
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="orders")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")  # split from

    placed_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    status_at = models.DateTimeField()
    reserved_until = models.DateTimeField(null=True)  # the confirmation clock
    promised_on = models.DateField(null=True)
    slot = models.CharField(max_length=20, blank=True)  # "10:00-14:00", the customer's time
    ship_on = models.DateField(null=True)

    customer = models.ForeignKey("orders.Customer", models.PROTECT, null=True, related_name="orders", db_index=False)
    contact_name = models.CharField(max_length=300, blank=True)
    contact_phone = models.CharField(max_length=20, blank=True)  # E.164; empty when it could not be read
    contact_phone_raw = models.CharField(max_length=200, blank=True)
    contact_email = models.CharField(max_length=254, blank=True)
    zone = models.CharField(max_length=64, blank=True)  # IANA, the customer's; empty means the shop's

    delivery_method = models.CharField(max_length=12, choices=Delivery, blank=True)
    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, null=True, related_name="orders")
    address_text = models.TextField(blank=True)
    address_country = models.CharField(max_length=2, blank=True)
    address_region = models.CharField(max_length=100, blank=True)
    address_region_code = models.CharField(max_length=6, blank=True)  # ISO 3166-2, where the region is known
    address_postcode = models.CharField(max_length=20, blank=True)
    address_city = models.CharField(max_length=150, blank=True)
    address_street = models.CharField(max_length=200, blank=True)
    address_house = models.CharField(max_length=40, blank=True)
    address_flat = models.CharField(max_length=40, blank=True)
    address_notes = models.TextField(blank=True)

    currency = models.CharField(max_length=3)
    items_minor = models.BigIntegerField()  # sum of the lines' totals, gross
    delivery_minor = models.BigIntegerField(default=0)
    # The charge follows the tariff when the order changes.
    delivery_by_tariff = models.BooleanField(default=False, db_default=False)
    delivery_cost_minor = models.BigIntegerField(null=True)  # what the courier takes by its tariff; null: not known
    cod_fee_minor = models.BigIntegerField(null=True)  # what it keeps for taking the money at the door
    delivery_tax_minor = models.BigIntegerField(null=True)  # VAT inside the charge, by the tariff; null: not known …
    delivery_cost_tax_minor = models.BigIntegerField(null=True)  # … and inside what the courier takes
    # By which terms it keeps a fee, for when less is taken than was due.
    cod_fee_fixed_minor = models.BigIntegerField(null=True)
    cod_fee_permille = models.PositiveIntegerField(null=True)
    fees_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)  # on the whole order, beside the lines' own
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)  # inside the total
    channel_total_minor = models.BigIntegerField(null=True)  # what the shop says, where it differs or not
    paid_minor = models.BigIntegerField(default=0)  # sum of its payments
    payment_method = models.CharField(max_length=16, choices=PaidBy, default=PaidBy.COD)
    policy = models.CharField(max_length=12, choices=Policy, default=Policy.WAIT)

    packer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="picking")
    picking_until = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=20, choices=CancelReason, blank=True)
    comment = models.TextField(blank=True)
    note = models.TextField(blank=True)  # the staff's own; no storefront sees it
    source = models.JSONField(default=dict, blank=True)

    objects = OrderRows.as_manager()

    class Meta:
        db_table = "orders"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], condition=~Q(external_id=""), name="order_once_per_channel"
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("items_minor") + F("delivery_minor") + F("fees_minor") - F("discount_minor")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(delivery_minor__gte=0, discount_minor__gte=0, paid_minor__gte=0), name="order_money"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "number"], name="order_by_status"),
            models.Index(fields=["channel", "number"], name="order_by_channel"),
            models.Index(fields=["customer", "number"], name="order_by_customer"),
            models.Index(fields=["number", "customer"], name="order_walk"),  # a search, from the newest on
            models.Index(
                fields=["courier", "promised_on"], condition=Q(promised_on__isnull=False), name="order_by_promise"
            ),
            models.Index(fields=["placed_at"], name="order_by_placed"),
            models.Index(fields=["contact_phone"], name="order_by_contact_phone"),
            models.Index(fields=["ship_on", "number"], condition=Q(status="confirmed"), name="order_to_pack"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    def forget_label(self) -> None:
        """Read the label anew when somebody asks for it: a move changed it in the database."""
        self.__dict__.pop("label_id", None)
        self._state.fields_cache.pop("label", None)

    @property
    def due_minor(self) -> int:
        """What is still to be paid at the door."""
        at_the_door = self.payment_method in {self.PaidBy.COD, self.PaidBy.CARD_ON_DELIVERY}
        return max(self.total_minor - self.paid_minor, 0) if at_the_door else 0


class OrderAlias(models.Model):
    """A shop's id of an order that was merged away: it goes on meaning the survivor."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=64)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="aliases")

    objects = Rows.as_manager()

    class Meta:
        db_table = "order_alias"
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="order_alias_once")]

    def __str__(self) -> str:
        return f"{self.external_id} is {self.order_id}"


class OrderLine(models.Model):
    """What was agreed, frozen as it was sold, and how far its pieces have come.

    Ordered = open + cancelled + delivered + returned + lost; `reserved` and `picked` are where the open ones are.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.ForeignKey("orders.Product", models.PROTECT, null=True, related_name="lines", db_index=False)
    kind = models.CharField(max_length=8, default="goods")  # as the product's, frozen
    sku = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=500)
    external_id = models.CharField(max_length=64, blank=True)
    instead_of = models.CharField(max_length=64, blank=True)  # asked for this SKU, sold the line's
    quantity = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()  # per piece, before discount
    discount_minor = models.BigIntegerField(default=0)  # of the whole line
    total_minor = models.BigIntegerField()  # the fact, gross
    tax_minor = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(null=True)  # per piece, frozen when it ships
    reserved = models.PositiveIntegerField(default=0)
    picked = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    objects = Rows.as_manager()

    class Meta:
        db_table = "order_line"
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("quantity") - F("picked")), name="order_line_reserved_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("cancelled") + F("delivered") + F("returned") + F("lost")),
                name="order_line_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "order"], name="order_line_by_product"),
            models.Index(
                fields=["product", "order"],
                condition=Q(kind="goods", reserved__lt=F("quantity") - F("picked") - F("cancelled")),
                name="order_line_short",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku or self.name}"

    @property
    def is_goods(self) -> bool:
        return self.kind == "goods"

    @property
    def open(self) -> int:
        return self.quantity - self.cancelled - self.delivered - self.returned - self.lost

    @property
    def wanted(self) -> int:
        """Pieces that still have to be promised: agreed, neither cancelled nor reserved nor picked."""
        return max(self.quantity - self.cancelled - self.picked - self.reserved, 0) if self.is_goods else 0


class HoldRows(Rows["Hold"]):
    scope = {Kind.MANAGER: of_orders("order"), Kind.STOREFRONT: lambda subject: Q(order__channel=subject.code)}


class Hold(models.Model):
    """Keeps an order away from packing while it is open. Never changes the status."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=20, choices=HoldReason)
    note = models.TextField(blank=True)  # a person's own words
    # What the desk says itself: a stable code and its particulars; the pages put it into a sentence (`holdnotes`).
    code = models.CharField(max_length=20, blank=True, default="", db_default="")
    detail = models.JSONField(blank=True, default=dict, db_default=models.Value({}, models.JSONField()))
    until = models.DateTimeField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="holds")
    role = models.CharField(max_length=10, default="manager")  # whose work it is while no person owns it
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=30)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=30, blank=True)

    objects = HoldRows.as_manager()

    class Meta:
        db_table = "hold"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "reason"],
                condition=Q(closed_at=None) & ~Q(reason="other"),
                name="hold_open_once_per_reason",
            )
        ]
        indexes = [models.Index(fields=["order"], condition=Q(closed_at=None), name="hold_open")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.order_id}"


class IdempotencyKey(models.Model):
    """A request that may be repeated: the same key and body get the same answer, written in the same transaction."""

    client = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True)
    answer = models.JSONField(null=True)  # emptied after its retention
    at = models.DateTimeField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "idempotency_key"
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.client} {self.key}"
