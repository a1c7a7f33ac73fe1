"""What API v5 speaks of and the desk has no row for: a shop's customer, a payment before its money, a pack's papers."""

from collections.abc import Callable

from django.db import models
from django.db.models import Q

from orders.models import Order
from shopdesk.base.access import Kind, Subject
from shopdesk.base.rows import EVERYTHING, Rows


class ShopCustomerRows(Rows["ShopCustomer"]):
    scope = {Kind.MANAGER: EVERYTHING, Kind.STOREFRONT: lambda subject: Q(channel=subject.code)}


class ShopCustomer(models.Model):
    """A customer as one shop knows them, by its own id. Another shop's customer of the same phone is another row.

    Their number is this row's and not the desk's customer's: it would tell one shop whom another one knows.
    """

    channel = models.ForeignKey("orders.Channel", on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64, blank=True)
    customer = models.ForeignKey("orders.Customer", on_delete=models.PROTECT, related_name="shop_customers")
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    patronymic = models.CharField(max_length=150, blank=True)
    email = models.CharField(max_length=254, blank=True, db_index=True)  # casefolded
    phones = models.JSONField(default=list, blank=True)  # as the shop wrote them
    address = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ShopCustomerRows.as_manager()

    class Meta:
        db_table = "shop_customer"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], condition=~Q(external_id=""), name="shop_customer_once"
            )
        ]

    def __str__(self) -> str:
        return f"customer {self.external_id or self.pk} of {self.channel_id}"


def of_seen_orders(path: str) -> Callable[[Subject], Q]:
    """Give the scope of what belongs to an order and is seen with it. `path` leads to the order from the row."""
    return lambda subject: Q(**{f"{path}__in": Order.objects.for_subject(subject).values("pk")})


class PromisedPaymentRows(Rows["PromisedPayment"]):
    scope = {Kind.MANAGER: of_seen_orders("order"), Kind.STOREFRONT: of_seen_orders("order")}


class PromisedPayment(models.Model):
    """A payment as the shop speaks of it, paid or not. What came in of it is booked; `booked_minor` says how much."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="promised_payments")
    external_id = models.CharField(max_length=64, blank=True, db_index=True)
    type = models.CharField(max_length=40)
    status = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    booked_minor = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = PromisedPaymentRows.as_manager()

    class Meta:
        db_table = "promised_payment"
        constraints = [
            models.UniqueConstraint(
                fields=["order", "external_id"], condition=~Q(external_id=""), name="promised_payment_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, booked_minor__gte=0), name="promised_payment_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.external_id or self.pk} of {self.order_id}"


class PackRows(Rows["Pack"]):
    scope = {Kind.MANAGER: of_seen_orders("line__order"), Kind.STOREFRONT: of_seen_orders("line__order")}


class Pack(models.Model):
    """The papers of pieces that are set aside for an order's line. It moves no goods: those the desk moves by scans."""

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="packs")
    location = models.ForeignKey("orders.Location", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    purchase_price_minor = models.BigIntegerField(null=True)
    shipped_on = models.DateField(null=True)
    invoice_number = models.CharField(max_length=64, blank=True)
    note_number = models.CharField(max_length=64, blank=True)  # of the delivery note
    removed_at = models.DateTimeField(null=True)

    objects = PackRows.as_manager()

    class Meta:
        db_table = "pack"
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1), name="pack_quantity")]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
