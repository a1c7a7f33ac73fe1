"""Sweeps: work lies in rows, these look at it. Each runs on a timer and may be woken; two at once are harmless."""

from itertools import takewhile
from time import monotonic

from celery import shared_task
from django.utils import timezone

from orders import (
    audit,
    calls,
    changes,
    counts,
    feed,
    inbox,
    marking,
    packing,
    partial,
    printing,
    queues,
    rerouting,
    sourcing,
    watching,
)
from orders.inbox import polling, reconciling, stocking, telling
from orders.messages import sending
from orders.models import Shop
from shopdesk.base import securitylog
from shopdesk.base.access import SWEEP
from shopdesk.base.onebyone import each
from shopdesk.base.periods import shop_day
from shopdesk.base.snapshot import snapshot
from shopdesk.trail import chain
from shopdesk.trail.deeds import Deed

ALLOCATED_AT_ONCE = 500
APPLYING_S = 50.0  # of a task's 90 seconds
CALLING_S = 600  # many shops, each with its own patience
printed: dict[str, str] = {}  # chain -> the end this worker printed last: a night in which nothing happens says nothing
OF_THE_SHELF = frozenset({"S1", "S2", "S3"})  # the promises that tie balances to the ledger
READING_S = 1_800  # every move is read


@shared_task(name="orders.tasks.publish")
def publish() -> int:
    """Give committed events their place in the feed."""
    return feed.publish()


@shared_task(name="orders.tasks.apply_inbox")
def apply_inbox() -> int:
    """Apply what shops sent, each message in a transaction of its own; what is left waits for the next sweep."""
    began = monotonic()
    in_time = takewhile(lambda _key: monotonic() - began < APPLYING_S, inbox.waiting())
    return each("apply_inbox", in_time, lambda key: inbox.apply_next(key, at=timezone.now()))


@shared_task(name="orders.tasks.poll_shops", time_limit=CALLING_S, soft_time_limit=CALLING_S)
def poll_shops() -> int:
    """Fetch from shops what their webhooks may have lost. A demo's shops are made up: nobody calls them."""
    return 0 if Shop.current().demo else polling.poll_all(at=timezone.now())


@shared_task(name="orders.tasks.reconcile_shops", time_limit=CALLING_S, soft_time_limit=CALLING_S)
def reconcile_shops() -> int:
    """Compare shops' own lists of orders with ours, and fetch what is missing."""
    return 0 if Shop.current().demo else reconciling.reconcile_all(at=timezone.now())


@shared_task(name="orders.tasks.tell_shops", time_limit=CALLING_S, soft_time_limit=CALLING_S)
def tell_shops() -> int:
    """Tell shops what became of their orders."""
    if Shop.current().demo:
        return 0
    telling.write_notes(at=timezone.now())
    return telling.send_notes(at=timezone.now())


@shared_task(name="orders.tasks.tell_stock", time_limit=CALLING_S, soft_time_limit=CALLING_S)
def tell_stock() -> int:
    """Tell shops how many pieces there are."""
    return 0 if Shop.current().demo else stocking.tell_all(at=timezone.now())


@shared_task(name="orders.tasks.allocate")
def allocate() -> int:
    """Give short orders the goods that came, the oldest promise first, each in its own transaction.

    While a demo's past is being written it does this itself: an allocation of now would come before its past deeds.
    """
    if Shop.current().in_the_making:
        return 0
    try:
        short = queues.short(ALLOCATED_AT_ONCE)
        return each("allocate", short, lambda number: changes.allocate(number, at=timezone.now()))
    finally:  # what one order trips over is no reason for the others to wait
        partial.carry_out_due(ALLOCATED_AT_ONCE, at=timezone.now())
        rerouting.reroute_short(ALLOCATED_AT_ONCE, at=timezone.now())


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
    told = calls.remind_due(at=timezone.now())
    told += calls.follow_missed(at=timezone.now())
    return told + calls.ring_leads(at=timezone.now())


@shared_task(name="orders.tasks.free_promises")
def free_promises() -> int:
    """Free the goods of orders that nobody agreed in time."""
    if Shop.current().in_the_making:
        return 0
    return calls.free_due(at=timezone.now())


@shared_task(name="orders.tasks.take_back_carts")
def take_back_carts() -> int:
    """Put down the carts and tables whose picker left: their orders wait for others again."""
    if Shop.current().in_the_making:
        return 0
    return packing.take_back_left(at=timezone.now()) + packing.take_back_from_tables(at=timezone.now())


@shared_task(name="orders.tasks.look_back")
def look_back() -> int:
    """Block by the shop's rule those whose orders had come back before there was one."""
    return 0 if Shop.current().in_the_making else marking.look_back(at=timezone.now())


@shared_task(name="orders.tasks.watch_stock")
def watch_stock() -> int:
    """Tell once of what runs low."""
    return 0 if Shop.current().in_the_making else len(watching.notice_low(at=timezone.now()))


@shared_task(name="orders.tasks.propose_counts")
def propose_counts() -> int:
    """Propose each location's shelves to be counted today, once a day."""
    shop, now = Shop.current(), timezone.now()
    if shop.in_the_making:
        return 0
    day = shop_day(now, shop.zone, shop.day_cutoff)
    return sum(counts.propose(location.code, day=day, at=now) for location in sourcing.serving())


@shared_task(name="orders.tasks.watch_books", time_limit=READING_S, soft_time_limit=READING_S)
def watch_books() -> int:
    """Prove the shelf's books in one snapshot, and raise an alarm where they differ. Nothing is repaired."""
    with snapshot() as alias:
        found = {check.id: check.find(alias) for check in audit.checks() if check.id in OF_THE_SHELF}
    return len(watching.note_drift(found, at=timezone.now()))


@shared_task(name="orders.tasks.anchor")
def anchor() -> None:
    """Print the ends of both chains into the log, where nobody who can write the database can change them (SEC-71)."""
    feed.publish()
    chain.publish()
    ends = {"feed": feed.head(), "trail": chain.head()}
    for name, (position, sealed) in ends.items():
        if printed.get(name) == sealed:
            continue
        printed[name] = sealed
        securitylog.tell(Deed.ANCHORED, by=SWEEP, target=("chain", name), position=position, hash=sealed)


@shared_task(name="orders.tasks.draw_papers")
def draw_papers() -> int:
    """Draw what was asked to be printed, a few orders at a time; delete what is a day old."""
    began, done = monotonic(), printing.delete_old(at=timezone.now())
    while monotonic() - began < APPLYING_S and printing.draw_next(at=timezone.now()):
        done += 1
    return done
