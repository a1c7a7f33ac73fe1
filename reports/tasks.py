"""The sweep of the books. Runs on a timer; twice at once is harmless."""

from celery import shared_task
from django.utils import timezone

from reports import closing


@shared_task(name="reports.tasks.nightly_close")
def nightly_close() -> int:
    """Close the days that are over."""
    return closing.close_due(at=timezone.now())
