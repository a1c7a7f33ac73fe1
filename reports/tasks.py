"""The sweeps of the reports. Each runs on a timer; twice at once is harmless."""

from celery import shared_task
from django.utils import timezone

from orders.models import Shop
from reports import closing, folding, rollups, sending
from shopdesk.base.periods import shop_day


@shared_task(name="reports.tasks.nightly_close")
def nightly_close() -> int:
    """Close the days that are over; while a demo's past is being written none is."""
    if Shop.current().in_the_making:
        return 0
    return closing.close_due(at=timezone.now())


@shared_task(name="reports.tasks.send_reports")
def send_reports() -> int:
    """Write and send the reports whose hour has come; none of a past, or of figures, that is still being written."""
    if Shop.current().in_the_making or rollups.is_behind():
        return 0
    return sending.send_due(at=timezone.now())


@shared_task(name="reports.tasks.keep_figures")
def keep_figures() -> int:
    """Keep the figures of what was learnt, and fold those of which there are too many."""
    shop, at = Shop.current(), timezone.now()
    passed = rollups.sweep()
    folding.fold(before=shop_day(at, shop.zone, shop.day_cutoff))
    return passed
