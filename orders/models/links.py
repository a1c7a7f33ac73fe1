"""Which orders belong together, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.sight import of_orders
from shopdesk.base.access import Kind
from shopdesk.base.rows import Rows


class OrderLinkRows(Rows["OrderLink"]):
    scope = {Kind.MANAGER: of_orders("first")}


class OrderLink(models.Model):
    """Two orders that belong together: one was copied, cut off or merged from the other, or somebody said so."""

    class Kind(models.TextChoices):
        RELATED = "related", _("belongs to")
        COPY = "copy", _("copied from")
        SPLIT = "split", _("cut off from")
        MERGED = "merged", _("merged into")
        EXCHANGE = "exchange", _("goes out instead of")

    # The first is the one that came from the other.
    first = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="links")
    second = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="links_back")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    by = models.CharField(max_length=30)

    objects = OrderLinkRows.as_manager()

    class Meta:
        db_table = "order_link"
        constraints = [models.UniqueConstraint(fields=["first", "second", "kind"], name="order_link_once")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id}"
