"""Fields of the desk's forms: they clean what people paste, refuse what cannot be seen, read money into minor units."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.strict import clean_form_text, form_identifier


def read_form(form: forms.BaseForm) -> dict[str, Any]:
    """Give what a form says. Raises Malformed with everything that is wrong in it, each beside its field."""
    if not form.is_valid():
        wrong = [(name, str(text)) for name, texts in form.errors.items() for text in texts]
        raise Malformed([FieldError(f"/{name}", "invalid", text) for name, text in wrong])
    return form.cleaned_data


class TextField(forms.CharField):
    """Text that people read, cleaned."""

    def to_python(self, value: Any) -> str:
        """Clean what was typed or pasted."""
        return clean_form_text(super().to_python(value) or "")


class IdentifierField(forms.CharField):
    """What machines compare: a SKU, a barcode, a bin's code."""

    def to_python(self, value: Any) -> str:
        """Take the blanks around it off, and refuse what cannot be seen."""
        text: str = super().to_python(value) or ""
        try:
            return form_identifier(text, max_length=self.max_length or 64)
        except Malformed as refusal:
            raise ValidationError([str(error.detail) for error in refusal.errors]) from None


class AmountField(forms.CharField):
    """An amount as people type it, "1 290,50"; gives minor units, None when it is left empty."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Any:
        """Read the amount. Its own currency decides how many digits it may have."""
        text = super().clean(value)
        if not text:
            return None
        try:
            minor = to_minor("".join(text.split()).replace(",", "."), self.currency)
        except Malformed as refusal:
            raise ValidationError([str(error.detail) for error in refusal.errors]) from None
        if minor < 0:
            raise ValidationError(_("This is too small."))
        return minor

    def prepare_value(self, value: Any) -> Any:
        """Show minor units as an amount; what was typed stays as it was typed."""
        return from_minor(value, self.currency) if isinstance(value, int) else value
