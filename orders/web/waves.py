"""Doors of waves: what goes by which cut-off, and one act that prints the pick lists of all of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import printing, waves
from orders.models import Order, PrintRun
from orders.web.telling import Moment
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.toasts import say


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Print the pick lists of a wave: those that were not printed yet, or all of them again."""
    subject, moment = asker(request), Moment.of(timezone.now())
    rows = waves.in_wave(Order.objects.for_subject(subject), request.POST.get("wave", ""), moment.today)
    wish = printing.Wish(waves.to_print(rows)[: printing.MOST_ORDERS], PrintRun.What.PICKLIST)
    run = printing.ask(wish, by=subject.actor, at=moment.at)
    say(request, _("Papers of %(n)s orders are being drawn.") % {"n": len(run.numbers)})
    return done(request, reverse("packing-prints"))


def see_waves(subject: Subject, moment: Moment, chosen: str) -> dict[str, Any]:
    """Read the waves of today and what goes on the days to come."""
    seen = Order.objects.for_subject(subject)
    rows = waves.waves(seen, moment.today, at=moment.at)
    return {
        "waves": [{"wave": wave, "words": tell_wave(wave, moment), "here": wave.key == chosen} for wave in rows],
        "ahead": [(moment.day(day), orders) for day, orders in waves.ahead(seen, moment.today)],
        "chosen": next((tell_wave(wave, moment) for wave in rows if wave.key == chosen), ""),
        "wave_key": chosen,
    }


def tell_wave(wave: waves.Wave, moment: Moment) -> str:
    """Say when a wave goes: today at 14:00."""
    day = moment.day(wave.ship_on)
    return _("%(day)s, %(hour)s") % {"day": day, "hour": f"{wave.cutoff:%H:%M}"} if wave.cutoff else day
