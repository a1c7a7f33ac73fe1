"""Calls and people: who rang, who was reached, what came of it."""

from django.utils.translation import gettext_lazy as _

from reports import facts, workfacts
from reports.figures import Figure, Part
from reports.section import Rate, Section

SECTION = Section(
    "calls",
    _("Calls and people"),
    (
        Figure("calls", _("Calls made"), (Part(workfacts.ATTEMPT, "calls"),)),
        Figure("talks", _("Conversations"), (Part(workfacts.ATTEMPT, "talks"),)),
        Figure("agreed", _("Calls that agreed an order"), (Part(workfacts.ATTEMPT, "agreed"),)),
        Figure("rung", _("Orders rung"), (Part(workfacts.RUNG, "orders"),)),
        Figure("contacted", _("Orders talked about"), (Part(facts.CONTACTED, "orders"),)),
        Figure("results", _("Orders with a result"), (Part(workfacts.RESULT, "orders"),)),
        Figure("agreed_orders", _("Orders agreed by a call"), (Part(workfacts.RESULT, "agreed"),)),
    ),
    {
        "calls": _("Every call that was noted, reached or not."),
        "talks": _("Calls in which somebody answered and talked with us. Voice mail is no talk."),
        "agreed": _("Calls with the outcome confirmed, with or without changes."),
        "rung": _("Orders about which somebody rang for the first time on these days."),
        "contacted": _("Orders about which we talked with the customer for the first time. Voice mail is no talk."),
        "results": _("Orders whose calls came to an end: agreed, declined, fake. Duplicates and tests are left out."),
        "agreed_orders": _("Of the orders with a result, those that were agreed."),
    },
    ("person", "channel", "outcome", "waited"),
    rates=(
        Rate(
            "contact", _("Contact rate"), _("Orders talked about, of the orders rung."), ("contacted",), ("rung",)
        ),
        Rate(
            "confirmation", _("Confirmation rate"), _("Orders agreed, of those with a result."),
            ("agreed_orders",), ("results",),
        ),
        Rate(
            "attempts", _("Calls for each agreed order"), _("All calls, for each call that agreed an order."),
            ("calls",), ("agreed",), is_share=False,
        ),
    ),
)  # fmt: skip
