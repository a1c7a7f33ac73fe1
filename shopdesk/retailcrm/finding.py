"""Which orders a call is about: one by its id or the shop's own, many by a filter."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from orders import stock
from orders.models import Location, Order, OrderAlias
from orders.models.orders import OrderRows
from orders.queues import found
from orders.status import CancelReason, Status
from shopdesk.base.errors import Missing
from shopdesk.retailcrm import reading, words
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.reading import Filters
from shopdesk.retailcrm.refusals import BadParameter

BY = ("externalId", "id")


def seen_orders(visit: Visit) -> OrderRows:
    """Give the orders that a call may be about. What the desk split off is no order of the shop's."""
    rows = Order.objects.for_subject(visit.subject).filter(parent=None)
    return rows.filter(channel=visit.site) if visit.site else rows


def find_order(visit: Visit, uid: str, *, by: str = "") -> Order:
    """Give one order. Raises Missing: a foreign one looks like one that is not there."""
    named = by or reading.sent(visit.fields, "by") or reading.sent(visit.query, "by") or BY[0]
    if named not in BY:
        raise BadParameter("by", "This value is not valid.")
    rows = seen_orders(visit).select_related("channel")
    if named == "id":
        order = rows.filter(pk__in=reading.wholes([uid])).first()
    else:
        order = rows.filter(external_id=uid).exclude(external_id="").order_by("pk").first() or _merged(visit, uid)
    if order is None:
        raise Missing
    return order


def filtered(visit: Visit, asked: Filters) -> OrderRows:
    """Give the orders that a filter asks for. A filter can only narrow; one that is unknown says nothing."""
    rows = seen_orders(visit)
    for name, values in asked.items():
        if (narrow := FILTERS.get(name)) and (said := [value for value in values if value]):
            rows = narrow(rows, said, visit)
    return rows


def find_store(code: str) -> Location:
    """Give a location by its code, whatever its letters' case: modules write `main`. Raises UnknownLocation."""
    found = Location.objects.filter(code__iexact=code).order_by("position", "pk").first() if code else None
    return found or stock.location_named(code)


def _merged(visit: Visit, uid: str) -> Order | None:
    """Find the order that another one was merged into, by the id that the shop knows the other one by."""
    aliases = OrderAlias.objects.filter(external_id=uid, order__in=seen_orders(visit))
    alias = aliases.select_related("order__channel").order_by("pk").first()
    return alias.order if alias else None


def _by_status(rows: OrderRows, values: list[str], visit: Visit) -> OrderRows:
    wanted = Q(pk__in=[])
    for value in values:
        codes = [one.code for one in words.STATUSES if one.group == value] or [value]
        for code in codes:
            wanted |= _has_code(code)
    return rows.filter(wanted)


def _has_code(code: str) -> Q:
    """Say in rows what a status code means."""
    meant = words.find_status(code)
    if meant is None:
        return Q(pk__in=[])
    if meant.status == Status.CANCELLED:
        named = {reason for reason, one in words.REASONS.items() if one == code}
        others = set(CancelReason.values) - set(words.REASONS)
        reasons = named | (others | {""} if words.PLAIN[Status.CANCELLED] == code else set())
        return Q(status=Status.CANCELLED, cancel_reason__in=reasons)
    called = Q(label__code=code)
    return Q(status=meant.status) & (called | Q(label=None) if words.PLAIN[meant.status] == code else called)


def _since(column: str) -> Callable[[OrderRows, list[str], Visit], OrderRows]:
    return lambda rows, values, visit: rows.filter(**{f"{column}__gte": _edge(values[0], visit, last=False)})


def _until(column: str) -> Callable[[OrderRows, list[str], Visit], OrderRows]:
    return lambda rows, values, visit: rows.filter(**{f"{column}__lt": _edge(values[0], visit, last=True)})


def _edge(written: str, visit: Visit, *, last: bool) -> datetime:
    """Read an end of a period; a day alone is meant whole, both ends included."""
    try:
        found_ = reading.moment(written, visit.zone)
        if not last:
            return found_
        return found_ + (timedelta(days=1) if len(written.strip()) == 10 else timedelta(seconds=1))
    except (ValueError, OverflowError):
        raise BadParameter("filter", "A date is written as 2026-01-31 or 2026-01-31 10:00:00.") from None


def _customer_ids(rows: OrderRows, values: list[str], visit: Visit) -> OrderRows:
    return rows.filter(customer__shop_customers__in=reading.wholes(values)).distinct()


def _customer_own_ids(rows: OrderRows, values: list[str], visit: Visit) -> OrderRows:
    return rows.filter(customer__shop_customers__external_id__in=values).distinct()


def _tracks(rows: OrderRows, values: list[str], visit: Visit) -> OrderRows:
    return rows.filter(Q(parcels__waybill__in=values) | Q(parcels__number__in=values)).distinct()


def _numbers(rows: OrderRows, values: list[str], visit: Visit) -> OrderRows:
    return rows.filter(Q(pk__in=reading.wholes(values)) | Q(external_id__in=values))


FILTERS: dict[str, Callable[[OrderRows, list[str], Visit], OrderRows]] = {
    "ids": lambda rows, values, visit: rows.filter(pk__in=reading.wholes(values)),
    "externalIds": lambda rows, values, visit: rows.filter(external_id__in=values),
    "numbers": _numbers,
    "number": _numbers,
    "extendedStatus": _by_status,
    "status": _by_status,
    "createdAtFrom": _since("placed_at"),
    "createdAtTo": _until("placed_at"),
    "statusUpdatedAtFrom": _since("status_at"),
    "statusUpdatedAtTo": _until("status_at"),
    "customer": lambda rows, values, visit: found(rows, values[0]),
    "customerId": _customer_ids,
    "customerExternalId": _customer_own_ids,
    "trackNumber": _tracks,
    "sites": lambda rows, values, visit: rows.filter(channel__in=values),
}
