"""Sweeps of webhooks. Each runs on a timer and may be woken; two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from shopdesk.webhooks import planning, sending


@shared_task(name="shopdesk.webhooks.tasks.plan")
def plan() -> int:
    """Make messages of what happened since the last time, and forget what old ones said."""
    sending.forget_bodies(at=timezone.now())
    return planning.plan(at=timezone.now())


@shared_task(name="shopdesk.webhooks.tasks.send")
def send() -> int:
    """Send what is due."""
    return sending.send_due(at=timezone.now())
