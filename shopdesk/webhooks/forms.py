"""The form of an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shopdesk.base.formfields import TextField
from shopdesk.base.outgoing import LONGEST_URL
from shopdesk.webhooks.endpoints import Terms
from shopdesk.webhooks.kinds import Kind


class EndpointForm(forms.Form):
    """Where to tell, and of what."""

    name = TextField(label=_("What it is for"), max_length=100)
    url = TextField(
        label=_("Address"), max_length=LONGEST_URL, help_text=_("An https address on the public internet."),
        widget=forms.URLInput(attrs={"inputmode": "url"}),
    )  # fmt: skip
    channel = forms.ChoiceField(label=_("Orders of"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=Kind.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, channels: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["channel"].choices = [("", _("all channels")), *channels]  # type: ignore[attr-defined]

    @property
    def terms(self) -> Terms:
        """What was asked for."""
        said = self.cleaned_data
        return Terms(said["name"], said["url"], said["kinds"], said["channel"] or None)
