"""What each figure counts, in a sentence for whoever reads it, and whether more of it is good."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Part
from reports.sections import SECTIONS

Words = str | Promise

MEANINGS: Mapping[str, Mapping[str, Words]] = {
    "funnel": {
        "taken": _("Orders that came in on these days, from every channel."),
        "contacted": _("Orders about which we talked with the customer for the first time. Voice mail is no talk."),
        "confirmed": _("Orders agreed for the first time on these days, whenever they came in."),
        "packed": _("Orders sealed for the first time on these days."),
        "handed_over": _("Orders that first went out of the door with a courier on these days."),
        "delivered": _("Orders of which the customer kept something, on the day they got it."),
        "paid": _("Orders for which the first money came in on these days, even a part of it."),
        "cancelled": _("Every cancellation; an order that came back and was cancelled again counts twice."),
    },
    "money": {
        "ordered": _("Totals of the orders that came in, as they were then. A later edit changes no day that is over."),
        "confirmed": _("Totals of the orders agreed, as they were then."),
        "shipped": _("Totals of the orders handed over, as they were then."),
        "sold": _("Line totals of goods and services that customers kept. Credits stand apart."),
        "discounts": _("On the lines that were kept, inside the sum sold, and on whole orders, beside it."),
        "delivery_charged": _("What customers were charged for delivery, in orders delivered on these days."),
        "credits": _("Owed back to customers after delivery, for goods, services or goodwill."),
        "credits_goods": _("The part of the credits that is for goods that came back."),
        "credits_services": _("The part of the credits that is for services and goodwill."),
        "net": _("Sold less credits."),
        "cost_of_goods": _("Cost of the goods sold, frozen when they shipped. Goods that came back are not taken off."),
        "margin": _("Net of credits less the cost of goods."),
        "delivery_cost": _(
            "What couriers take by their tariffs, for the way and for the money, of orders kept, back or lost then."
        ),
        "contribution": _("Margin and delivery charged, less the cost of delivery."),
        "paid": _("Money that came in for orders, at the door, in advance or at the counter."),
        "refunds": _("Owed back for orders that were cancelled after they were paid. It lowers no sale."),
    },
}
CANCELLED_FOR = _("Orders cancelled for this reason on these days.")
WORSE_WHEN_MORE = frozenset({"cancelled", "credits", "credits_goods", "credits_services", "refunds"})
NEITHER = frozenset({"discounts", "delivery_charged", "cost_of_goods", "delivery_cost"})
# What a row behind a figure is, by the name of its fact.
FACTS: Mapping[str, Words] = {
    facts.TAKEN.name: _("taken in"),
    facts.CONTACTED.name: _("talked with the customer"),
    facts.CONFIRMED.name: _("agreed"),
    facts.PACKED.name: _("sealed"),
    facts.HANDED_OVER.name: _("handed over"),
    facts.DELIVERED.name: _("delivered"),
    facts.CANCELLED.name: _("cancelled"),
    facts.SALE.name: _("kept by the customer"),
    facts.CREDIT.name: _("owed back"),
    facts.REFUND.name: _("owed back for a cancelled order"),
    facts.CREDIT_BACK.name: _("a refund was taken back"),
    facts.REFUND_BACK.name: _("a refund for a cancelled order was taken back"),
    facts.PAYMENT.name: _("money came in"),
    workfacts.ATTEMPT.name: _("a call"),
    workfacts.RUNG.name: _("first call"),
    workfacts.RESULT.name: _("the call's result"),
    workfacts.OPENED.name: _("opened again"),
    workfacts.SHORT.name: _("short at picking"),
    workfacts.PUT_DOWN.name: _("put down"),
    workfacts.PICK.name: _("picked"),
    workfacts.BROUGHT_BACK.name: _("brought back"),
    workfacts.BACK.name: _("came back"),
    workfacts.LOST.name: _("lost, or found again"),
    workfacts.COMEBACK.name: _("came back and was inspected"),
    workfacts.CASH.name: _("couriers' money"),
    workfacts.COD.name: _("money taken at the door"),
    workfacts.BOUGHT.name: _("bought"),
    workfacts.CAME_BACK.name: _("came back whole"),
    workfacts.STRAYED.name: _("lost or stopped, or found again"),
    workfacts.GOODS.name: _("goods moved"),
    workfacts.CARRIED.name: _("goods on their way"),
    workfacts.CONVEYED.name: _("cost of delivery"),
    workfacts.ABSENT.name: _("asked for, and not there"),
    workfacts.UNMET.name: _("ordered, and not there"),
}
# Where a row stands for less than the whole fact.
MEASURES: Mapping[tuple[str, str], Words] = {
    (facts.SALE.name, "cost"): _("what the goods cost"),
    (facts.SALE.name, "discount"): _("discount on a line"),
    (facts.DELIVERED.name, "discount"): _("discount on the order"),
    (facts.DELIVERED.name, "delivery"): _("delivery charged"),
    (workfacts.CONVEYED.name, "delivery_vat"): _("VAT in the cost of delivery"),
    (facts.CREDIT.name, "goods"): _("owed back for goods"),
    (facts.CREDIT.name, "services"): _("owed back for services"),
    (facts.CREDIT_BACK.name, "goods"): _("a refund for goods was taken back"),
    (facts.CREDIT_BACK.name, "services"): _("a refund for services was taken back"),
}


def fact_of(part: Part) -> Words:
    """Say what a row is."""
    return MEASURES.get((part.fact.name, part.measure), FACTS[part.fact.name])


def meaning_of(section: str, code: str) -> Words:
    """Say what a figure counts."""
    if ":" in code:
        return CANCELLED_FOR
    own = SECTIONS[section].meanings
    return own[code] if own else MEANINGS[section][code]


def tone_of(code: str, change: int) -> str:
    """Tell whether a change is good or bad; empty where it is neither."""
    if not change or code in NEITHER:
        return ""
    return "good" if (change > 0) != (code in WORSE_WHEN_MORE) else "bad"
