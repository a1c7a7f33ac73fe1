"""The form of a new key."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from shopdesk.base.formfields import TextField
from shopdesk.people import scopes

OVERLAPS = {
    "day": (timedelta(days=1), _("a day more")),
    "week": (timedelta(days=7), _("a week more")),
    "month": (timedelta(days=30), _("30 days more")),
    "none": (timedelta(0), _("ends now")),
}


class KeyForm(forms.Form):
    """What a key is for. Without a choice of areas it may do all that its holder may."""

    name = TextField(label=_("What it is for"), max_length=100)
    until = forms.DateField(
        label=_("In force until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Left empty: until it is revoked."),
    )  # fmt: skip
    addresses = TextField(
        label=_("Only from these addresses"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line, such as 203.0.113.7 or 203.0.113.0/24. Left empty: from everywhere."),
    )  # fmt: skip

    def __init__(self, *args: Any, holders: list[Any] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if holders is not None:
            self.fields["holder"] = forms.ChoiceField(label=_("Whose"), choices=holders)
            self.order_fields(["name", "holder"])
        for area, words in scopes.WORDS.items():
            choices = [("", "–"), (scopes.READ, capfirst(_("read"))), (scopes.WRITE, capfirst(_("read and write")))]
            self.fields[f"may_{area}"] = forms.ChoiceField(label=words, required=False, choices=choices)

    @property
    def scopes(self) -> list[str]:
        """The scopes that were chosen."""
        chosen = {area: self.cleaned_data.get(f"may_{area}") for area in scopes.AREAS}
        return [f"{area}:{how}" for area, how in chosen.items() if how]

    @property
    def addresses_given(self) -> list[str]:
        """The addresses, one a line or separated by commas or blanks."""
        return str(self.cleaned_data["addresses"]).replace(",", " ").split()

    def until_in(self, zone: str) -> datetime | None:
        """The end of the last day of the key, where the shop is."""
        day = self.cleaned_data["until"]
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)) if day else None


class ReplaceForm(forms.Form):
    """How long the old key goes on."""

    overlap = forms.ChoiceField(
        label=_("The old one"), choices=[(name, words) for name, (_span, words) in OVERLAPS.items()], initial="week"
    )
