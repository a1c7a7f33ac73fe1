"""The funnel: how far orders came, each counted once, on the day it came there; and why they were stopped."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.status import CancelReason
from reports import facts
from reports.figures import Figure, Part

STAGES = (
    Figure("taken", pgettext_lazy("figure", "Taken in"), (Part(facts.TAKEN, "orders"),)),
    Figure("contacted", _("Talked with the customer"), (Part(facts.CONTACTED, "orders"),)),
    Figure("confirmed", _("Confirmed"), (Part(facts.CONFIRMED, "orders"),)),
    Figure("packed", _("Packed"), (Part(facts.PACKED, "orders"),)),
    Figure("handed_over", _("Handed over"), (Part(facts.HANDED_OVER, "orders"),)),
    Figure("delivered", _("Delivered"), (Part(facts.DELIVERED, "orders"),)),
    # The day on which money for the order came in at all: a part of it for a part that was kept.
    Figure("paid", _("Paid"), (Part(facts.PAYMENT, "orders"),)),
)
CANCELLED = Figure("cancelled", _("Cancelled"), (Part(facts.CANCELLED, "orders"),))
REASONS = (
    *(Figure(f"cancelled:{one.value}", one.label, (Part(facts.CANCELLED, one.value),)) for one in CancelReason),
    Figure(f"cancelled:{facts.NO_REASON}", _("no reason given"), (Part(facts.CANCELLED, facts.NO_REASON),)),
)
FIGURES = (*STAGES, CANCELLED, *REASONS)
