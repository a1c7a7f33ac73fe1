"""The money: what was ordered, agreed, shipped, sold, credited, earned and received. Each currency apart."""

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part

SOLD = Part(facts.SALE, "amount")
CREDITED = Part(facts.CREDIT, "amount")
UNCREDITED = Part(facts.CREDIT_BACK, "amount")
COST = Part(facts.SALE, "cost")
CHARGED = Part(facts.DELIVERED, "delivery")
CARRIED = Part(workfacts.CONVEYED, "delivery_cost")
NET = (SOLD, CREDITED.off, UNCREDITED)

FIGURES = (
    # Order totals as they were at that step; a later edit changes no day that is over.
    Figure("ordered", _("Ordered"), (Part(facts.TAKEN, "total"),)),
    Figure("confirmed", _("Confirmed"), (Part(facts.CONFIRMED, "total"),)),
    Figure("shipped", _("Shipped"), (Part(facts.HANDED_OVER, "total"),)),
    # Line totals, goods and services, gross, of what the customer kept. Delivery and order discount stand apart.
    Figure("sold", _("Sold"), (SOLD,)),
    # On the lines (inside the sum sold) and on whole orders (beside it), when delivered.
    Figure("discounts", _("Discounts"), (Part(facts.SALE, "discount"), Part(facts.DELIVERED, "discount"))),
    Figure("delivery_charged", _("Delivery charged"), (CHARGED,)),
    Figure("credits", _("Credits"), (CREDITED, UNCREDITED.off)),
    Figure(
        "credits_goods", _("Credits for goods"), (Part(facts.CREDIT, "goods"), Part(facts.CREDIT_BACK, "goods").off)
    ),
    Figure(
        "credits_services",
        _("Credits for services"),
        (Part(facts.CREDIT, "services"), Part(facts.CREDIT_BACK, "services").off),
    ),  # fmt: skip
    Figure("net", _("Net of credits"), NET),
    # Frozen when the goods shipped. Goods that came back are not taken off: until inspected they may be worth nothing.
    Figure("cost_of_goods", _("Cost of goods"), (COST,)),
    Figure("margin", _("Margin"), (*NET, COST.off)),
    Figure("paid", _("Payments received"), (Part(facts.PAYMENT, "amount"),)),
    Figure(
        "refunds",
        _("Owed back for cancelled orders"),
        (Part(facts.REFUND, "amount"), Part(facts.REFUND_BACK, "amount").off),
    ),
)
# On the section's own page and no closing's: a tariff that was found wanting later would restate days that are over.
BESIDE = (
    Figure("delivery_cost", _("Cost of delivery"), (CARRIED,)),
    # What the goods brought, with what customers paid for delivery, less what couriers take for it.
    Figure("contribution", _("Contribution"), (*NET, COST.off, CHARGED, CARRIED.off)),
)
