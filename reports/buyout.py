"""Buyout: what became of the orders that were shipped in a period, however much later it happened."""

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part
from reports.section import Rate, Section

SHIPPED = Part(facts.HANDED_OVER, "orders")
BOUGHT = Part(workfacts.BOUGHT, "orders")
CAME_BACK = Part(workfacts.CAME_BACK, "orders")
LOST = Part(workfacts.STRAYED, "lost")
STOPPED = Part(workfacts.STRAYED, "stopped")

SECTION = Section(
    "buyout",
    _("Buyout"),
    (
        Figure("shipped", _("Shipped"), (SHIPPED,)),
        Figure("bought", _("Bought"), (BOUGHT,)),
        Figure("came_back", _("Came back whole"), (CAME_BACK,)),
        Figure("lost", _("Lost by couriers"), (LOST,)),
        Figure("stopped", _("Brought back and cancelled"), (STOPPED,)),
        Figure("open", _("Still open"), (SHIPPED, BOUGHT.off, CAME_BACK.off, LOST.off, STOPPED.off)),
    ),
    {
        "shipped": _("The base: orders that first went out of the door on these days."),
        "bought": _("Of these, the orders of which the customer kept something, whenever that was."),
        "came_back": _("Of these, the orders that came back whole and were never kept."),
        "lost": _("Of these, the orders that a courier lost and nobody found yet."),
        "stopped": _("Of these, the orders that a courier brought back and that were cancelled then."),
        "open": _("Of these, the orders of which nobody knows yet how they end."),
    },
    ("courier", "channel", "region"),
    rates=(
        Rate(
            "low", _("Buyout, at least"), _("Bought of shipped: as if every open order came back."),
            ("bought",), ("shipped",),
        ),
        Rate(
            "high", _("Buyout, at most"), _("As if every open order were bought, and what was lost were found."),
            ("shipped",), ("shipped",), less=("came_back",),
        ),
        Rate(
            "decided", _("Buyout, decided orders"), _("Bought of those whose end is known."),
            ("bought",), ("bought", "came_back", "lost", "stopped"),
        ),
    ),
    more_is_worse=frozenset({"came_back", "lost", "stopped"}),
)  # fmt: skip
