"""Fines of our own couriers: the reasons there are, and what was asked for."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.models.shipments import CashEntry
from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows

# What the directory begins with, in the reader's own language until somebody names it otherwise.
KNOWN = {
    "late": _("came late"),
    "damaged": _("damaged a parcel"),
    "lost": _("lost a parcel"),
    "cash_short": _("handed in less cash than was taken"),
    "no_show": _("did not come"),
    "rude": _("was rude to a customer"),
}


class FineReasonRows(Rows["FineReason"]):
    scope = {Kind.MANAGER: EVERYTHING}


class FineReason(models.Model):
    """A reason for a fine, and what is usually asked for it. One that is not used any more stays in what was asked."""

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=100, blank=True)  # empty: the desk's own words, `KNOWN`
    usual_minor = models.BigIntegerField(default=0)  # in the shop's currency; 0: said each time
    active = models.BooleanField(default=True)

    objects = FineReasonRows.as_manager()

    class Meta:
        db_table = "fine_reason"
        constraints = [models.CheckConstraint(condition=Q(usual_minor__gte=0), name="fine_reason_money")]

    def __str__(self) -> str:
        return self.name or str(KNOWN.get(self.code, self.code))


class FineRows(Rows["Fine"]):
    scope = {Kind.MANAGER: EVERYTHING}


class Fine(models.Model):
    """What one of our own couriers owes us for something it did. The money stands in the ledger, entry by entry."""

    class Ended(models.TextChoices):
        PAID = "paid", pgettext_lazy("fine", "paid in cash")
        PAY = "pay", pgettext_lazy("fine", "taken off the pay")
        WITHDRAWN = "withdrawn", pgettext_lazy("fine", "withdrawn")

    courier = models.ForeignKey("orders.Courier", on_delete=models.PROTECT, related_name="fines")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.ForeignKey(FineReason, on_delete=models.PROTECT, related_name="fines")
    parcel = models.ForeignKey("orders.Parcel", on_delete=models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300, blank=True)
    entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, related_name="fine")
    ended = models.CharField(max_length=9, choices=Ended, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = FineRows.as_manager()

    class Meta:
        db_table = "fine"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fine_amount"),
            models.CheckConstraint(
                condition=Q(ended="", end_entry=None) | (~Q(ended="") & Q(end_entry__isnull=False)), name="fine_end"
            ),
        ]
        indexes = [models.Index(fields=["courier"], condition=Q(ended=""), name="fine_open")]

    def __str__(self) -> str:
        return f"fine {self.pk} of {self.courier_id}"
