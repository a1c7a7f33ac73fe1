"""Packing: who packed how much, and what had to be done again."""

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part
from reports.section import Rate, Section

SECTION = Section(
    "packing",
    _("Packing"),
    (
        Figure("packed", _("Packed"), (Part(facts.PACKED, "orders"),)),
        Figure("pieces", _("Pieces picked"), (Part(workfacts.PICK, "pieces"),)),
        Figure("opened", _("Opened again"), (Part(workfacts.OPENED, "orders"),)),
        Figure("short", _("Short at picking"), (Part(workfacts.SHORT, "orders"),)),
        Figure("put_down", _("Put down"), (Part(workfacts.PUT_DOWN, "orders"),)),
    ),
    {
        "packed": _("Orders sealed for the first time on these days."),
        "pieces": _("Pieces taken from the shelf to the packing table, less those put back."),
        "opened": _("Orders that were packed and opened again."),
        "short": _("Orders whose goods were not all there, so the customer was to be asked."),
        "put_down": _("Orders that a packer began and left to others."),
    },
    ("person", "channel", "product"),
    rates=(
        Rate(
            "each", _("Pieces an order"), _("Pieces picked for each order packed."), ("pieces",), ("packed",),
            is_share=False,
        ),
    ),
    more_is_worse=frozenset({"opened", "short", "put_down"}),
)  # fmt: skip
