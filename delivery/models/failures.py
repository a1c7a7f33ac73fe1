"""What was decided after a courier had tried in vain."""

from django.db import models
from django.utils.translation import pgettext_lazy

from delivery.models.shipments import Shipment
from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class FailureDecisionRows(Rows["FailureDecision"]):
    scope = {Kind.MANAGER: of_orders("shipment__order")}


class FailureDecision(models.Model):
    """The decision about one try in vain, which is named by when it happened. The next one asks anew."""

    class What(models.TextChoices):
        AGAIN = "again", pgettext_lazy("decision", "try again")
        ADDRESS = "address", pgettext_lazy("decision", "go to another address")
        BACK = "back", pgettext_lazy("decision", "bring it back")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="decisions")
    failed_at = models.DateTimeField()
    what = models.CharField(max_length=8, choices=What)
    on = models.DateField(null=True)
    hours = models.CharField(max_length=20, blank=True)
    journal = models.ForeignKey("orders.JournalEvent", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = FailureDecisionRows.as_manager()

    class Meta:
        db_table = "failure_decision"
        indexes = [models.Index(fields=["shipment", "failed_at"], name="failure_decision_of")]

    def __str__(self) -> str:
        return f"{self.what} for {self.shipment_id}"
