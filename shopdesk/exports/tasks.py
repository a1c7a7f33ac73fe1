"""Sweeps of exports. Each runs on a timer and may be woken; two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from shopdesk.exports import making, work


@shared_task(name="shopdesk.exports.tasks.make")
def make() -> int:
    """Bring one export a step on, and delete those whose day is over."""
    making.delete_expired(at=timezone.now())
    return work.make_next(at=timezone.now())
