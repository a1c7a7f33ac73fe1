"""Money of an order: what came in, what was sold, what is owed back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class Payment(models.Model):
    """Money that came in for an order; a correction is another row with a negative sum."""

    class Account(models.TextChoices):
        PREPAID = "prepaid", _("paid in advance")
        COUNTER = "counter", _("at the counter")
        COURIER = "courier", _("taken by the courier")
        ACQUIRER = "acquirer", _("card on delivery")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="payments")
    account = models.CharField(max_length=10, choices=Account)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="payments")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "payment"
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="payment_not_zero")]
        indexes = [models.Index(fields=["at"], name="payment_at")]

    def __str__(self) -> str:
        return f"payment of {self.order_id}"


class Sale(models.Model):
    """A piece of 'sold': so many pieces of a line were kept by the customer, for so much. Append-only.

    A courier's correction is a row with both signs turned; a return after delivery is a credit and no row here.
    """

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="sales")
    quantity = models.IntegerField()
    amount_minor = models.BigIntegerField()  # gross
    discount_minor = models.BigIntegerField(default=0)  # of the line, its share of these pieces; inside the amount
    cost_minor = models.BigIntegerField(default=0)  # of all these pieces
    currency = models.CharField(max_length=3)
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="sales")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = Rows.as_manager()

    class Meta:
        db_table = "sale"
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="sale_not_empty")]
        indexes = [models.Index(fields=["at"], name="sale_at")]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class CreditRows(Rows["Credit"]):
    scope = {Kind.MANAGER: of_orders("order", or_none=True)}


class Credit(models.Model):
    """Money owed back or given back, for an order or without one."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        PAID = "paid", _("paid")
        WRITTEN_OFF = "written_off", _("written off")
        TAKEN_BACK = (
            "taken_back",
            pgettext_lazy("credit", "taken back"),
        )  # the shop that had given the money says that it did not

    class Reason(models.TextChoices):
        CANCELLED = "cancelled", _("the order was cancelled")
        RETURN = "return", _("goods came back")
        SERVICE = "service", _("a service was credited")
        GOODWILL = "goodwill", _("goodwill")
        OTHER = "other", _("other")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="credits")
    customer = models.ForeignKey("orders.Customer", on_delete=models.PROTECT, null=True, related_name="credits")
    reference = models.CharField(max_length=64, blank=True)  # the shop's own number of it
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    reason = models.CharField(max_length=12, choices=Reason)
    amount_minor = models.BigIntegerField()
    goods_minor = models.BigIntegerField(default=0)  # of the amount; the rest is services and goodwill
    currency = models.CharField(max_length=3)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="credits")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_event = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = CreditRows.as_manager()

    class Meta:
        db_table = "credit"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="credit_amount"),
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="credit_reference"),
        ]
        indexes = [
            models.Index(fields=["at"], name="credit_at"),
            models.Index(fields=["order"], condition=Q(state="due"), name="credit_due"),
        ]

    def __str__(self) -> str:
        return f"credit {self.pk}"


class CreditLine(models.Model):
    """What is credited: pieces of a line, or a service in words."""

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="credit_lines")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=8, default="goods")
    name = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField(default=1)
    amount_minor = models.BigIntegerField()

    objects = Rows.as_manager()

    class Meta:
        db_table = "credit_line"

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"
