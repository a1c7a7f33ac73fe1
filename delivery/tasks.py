"""Sweeps of delivery: work lies in rows, these look at it. Two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from delivery import remittance, tracking
from orders.models import Shop
from shopdesk.base.access import SWEEP


@shared_task(name="delivery.tasks.match_again")
def match_again() -> int:
    """Match what registers said of parcels whose news came later."""
    if Shop.current().in_the_making:
        return 0
    return sum(
        remittance.look_again(register, by=SWEEP, at=timezone.now()) for register in remittance.to_look_at_again()
    )


@shared_task(name="delivery.tasks.pick_up_news")
def pick_up_news() -> int:
    """Give parked news to the parcels that are known by now, and read codes that were explained meanwhile."""
    return 0 if Shop.current().in_the_making else tracking.pick_up(500, at=timezone.now())
