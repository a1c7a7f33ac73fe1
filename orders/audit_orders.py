"""What the auditor asks of orders: taken in once, adding up, and never without a next step."""

from django.db import connections
from django.db.models import CharField, Count, Exists, F, OuterRef, Sum
from django.db.models.functions import Cast

from orders import queues
from orders.models import Hold, IdempotencyKey, JournalEvent, Order, OrderLine, SearchKey
from orders.status import HoldReason, Status
from shopdesk.base.audit import Check, Finding, found, select

# The indexes without which two doors could take one order in twice.
ONCE = {"order_once_per_channel", "idempotency_key_once", "order_alias_once"}


def checks() -> list[Check]:
    """Give the promises of intake and of the orders' own figures."""
    return [
        Check("O1", "An order of a channel is there once, and one request made one order.", repeated),
        Check("O5", "An order's total is its lines, delivery and fees less its discount.", wrong_totals),
        Check("O6", "Order numbers are unique, never used again, and each finds its order.", wrong_numbers),
        Check("C1", "Every unconfirmed order has a call to come, or somebody looks for another phone.", uncalled),
        Check("O7", "Every open order has an owner or a next step with an hour.", idle),
    ]


def repeated(alias: str) -> Finding:
    """Find ids that stand on several orders, requests that made several, and indexes that are not there."""
    orders = Order.objects.using(alias)
    twice = orders.exclude(external_id="").values("channel", "external_id").annotate(n=Count("pk")).filter(n__gt=1)
    offenders = [f"channel {row['channel']}: an id stands on {row['n']} orders" for row in twice]
    keys = IdempotencyKey.objects.using(alias).values("client", "key").annotate(n=Count("pk")).filter(n__gt=1)
    offenders += [f"a key of {row['client']} stands {row['n']} times" for row in keys]
    offenders += [f"the unique index {name} is not there" for name in sorted(ONCE - _indexes(alias))]
    return found(orders.count(), offenders)


def wrong_totals(alias: str) -> Finding:
    """Find orders that do not add up, and differing channel totals that nobody was asked about."""
    orders = Order.objects.using(alias)
    lines = OrderLine.objects.using(alias).values("order").annotate(sum=Sum("total_minor"))
    wrong = lines.exclude(sum=F("order__items_minor")).values_list("order", flat=True)
    offenders = [f"order {number}: its lines add up to something else" for number in wrong]
    total = F("items_minor") + F("delivery_minor") + F("fees_minor") - F("discount_minor")
    offenders += [f"order {order.number}: its total is not its parts" for order in orders.exclude(total_minor=total)]
    held = Hold.objects.using(alias).filter(reason=HoldReason.OTHER).values("order")
    edited = JournalEvent.objects.using(alias).filter(kind="order.edited").values("order")
    differing = orders.exclude(channel_total_minor=None).exclude(channel_total_minor=F("total_minor"))
    unasked = differing.exclude(pk__in=held).exclude(pk__in=edited)
    offenders += [f"order {order.number}: its channel says another total and nobody was asked" for order in unasked]
    return found(orders.count(), offenders)


def wrong_numbers(alias: str) -> Finding:
    """Find numbers that were given twice (a number has one first event), and orders that no search by number finds."""
    taken = JournalEvent.objects.using(alias).filter(kind="order.taken")
    twice = taken.values("order").annotate(n=Count("pk")).filter(n__gt=1)
    offenders = [f"number {row['order']} was given to {row['n']} orders" for row in twice]
    own = SearchKey.objects.using(alias).filter(order=OuterRef("pk"), key=Cast(OuterRef("pk"), CharField()))
    lost = Order.objects.using(alias).filter(~Exists(own)).values_list("pk", flat=True)
    return found(taken.count(), offenders + [f"order {number}: no search by its number finds it" for number in lost])


def idle(alias: str) -> Finding:
    """Find open orders with neither an owner nor a next step. Overdue ones are a queue, not a broken promise."""
    offenders = [f"order {order.number} is {order.status} and nobody will look at it" for order in queues.idle(alias)]
    return found(Order.objects.using(alias).count(), offenders)


def uncalled(alias: str) -> Finding:
    """Find new orders that nobody will ever be asked to ring about."""
    offenders = [f"order {order.number} waits to be agreed and nobody will ring" for order in queues.uncalled(alias)]
    return found(Order.objects.using(alias).filter(status=Status.NEW).count(), offenders)


def _indexes(alias: str) -> set[str]:
    if connections[alias].vendor == "sqlite":
        return {name for (name,) in select(alias, "SELECT name FROM sqlite_master WHERE type = 'index'")} | _inline(
            alias
        )
    return {name for (name,) in select(alias, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}


def _inline(alias: str) -> set[str]:
    """Give the unique constraints that SQLite keeps inside a table's own text, nameless as indexes."""
    texts = " ".join(text or "" for (text,) in select(alias, "SELECT sql FROM sqlite_master WHERE type = 'table'"))
    return {name for name in ONCE if f'"{name}" UNIQUE' in texts}
