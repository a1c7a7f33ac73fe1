"""Forms about people: who they are here, when they are away, their device."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from orders.models import Courier
from shopdesk.accounts.preferences import LANGUAGES
from shopdesk.accounts.staff import Terms
from shopdesk.base.formfields import TextField
from shopdesk.people.models import Device, Role, User
from shopdesk.people.station import DIGITS

LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "bg": "Български"}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TermsForm(forms.Form):
    """What somebody does here."""

    role = forms.ChoiceField(
        label=_("Role"), choices=lambda: [(value, capfirst(str(words))) for value, words in Role.choices],
        help_text=_("A manager sees orders and customers, a packer only what is packed and counted."),
    )  # fmt: skip
    courier_code = forms.ChoiceField(
        label=_("Courier service"), required=False, choices=lambda: couriers(), help_text=_("For couriers only.")
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=lambda: [("", _("as the shop")), *languages()]
    )

    def clean(self) -> dict[str, Any]:
        """A courier belongs to a service; nobody else does."""
        said = super().clean() or {}
        is_courier = said.get("role") == Role.COURIER
        if is_courier and not said.get("courier_code"):
            self.add_error("courier_code", _("Choose the service this courier drives for."))
        return said | ({} if is_courier else {"courier_code": ""})

    def terms(self) -> Terms:
        """Give what was chosen."""
        return Terms(**{name: self.cleaned_data[name] for name in ("role", "language", "courier_code")})


class InviteForm(TermsForm):
    """Somebody new."""

    name = TextField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    field_order = ("name", "email", "role", "courier_code", "language")


class EmailForm(forms.Form):
    """One's own new e-mail."""

    email = forms.EmailField(
        label=_("New e-mail"), max_length=254,
        help_text=_("A letter with a link goes there. Until you open it you sign in as before."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


class AbsenceForm(forms.Form):
    """From when until when somebody is away, and who stands in."""

    from_on = forms.DateField(label=_("First day away"), widget=DAY)
    until_on = forms.DateField(label=_("Day back"), widget=DAY)
    substitute = forms.ModelChoiceField(
        User.objects.none(), label=_("Who stands in"), required=False, empty_label=_("nobody"),
        help_text=_("Their calls come to this person meanwhile."),
    )  # fmt: skip

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        there = User.objects.filter(is_active=True, role__in=[Role.OWNER, Role.MANAGER]).exclude(pk=person.pk)
        self.fields["substitute"].queryset = there.order_by("name")  # type: ignore[attr-defined]


class PasswordForm(forms.Form):
    """The first password."""

    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Four words in a row are easy to keep in mind."),
    )  # fmt: skip


class PinForm(forms.Form):
    """A PIN."""

    pin = forms.CharField(
        label=_("PIN"), min_length=DIGITS, max_length=DIGITS,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}),
        help_text=_("Six digits: not all the same, not in a row."),
    )  # fmt: skip


class DeviceForm(forms.Form):
    """The device in hand."""

    name = TextField(
        label=_("Name of the device"), max_length=60, help_text=_("As people call it: table by the window.")
    )
    use = forms.ChoiceField(
        label=_("What it is for"),
        choices=lambda: [(value, capfirst(str(words))) for value, words in Device.Use.choices],
    )


def languages() -> list[tuple[str, str]]:
    """The desk's languages by their own names."""
    return [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES]


def couriers() -> list[tuple[str, str]]:
    """The shop's courier services."""
    return [("", "–"), *Courier.objects.order_by("name").values_list("code", "name")]
