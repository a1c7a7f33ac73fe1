"""Door of the money that is still with couriers, by age."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports import cash
from shopdesk.base.asking import asker


@require_safe
@never_cache
def show_cash(request: HttpRequest) -> HttpResponse:
    """Show what each courier holds, and the orders it is of, the oldest first."""
    subject = asker(request)
    shown = {
        "held": cash.held(subject, at=timezone.now()),
        "taken": cash.taken(subject),
        "late_after_days": cash.LATE_AFTER_DAYS,
        "most": cash.SHOWN,
    }
    return render(request, "reports/cash/page.html", shown)
