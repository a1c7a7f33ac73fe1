"""Products: what is sold and earned with each; the few that bring most of it, and how evenly they sell."""

from collections.abc import Sequence
from math import isqrt

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part
from reports.section import Section

SECTION = Section(
    "products",
    _("Products"),
    (
        Figure("pieces", _("Pieces sold"), (Part(facts.SALE, "pieces"),)),
        Figure("sold", _("Sold"), (Part(facts.SALE, "amount"),)),
        Figure("line_discounts", _("Discounts on lines"), (Part(facts.SALE, "discount"),)),
        Figure("cost_of_goods", _("Cost of goods"), (Part(facts.SALE, "cost"),)),
        Figure("margin", _("Margin"), (Part(facts.SALE, "amount"), Part(facts.SALE, "cost", -1))),
        Figure("picked", _("Pieces picked"), (Part(workfacts.PICK, "pieces"),)),
        Figure(
            "lost_demand",
            _("Lost demand, pieces"),
            (Part(workfacts.ABSENT, "pieces"), Part(workfacts.UNMET, "pieces")),
        ),
        Figure("absent", _("Pieces asked for and absent"), (Part(workfacts.ABSENT, "pieces"),), of="lost_demand"),
        Figure("unmet", _("Pieces ordered and absent"), (Part(workfacts.UNMET, "pieces"),), of="lost_demand"),
    ),
    {
        "pieces": _("Pieces and services that customers kept, by the day they got them."),
        "sold": _("Line totals of goods and services that customers kept. Credits stand apart."),
        "line_discounts": _("Discounts on the lines that were kept, inside the sum sold."),
        "cost_of_goods": _("Cost of the goods sold, frozen when they shipped. Goods that came back are not taken off."),
        "margin": _("Sold less the cost of goods. Credits are not taken off: they name no product's day."),
        "picked": _("Demand that was met: pieces taken from the shelf to the packing table, less those put back."),
        "lost_demand": _("Pieces that people wanted and did not get: by enquiries, and in orders that were taken."),
        "absent": _("Pieces that people asked for when there were not so many. From enquiries."),
        "unmet": _(
            "Pieces that no goods were promised for when their order was cancelled, they were taken off it, or another "
            "product was sold for them. Wanted again, they are taken back; orders that still wait do not count."
        ),
    },
    ("product", "channel", "courier", "region"),
    more_is_worse=frozenset({"lost_demand", "absent", "unmet"}),
)
A_PERCENT, B_PERCENT = 80, 95  # of all that was sold, added up from the best on
X_PERCENT, Y_PERCENT = 10, 25  # by how much the weeks differ from their mean


def evenness(weeks: Sequence[int]) -> str:
    """Say how evenly pieces sell: the deviation of the weeks as a percentage of their mean, in integers."""
    pieces, n = sum(weeks), len(weeks)
    if pieces <= 0 or n < 2:
        return "Z"
    squares = sum((n * one - pieces) ** 2 for one in weeks)  # n cubed times the variance
    percent = 100 * isqrt(squares // n) // pieces
    return "X" if percent <= X_PERCENT else "Y" if percent <= Y_PERCENT else "Z"
