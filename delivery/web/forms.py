"""Forms of delivery: what is typed or scanned, cleaned. Rules are the desks'."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from delivery import voiding
from delivery.models import Return
from delivery.web.telling import NEWS, STATES
from shopdesk.base.formfields import AmountField, IdentifierField, TextField

FROM_CUSTOMERS = (Return.Kind.AFTER_DELIVERY, Return.Kind.DAMAGED, Return.Kind.EXCHANGE)
MOST_PIECES = 100_000
OUT_ROWS = 3  # of an exchange; more is an order of its own


class NewActForm(forms.Form):
    """Whose act, of which day, and whether all that waits goes on it at once."""

    courier = forms.ChoiceField(label=_("Courier"))
    ship_on = forms.DateField(label=_("Ship date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    whole = forms.BooleanField(
        label=_("Put everything on it that waits"), required=False,
        help_text=_("Else parcel by parcel, with the scanner."),
    )  # fmt: skip

    def __init__(self, *args: Any, couriers: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["courier"]
        chosen.choices = couriers


class ParcelForm(forms.Form):
    """One parcel's number, as its barcode says."""

    parcel = IdentifierField(max_length=40)


class SettleForm(forms.Form):
    """What the signed paper says of some parcels: taken, not taken, or there without being listed."""

    said = forms.ChoiceField(choices=[(word, word) for word in ("accepted", "missing", "extra")])


class VoidForm(forms.Form):
    """Why an act is void."""

    why = forms.ChoiceField(choices=voiding.Why.choices)


class CodeForm(forms.Form):
    """What the scanner read: a number of ours in any of its forms."""

    code = IdentifierField(max_length=64)


class TakenForm(forms.Form):
    """A sum that was taken."""

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["taken"] = AmountField(label=_("Sum taken"), currency=currency, max_length=20)


class SayForm(forms.Form):
    """What happened at a door. `event_id`: the same form sent twice is one event."""

    event_id = IdentifierField(max_length=58, widget=forms.HiddenInput)
    said_at = forms.CharField(required=False, max_length=40)  # a phone without a network says when it was
    reason = forms.ChoiceField(required=False)

    def clean_said_at(self) -> datetime | None:
        """The minute in which it was said, if the phone could not tell it at once."""
        text = self.cleaned_data["said_at"]
        try:
            at = parse_datetime(text) if text else None
        except ValueError:
            at = None
        if text and (at is None or at.tzinfo is None):
            raise forms.ValidationError(_("This is no hour with its zone."))
        return at

    def __init__(self, *args: Any, reasons: Sequence[tuple[str, Any]] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"] = forms.ChoiceField(choices=list(reasons), required=bool(reasons))


class NewsForm(forms.Form):
    """What the courier told by phone, of one parcel."""

    parcel = forms.ChoiceField(label=_("Parcel"))
    code = forms.ChoiceField(
        label=_("What happened"), choices=lambda: [(code, capfirst(str(STATES[code][0]))) for code in NEWS]
    )
    reason = TextField(label=_("Why"), required=False, max_length=64)
    event_id = IdentifierField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, parcels: Sequence[str], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["parcel"]
        chosen.choices = [(number, number) for number in parcels]
        self.fields["taken"] = AmountField(
            label=_("Sum taken"), currency=currency, required=False, max_length=20,
            help_text=_("Only of a delivery. Empty: what was due."),
        )  # fmt: skip


class ComebackForm(forms.Form):
    """What a customer sends back of an order, line by line."""

    kind = forms.ChoiceField(
        label=_("Why"), choices=lambda: [(kind, capfirst(str(kind.label))) for kind in FROM_CUSTOMERS]
    )
    reason = TextField(label=_("In the customer's words"), required=False, max_length=64)
    waybill = IdentifierField(label=_("Waybill"), required=False, max_length=64)

    def instead(self) -> list[tuple[str, int]]:
        """Give the SKUs and pieces that go out, of an exchange."""
        rows = [(self.cleaned_data[f"sku-{n}"], self.cleaned_data[f"out-{n}"] or 1) for n in range(OUT_ROWS)]
        return [(sku, pieces) for sku, pieces in rows if sku]

    def __init__(self, *args: Any, lines: Sequence[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        for n in range(OUT_ROWS):
            self.fields[f"sku-{n}"] = IdentifierField(label=_("SKU"), required=False, max_length=64)
            self.fields[f"out-{n}"] = forms.IntegerField(
                label=_("Pieces"), required=False, min_value=1, max_value=MOST_PIECES
            )
        for line in lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(required=False, min_value=0, max_value=line.delivered)

    def pieces(self) -> list[tuple[Any, int]]:
        """Give the lines of which something comes back."""
        wanted = [(line, self.cleaned_data[f"line-{line.pk}"] or 0) for line in self.lines]
        return [(line, number) for line, number in wanted if number]
