"""Door of the hours that a courier offers, live beside the day: in the phone order, the edited order and the call."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import slots
from orders.models import Courier
from orders.web.forms import PersonForm, read_promise
from shopdesk.base.answering import part_of
from shopdesk.base.asking import asker
from shopdesk.base.strict import clean_form_text

DAYS = 4


@require_safe
@never_cache
@part_of("orders-new")
def offer(request: HttpRequest) -> HttpResponse:
    """Show a courier's hours from the chosen day on with what is left of them; the plain field where it has none."""
    code, typed = (clean_form_text(request.GET.get(name, ""))[:40] for name in ("courier", "slot"))
    on = _day(request.GET.get("on", ""))
    picked_on, hours = read_promise(typed)
    known = Courier.objects.for_subject(asker(request)).filter(pk=code, active=True).exists()
    found = slots.offers(code, at=timezone.now(), on=on, days=DAYS) if known else []
    form = PersonForm(couriers=[], initial={"slot": hours})
    chosen = f"{picked_on or on}/{slots.as_written(hours)}" if (picked_on or on) and hours else ""
    shown = [(one, f"{one.on}/{one.hours}") for one in found]
    # What is promised stays to be seen, though it is full or over by now.
    kept = chosen if chosen and chosen not in {value for one, value in shown if one.is_open and one.left} else ""
    return render(
        request, "orders/form/_slots.html",
        {"offers": shown, "chosen": chosen, "kept": kept, "hours": hours, "form": form, "on": picked_on or on},
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
