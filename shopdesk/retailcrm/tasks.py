"""The sweep of this door: what it was cut off at is applied, and what somebody wants applied again."""

from celery import shared_task
from django.utils import timezone

from shopdesk.base.onebyone import each
from shopdesk.retailcrm import again


@shared_task(name="shopdesk.retailcrm.tasks.apply_left_over")
def apply_left_over() -> int:
    """Apply what was kept of calls that nobody finished."""
    waiting = again.left_over(at=timezone.now())
    return each("apply_left_over", waiting, lambda pk: again.apply(pk, at=timezone.now()))
