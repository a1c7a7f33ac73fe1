"""Cancellations: why, at which stage, by whom, in which channel."""

from django.utils.translation import gettext_lazy as _

from reports import funnel
from reports.section import Section

SECTION = Section(
    "cancellations",
    _("Cancellations"),
    (funnel.CANCELLED,),
    {"cancelled": _("Every cancellation; an order that came back and was cancelled again counts twice.")},
    ("why", "reason", "stage", "who", "channel", "person"),
    more_is_worse=frozenset({"cancelled"}),
)
