"""Stock: what came and went, what lies here and what it is worth, and how well the counts agree with the books."""

from django.utils.translation import gettext_lazy as _

from reports import workfacts
from reports.figures import Figure, Part
from reports.section import Section

SECTION = Section(
    "stock",
    _("Stock"),
    (
        Figure("received", _("Received"), (Part(workfacts.GOODS, "received"),)),
        Figure("picked", _("Pieces picked"), (Part(workfacts.PICK, "pieces"),)),
        Figure("scrapped", _("Scrapped"), (Part(workfacts.GOODS, "scrapped"),)),
        Figure("gone", _("Lost pieces"), (Part(workfacts.GOODS, "gone"),)),
        Figure("variance", _("Variance of counts"), (Part(workfacts.GOODS, "variance"),)),
        Figure("inside", _("Change of stock"), (Part(workfacts.GOODS, "inside"),)),
    ),
    {
        "received": _("Pieces that came from suppliers, less what went back to them."),
        "picked": _("Pieces taken from the shelf to the packing table, less those put back."),
        "scrapped": _("Pieces written off, in quarantine or at inspection."),
        "gone": _("Pieces that were lost on the way or missing in what came back."),
        "variance": _("Pieces that counts found, less those they missed."),
        "inside": _("By how many pieces there was more at the end than at the beginning, couriers' hands included."),
    },
    ("product", "person"),
    more_is_worse=frozenset({"scrapped", "gone"}),
)
