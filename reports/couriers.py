"""Couriers: what they were given, what they brought to whom, and the money they took."""

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part
from reports.section import Rate, Section

SECTION = Section(
    "couriers",
    _("Couriers"),
    (
        Figure("handed_over", _("Handed over"), (Part(facts.HANDED_OVER, "orders"),)),
        Figure("delivered", _("Delivered"), (Part(facts.DELIVERED, "orders"),)),
        Figure("back", _("Came back whole"), (Part(workfacts.BACK, "orders"),)),
        Figure("lost", _("Lost by couriers"), (Part(workfacts.LOST, "orders"),)),
        Figure("refused", _("Refused at the door"), (Part(workfacts.COMEBACK, "refused"),)),
        Figure("uncollected", _("Uncollected"), (Part(workfacts.COMEBACK, "uncollected"),)),
        Figure("part_refused", _("Refused in part"), (Part(workfacts.COMEBACK, "after_inspection"),)),
        Figure("damaged", _("Came back damaged"), (Part(workfacts.COMEBACK, "damaged"),)),
        Figure("brought_back", _("Brought back for another day"), (Part(workfacts.BROUGHT_BACK, "orders"),)),
        Figure("taken", _("Taken at the door"), (Part(workfacts.CASH, "taken"),)),
        Figure("home", _("Money that came home"), (Part(workfacts.CASH, "home"),)),
        Figure("delivery_cost", _("Cost of delivery"), (Part(workfacts.CONVEYED, "delivery_cost"),)),
        Figure("delivery_vat", _("VAT in the cost of delivery"), (Part(workfacts.CONVEYED, "delivery_vat"),)),
        Figure("fees", _("Couriers' fees"), (Part(workfacts.CASH, "fees"),)),
    ),
    {
        "handed_over": _("Orders that first went out of the door with a courier on these days."),
        "delivered": _("Orders of which the customer kept something, on the day they got it."),
        "back": _("Orders that came back whole and were inspected on these days."),
        "lost": _("Orders that a courier lost on these days, less those found again."),
        "refused": _("Parcels refused whole at the door that came back and were inspected on these days."),
        "uncollected": _("Parcels that nobody collected, likewise."),
        "part_refused": _("Parcels of which the customer looked at the goods and kept a part, likewise."),
        "damaged": _("Parcels refused because they were damaged, or found damaged on the way, likewise."),
        "brought_back": _("Orders that a courier brought back to us to go another day."),
        "taken": _("Money that couriers took for us at the door, corrections among it."),
        "home": _("Money taken at the door that couriers paid out to us."),
        "delivery_cost": _(
            "What couriers take by their tariffs, for the way and for the money, of orders kept, back or lost then."
        ),
        "delivery_vat": _("The part of the cost of delivery that is VAT, where the tariff says its rate."),
        "fees": _("What couriers kept of the money they took."),
    },
    ("courier", "channel", "region", "person"),
    rates=(
        Rate(
            "delivered_share", _("Delivered of decided"), _("Delivered, of delivered, back and lost on these days."),
            ("delivered",), ("delivered", "back", "lost"),
        ),
        Rate(
            "each", _("Cost of each delivered order"), _("Cost of delivery of these days, for each order delivered."),
            ("delivery_cost",), ("delivered",), is_share=False, is_money=True,
        ),
    ),
    more_is_worse=frozenset({
        "back", "refused", "uncollected", "part_refused", "damaged", "lost", "brought_back", "fees", "delivery_cost",
        "delivery_vat",
    }),
)  # fmt: skip
