"""The form of limits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from orders.status import Status
from shopdesk.base.access import Limits
from shopdesk.base.formfields import AmountField, TextField
from shopdesk.people.models import Role
from shopdesk.people.tokens import UnknownAddress, check_addresses

LONGEST: Final = 4_000  # characters of a list of addresses


Channels = Sequence[tuple[str, str]]  # code and name


class AddressesField(TextField):
    """Networks, one a line or separated by commas or blanks."""

    def __init__(self, **options: Any) -> None:
        rows = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(required=False, widget=rows, max_length=LONGEST, **options)

    def clean(self, value: Any) -> list[str]:
        """Give them as they are kept. What is no address is named beside the field."""
        try:
            return check_addresses(str(super().clean(value)).replace(",", " ").split())
        except UnknownAddress as unknown:
            raise forms.ValidationError(str(unknown)) from None


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

    def __init__(self, *args: Any, currency: str, limits: Limits, channels: Channels, **options: Any) -> None:
        names = ("discount_percent", "own_orders", "export", "cost", "confirm_unspoken", "write_off_minor")
        initial = {name: getattr(limits, name) for name in names}
        initial["statuses"] = sorted(limits.statuses) if limits.statuses is not None else Status.values
        known = [code for code, _name in channels]
        initial["channels"] = known if limits.channels is None else sorted(limits.channels)
        super().__init__(*args, **{"initial": initial} | options)
        self.known = dict(channels)
        self.fields["channels"] = forms.MultipleChoiceField(
            label=_("Channels they work for"),
            widget=forms.CheckboxSelectMultiple,
            choices=channels,
            required=bool(channels),
            help_text=_("Of some only: they see the orders, customers and calls of these. Then no acts, no reports."),
            error_messages={"required": _("Tick the channels whose orders they see, or all of them.")},
        )
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
        addresses = tuple(chosen.pop("addresses", ()))
        statuses, channels = frozenset(chosen.pop("statuses")), frozenset(chosen.pop("channels"))
        return Limits(
            **chosen,
            statuses=None if statuses == frozenset(Status.values) else statuses,
            channels=None if channels == frozenset(self.known) else channels,
            addresses=addresses,
        )


class OwnLimitsForm(LimitsForm):
    """How far one manager may go, and from where."""

    addresses = AddressesField(
        label=_("Only from these addresses"),
        help_text=_("One a line, such as 203.0.113.7 or 203.0.113.0/24. Left empty: those of the role."),
    )


class AddressesForm(forms.Form):
    """From where each role may be used."""

    def __init__(self, *args: Any, lists: Mapping[str, Sequence[str]], **options: Any) -> None:
        super().__init__(*args, **options)
        for role, addresses in lists.items():
            self.fields[role] = AddressesField(label=capfirst(str(Role(role).label)), initial="\n".join(addresses))
