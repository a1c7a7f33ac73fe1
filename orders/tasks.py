"""Sweeps: work lies in rows, these look at it. Each runs on a timer and may be woken; two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from orders import calls, changes, feed, queues, rerouting
from orders.messages import sending
from orders.models import Shop
from shopdesk.base import securitylog
from shopdesk.base.access import SWEEP
from shopdesk.trail import chain
from shopdesk.trail.deeds import Deed

ALLOCATED_AT_ONCE = 500


@shared_task(name="orders.tasks.publish")
def publish() -> int:
    """Give committed events their place in the feed."""
    return feed.publish()


@shared_task(name="orders.tasks.allocate")
def allocate() -> int:
    """Give short orders the goods that came, the oldest promise first, each in its own transaction.

    While a demo's past is being written it does this itself: an allocation of now would come before its past deeds.
    """
    if Shop.current().in_the_making:
        return 0
    given = sum(changes.allocate(number, at=timezone.now()) for number in queues.short(ALLOCATED_AT_ONCE))
    return given + rerouting.reroute_short(ALLOCATED_AT_ONCE, at=timezone.now())


@shared_task(name="orders.tasks.send_messages")
def send_messages() -> int:
    """Send customers what waits, each at most once. A demo's customers are made up: nobody writes to them."""
    if Shop.current().demo:
        return 0
    return sending.send_due(at=timezone.now())


@shared_task(name="orders.tasks.due_callbacks")
def due_callbacks() -> int:
    """Tell people what is due, each once: callbacks, broken time limits, late holds. A demo's past tells nobody."""
    if Shop.current().in_the_making:
        return 0
    return calls.remind_due(at=timezone.now())


@shared_task(name="orders.tasks.free_promises")
def free_promises() -> int:
    """Free the goods of orders that nobody agreed in time."""
    if Shop.current().in_the_making:
        return 0
    return calls.free_due(at=timezone.now())


@shared_task(name="orders.tasks.anchor")
def anchor() -> None:
    """Print the ends of both chains into the log, where nobody who can write the database can change them (SEC-71)."""
    feed.publish()
    chain.publish()
    ends = {"feed": feed.head(), "trail": chain.head()}
    for name, (position, sealed) in ends.items():
        securitylog.tell(Deed.ANCHORED, by=SWEEP, target=("chain", name), position=position, hash=sealed)
