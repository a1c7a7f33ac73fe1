"""The form of limits."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from orders.status import Status
from shopdesk.base.access import Limits
from shopdesk.base.formfields import AmountField


class LimitsForm(forms.Form):
    """How far managers may go. An empty sum is no limit; every status ticked is all of them, also those to come."""

    discount_percent = forms.IntegerField(
        label=_("Discount up to, %"), min_value=0, max_value=100,
        help_text=_("Of the full price of an order's goods, on the page, in a call and by the API."),
    )  # fmt: skip
    own_orders = forms.BooleanField(
        label=_("Own orders only"), required=False,
        help_text=_("Those that they took in, were given by the call desk or worked on. Then no acts and no reports."),
    )  # fmt: skip
    statuses = forms.MultipleChoiceField(
        label=_("Statuses they see"), widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(status.value, capfirst(str(status.label))) for status in Status],
    )  # fmt: skip
    export = forms.BooleanField(label=_("May take lists out as files"), required=False)
    cost = forms.BooleanField(
        label=_("Sees what goods cost"), required=False, help_text=_("And the margin that gives it away.")
    )
    confirm_unspoken = forms.BooleanField(
        label=_("May confirm without a noted talk"), required=False,
        help_text=_("With the reason: how the customer agreed. Else a call or an answered message comes first."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, limits: Limits, **options: Any) -> None:
        names = ("discount_percent", "own_orders", "export", "cost", "confirm_unspoken", "write_off_minor")
        initial = {name: getattr(limits, name) for name in names}
        initial["statuses"] = sorted(limits.statuses) if limits.statuses is not None else Status.values
        super().__init__(*args, **{"initial": initial} | options)
        self.fields["write_off_minor"] = AmountField(
            label=_("Writes off alone up to, at cost"),
            currency=currency,
            required=False,
            help_text=_(
                "Within a day. What is worth more is left to the owner, or to a colleague who may. Empty: any sum."
            ),
        )

    def limits(self) -> Limits:
        """Give the limits as they were chosen."""
        chosen = dict(self.cleaned_data)
        statuses = frozenset(chosen.pop("statuses"))
        return Limits(**chosen, statuses=None if statuses == frozenset(Status.values) else statuses)
