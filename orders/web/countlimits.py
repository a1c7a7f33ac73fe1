"""Door of the limits of counting: above which variance two count and a third approves; the owner's page."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from orders import counts
from orders.models import Shop
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import AmountField, read_form
from shopdesk.base.toasts import say


class LimitsForm(forms.Form):
    """Up to how much a variance is posted when the count is closed."""

    pieces = forms.IntegerField(
        label=gettext_lazy("Pieces"), min_value=0, max_value=10_000,
        help_text=gettext_lazy("A shelf that differs by more is counted by a second person. 0: every difference."),
    )  # fmt: skip
    sum = AmountField(
        label=gettext_lazy("Sum at cost"), currency="RUB",
        help_text=gettext_lazy("So is one whose difference costs more than this."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        label, words = self.fields["sum"].label, self.fields["sum"].help_text
        self.fields["sum"] = AmountField(label=label, help_text=words, currency=currency)


class CountLimits(View):
    """The limits of counting."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        shop = Shop.current()
        now = {"pieces": shop.count_again_pieces, "sum": shop.count_again_minor}
        form = LimitsForm(initial=now, currency=shop.currency)
        return render(request, "orders/counts/limits.html", {"form": form, "currency": shop.currency})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep them."""
        form = LimitsForm(request.POST, currency=Shop.current().currency)
        read_form(form)
        said = form.cleaned_data
        counts.set_limits(said["pieces"], said["sum"], by=asker(request).actor, at=timezone.now())
        say(request, _("Kept: %(what)s.") % {"what": _("limits of counting")})
        return done(request, reverse("count-limits"))
