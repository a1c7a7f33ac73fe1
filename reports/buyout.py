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


def _way(ended: str) -> tuple[Part, Part, Part, Part]:
    shipped, *ways = (Part(workfacts.CARRIED, f"{name}{ended}") for name in ("shipped", "bought", "back", "lost"))
    return (shipped, *ways)  # type: ignore[return-value]  # four of them


PIECES, SUMS = _way(""), _way("_sum")


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
        Figure("pieces", _("Pieces shipped"), PIECES[:1]),
        Figure("pieces_bought", _("Pieces bought"), PIECES[1:2]),
        Figure("pieces_back", _("Pieces that came back"), PIECES[2:3]),
        Figure("pieces_lost", _("Pieces lost"), PIECES[3:]),
        Figure("pieces_open", _("Pieces still open"), (PIECES[0], *(one.off for one in PIECES[1:]))),
        Figure("sums", _("Goods shipped"), SUMS[:1]),
        Figure("sums_bought", _("Goods bought"), SUMS[1:2]),
        Figure("sums_back", _("Goods that came back"), SUMS[2:3]),
        Figure("sums_lost", _("Goods lost"), SUMS[3:]),
    ),
    {
        "shipped": _("The base: orders that first went out of the door on these days."),
        "bought": _("Of these, the orders of which the customer kept something, whenever that was."),
        "came_back": _("Of these, the orders that came back whole and were never kept."),
        "lost": _("Of these, the orders that a courier lost and nobody found yet."),
        "stopped": _("Of these, the orders that a courier brought back and that were cancelled then."),
        "open": _("Of these, the orders of which nobody knows yet how they end."),
        "pieces": _("Pieces that these orders took out of the door, less those brought back to go another day."),
        "pieces_bought": _("Of these, the pieces that customers kept. Part of an order counts as that part."),
        "pieces_back": _("Of these, the pieces that came back without having been kept."),
        "pieces_lost": _("Of these, the pieces that couriers lost, less those found again."),
        "pieces_open": _("Of these, the pieces that are still with couriers."),
        "sums": _("The same pieces, at their shares of their lines' totals, discounts taken off."),
        "sums_bought": _("What the pieces bought come to."),
        "sums_back": _("What the pieces that came back come to."),
        "sums_lost": _("What the pieces lost come to."),
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
        Rate(
            "pieces_low", _("Buyout in pieces, at least"), _("Pieces bought of pieces shipped."),
            ("pieces_bought",), ("pieces",),
        ),
        Rate(
            "pieces_high", _("Buyout in pieces, at most"), _("As if every open piece were bought."),
            ("pieces",), ("pieces",), less=("pieces_back",),
        ),
        Rate(
            "sums_low", _("Buyout in money, at least"), _("Goods bought of goods shipped, in the shop's currency."),
            ("sums_bought",), ("sums",), is_money=True,
        ),
        Rate(
            "sums_high", _("Buyout in money, at most"), _("As if all open goods were bought."),
            ("sums",), ("sums",), less=("sums_back",), is_money=True,
        ),
    ),
    more_is_worse=frozenset({
        "came_back", "lost", "stopped", "pieces_back", "pieces_lost", "sums_back", "sums_lost",
    }),
)  # fmt: skip
