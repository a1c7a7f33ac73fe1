"""Sweeps of delivery: work lies in rows, these look at it. Two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from delivery import inbox, remittance, tracking, waybills
from orders.models import Shop
from shopdesk.base.access import SWEEP
from shopdesk.base.onebyone import each


@shared_task(name="delivery.tasks.match_again")
def match_again() -> int:
    """Match what registers said of parcels whose news came later."""
    if Shop.current().in_the_making:
        return 0
    registers = remittance.to_look_at_again()
    return each("match_again", registers, lambda one: remittance.look_again(one, by=SWEEP, at=timezone.now()))


@shared_task(name="delivery.tasks.pick_up_news")
def pick_up_news() -> int:
    """Give parked news to the parcels that are known by now, and read codes that were explained meanwhile."""
    if Shop.current().in_the_making:
        return 0
    return each("pick_up_news", tracking.to_pick_up(500), lambda one: tracking.pick_up(one, at=timezone.now()))


@shared_task(name="delivery.tasks.read_messages")
def read_messages() -> int:
    """Read what couriers' machines sent."""
    if Shop.current().in_the_making:
        return 0
    return each("read_messages", inbox.waiting(200), lambda row: inbox.read_next(row, at=timezone.now()) is not None)


@shared_task(name="delivery.tasks.ask_for_news")
def ask_for_news() -> int:
    """Ask couriers for news who do not send them."""
    return 0 if Shop.current().in_the_making else inbox.ask_for_news(50, at=timezone.now())


@shared_task(name="delivery.tasks.make_waybills")
def make_waybills() -> int:
    """Wish for waybills for what is packed, take back those of what is not any more, speak with couriers of them."""
    if Shop.current().in_the_making:
        return 0
    at = timezone.now()
    waybills.take_back_opened(100, at=at)
    waybills.wish_for_packed(100, at=at)
    return waybills.speak(20, at=at)
