"""What the kit shows: a form with every kind of field, figures, a journal. Invented, and of nobody."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.status import HoldReason, Status


class SampleForm(forms.Form):
    """Fields in their states."""

    street = forms.CharField(label=_("Street and house"), initial="ул. Малышева, 51")
    phone = forms.CharField(label=_("Phone"), min_length=16)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=HoldReason, help_text=_("The report counts cancellations by this.")
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)
    keep = forms.BooleanField(label=_("Add to the list"), required=False, initial=True)


def samples() -> dict[str, Any]:
    """Give the kit its figures."""
    now = timezone.now()
    form = SampleForm(data={"street": "ул. Малышева, 51", "phone": "8 900 000-00", "reason": "bad_phone", "keep": "on"})
    form.errors["phone"] = form.error_class([str(_("One digit is missing. Write it as the customer said it."))])
    return {
        "form": form,
        "statuses": list(Status),
        "earlier": now - timedelta(minutes=130),
        "long_ago": now - timedelta(days=40),
        "spans": [timedelta(minutes=9), timedelta(minutes=130), timedelta(days=1), timedelta(days=4)],
        "share": Decimal("0.842"),
        "entries": [
            {"day": _("Today"), "at": now, "tone": "bad", "text": _("Short pick: 1 of 3"), "who": "Игорь"},
            {"at": now - timedelta(minutes=5), "tone": "good", "text": _("Confirmed on the 2nd call"), "who": "Петя"},
            {"at": now - timedelta(minutes=90), "text": _("Taken in"), "note": "S-2209"},
        ],
        "steps": [
            {"label": _("Taken in"), "note": "12:21", "state": "done"},
            {"label": Status.CONFIRMED.label, "note": "14:32", "state": "done"},
            {"label": Status.PICKING.label, "note": "Игорь", "state": "here"},
            {"label": Status.PACKED.label},
            {"label": Status.HANDED_OVER.label},
            {"label": Status.DELIVERED.label},
        ],
        "tiles": [
            {"label": _("Ordered"), "value": "1 284", "url": "#main", "delta": "▲ 11,6 %", "tone": "good"},
            {"label": _("Buyout, shipped"), "value": "72,5–87,8 %", "note": "148 / 968"},
            {"label": _("Margin"), "value": "–", "note": _("No costs yet")},
        ],
    }
