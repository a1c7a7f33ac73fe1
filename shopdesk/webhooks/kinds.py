"""What an endpoint can be told of, and which events of the feed that is. The auditor reads the same table."""

from django.db.models import Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from orders.models import StockMove

TEST = "desk.test"


class Kind(TextChoices):
    ORDER_TAKEN = "order.taken", _("an order was taken in")
    ORDER_CHANGED = "order.changed", _("an order was changed, but for its status")
    STATUS_CHANGED = "order.status_changed", _("the status of an order changed")
    STOCK_CHANGED = "stock.changed", _("what can be sold of a product changed")
    PARCEL_EVENT = "parcel.event", _("something happened to a parcel")


# Events of an order after which other pieces are promised than before, though nothing was moved.
PROMISING = ("order.taken", "order.edited", "order.allocated", "order.promise_lost", "order.reservation_ended")
_taken = Q(event__kind="order.taken")
_moved = ~Q(event__to_status="") & ~_taken
_parcel = Q(event__kind__startswith="parcel.")
_of_an_order = Q(event__order__isnull=False)
_stock = (
    Exists(StockMove.objects.filter(event=OuterRef("event")))
    | Q(event__kind__in=PROMISING)
    | Q(event__to_status__in=("cancelled", "new"))
)
# Of the rows of the feed.
EVENTS: dict[str, Q] = {
    Kind.ORDER_TAKEN: Q(_taken),
    Kind.ORDER_CHANGED: _of_an_order & ~_taken & ~_moved & ~_parcel,
    Kind.STATUS_CHANGED: _moved,
    Kind.STOCK_CHANGED: Q(_stock),
    Kind.PARCEL_EVENT: _parcel & Q(event__to_status=""),
}
