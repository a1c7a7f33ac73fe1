"""Who buys."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.sight import customers_of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class CustomerRows(Rows["Customer"]):
    scope = {Kind.MANAGER: customers_of_orders}


class Customer(models.Model):
    """A person who orders, known by any of their phones, else by e-mail."""

    class Mark(models.TextChoices):
        NONE = "", _("no mark")
        VIP = "vip", _("VIP")
        BLOCKED = "blocked", _("blocked")

    name = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True, db_index=True)  # casefolded
    zone = models.CharField(max_length=64, blank=True)  # IANA; empty means the shop's
    mark = models.CharField(max_length=8, choices=Mark, blank=True, default=Mark.NONE)
    mark_reason = models.CharField(max_length=300, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = CustomerRows.as_manager()

    class Meta:
        db_table = "customer"

    def __str__(self) -> str:
        return f"customer {self.pk}"


class CustomerPhone(models.Model):
    """One phone belongs to one customer. Intake's upsert on it is what keeps customers single."""

    phone = models.CharField(max_length=20, unique=True)  # E.164
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="phones")

    objects = Rows.as_manager()

    class Meta:
        db_table = "customer_phone"

    def __str__(self) -> str:
        return f"a phone of customer {self.customer_id}"


class SearchKey(models.Model):
    """A beginning by which an order or a customer is found: digits of phones and numbers from the fourth on, words."""

    key = models.CharField(max_length=80, db_index=True)  # casefolded
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, null=True, related_name="search_keys")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="search_keys")

    objects = Rows.as_manager()

    class Meta:
        db_table = "search_key"

    def __str__(self) -> str:
        return f"a key of {self.order_id or self.customer_id}"
