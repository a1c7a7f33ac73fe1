"""Who buys."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
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

    class MarkSource(models.TextChoices):
        NONE = "", _("nobody")
        MANUAL = "manual", _("by a person")
        RULE = "rule", _("by the rule")
        EXTERNAL = "external", _("from a list")

    class Consent(models.TextChoices):
        UNKNOWN = "", _("not asked")
        GIVEN = "given", _("given")
        REFUSED = "refused", _("refused")

    name = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True, db_index=True)  # casefolded
    zone = models.CharField(max_length=64, blank=True)  # IANA; empty means the shop's
    mark = models.CharField(max_length=8, choices=Mark, blank=True, default=Mark.NONE)
    mark_reason = models.CharField(max_length=300, blank=True)
    mark_source = models.CharField(max_length=8, choices=MarkSource, blank=True, default=MarkSource.NONE)
    note = models.TextField(blank=True)  # the staff's own; no storefront sees it
    tags = models.JSONField(default=list, blank=True)
    consent = models.CharField(max_length=8, choices=Consent, blank=True, default=Consent.UNKNOWN)  # to be offered more
    consent_at = models.DateTimeField(null=True)
    joined_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="joined")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = CustomerRows.as_manager()

    class Meta:
        db_table = "customer"
        indexes = [models.Index(fields=["mark", "-id"], condition=~Q(mark=""), name="customer_marked")]

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

    key = models.CharField(max_length=80)  # casefolded
    # Each key is of one of the two, and the index of each has only its own (below): an order brings some twenty keys.
    # Nor does the database look each of them up when an order commits, which took longer than all its other rows: they
    # are made of what they belong to, in the same statement, and no order is ever deleted.
    order = models.ForeignKey(
        "orders.Order", on_delete=models.CASCADE, null=True, related_name="search_keys", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="search_keys", db_index=False, db_constraint=False
    )

    objects = Rows.as_manager()

    class Meta:
        db_table = "search_key"
        indexes = [
            # For `LIKE 'text%'`, and read alone: a first name begins tens of thousands of keys.
            models.Index(
                fields=["key"],
                opclasses=["varchar_pattern_ops"],
                include=["order", "customer"],
                name="search_key_found",
            ),
            models.Index(fields=["order"], name="search_key_of_order", condition=Q(order__isnull=False)),
            models.Index(fields=["customer"], name="search_key_of_customer", condition=Q(customer__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"a key of {self.order_id or self.customer_id}"


def of_customers(path: str) -> Any:
    """Give the scope of what belongs to a customer and is seen with them."""
    return lambda subject: Q(**{f"{path}__in": Customer.objects.for_subject(subject).values("pk")})


class ConflictRows(Rows["CustomerConflict"]):
    scope = {Kind.MANAGER: of_customers("known")}


class CustomerConflict(models.Model):
    """Two customers of whom one order named a phone each: one person or two? Only a person decides."""

    known = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conflicts")
    other = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conflicts_too")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=30, blank=True)
    are_two = models.BooleanField(default=False)  # somebody said so: never asked again

    objects = ConflictRows.as_manager()

    class Meta:
        db_table = "customer_conflict"
        constraints = [
            models.UniqueConstraint(fields=["known", "other"], name="customer_conflict_once"),
            models.CheckConstraint(condition=Q(known__lt=F("other")), name="customer_conflict_in_order"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(closed_at=None), name="customer_conflict_open")]

    def __str__(self) -> str:
        return f"{self.known_id} or {self.other_id}"


class JoinRows(Rows["CustomerJoin"]):
    scope = {Kind.MANAGER: of_customers("kept")}


class CustomerJoin(models.Model):
    """Two customer cards that became one, and what moved, so that they can be taken apart again."""

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="joins")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="joins_gone")
    moved = models.JSONField(default=dict)  # table -> keys of the rows that moved
    at = models.DateTimeField()
    by = models.CharField(max_length=30)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=30, blank=True)

    objects = JoinRows.as_manager()

    class Meta:
        db_table = "customer_join"
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="customer_joined_once")
        ]

    def __str__(self) -> str:
        return f"{self.gone_id} in {self.kept_id}"


class MarkRule(models.Model):
    """After how many orders that came back whole a customer is put on the block list. The shop has one rule."""

    after_returned = models.PositiveSmallIntegerField(default=0)  # 0: never

    class Meta:
        db_table = "mark_rule"

    def __str__(self) -> str:
        return f"after {self.after_returned}"
