"""The history feed: what became of orders, one record per field, read by position alone (house.md, "The feed").

A client keeps the last id it saw and never looks back, so an id that came late would be lost for ever. Events get their
positions only once they are committed; a record's id is its event's position and its place inside the event.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from orders import feed
from orders.models import JournalEvent, Order, StatusLabel
from shopdesk.base.access import Kind
from shopdesk.base.envelope import answered
from shopdesk.base.snapshot import snapshot
from shopdesk.retailcrm import reading, telling
from shopdesk.retailcrm.door import Door, Visit, told
from shopdesk.retailcrm.finding import seen_orders
from shopdesk.retailcrm.refusals import BadParameter
from shopdesk.retailcrm.showing import show_orders

WIDTH = 10_000  # records that one event may have: an edit of 5,000 lines has two of each
AT_ONCE = 500  # events looked at in one query
COUNTED = 1_000  # how far ahead is counted: a client needs to know whether there is more
MOST_PAGES = 50  # of one answer's records; a client goes on by `sinceId`, not by pages
SOURCES = {"person": "user", "token": "api", "rule": "rule"}

Record = dict[str, Any]
Chosen = Callable[[str], QuerySet[JournalEvent]]  # the events of a feed, read by an alias
Records = Callable[[list[JournalEvent], Visit], list[list[Record]]]  # of each event its records


class History(Door):
    """What became of orders since."""

    def get(self, request: Request) -> HttpResponse:
        """Give it in the order of the feed, its ids ascending without a later one ever coming before."""
        visit = self.visit(request)
        return answer(visit, _of_orders(visit), _records)


def answer(visit: Visit, chosen: Chosen, records: Records) -> HttpResponse:
    """Answer one page of a feed behind `sinceId`, or since `startDate`."""
    asked = reading.filters(visit.query)
    limit, page = reading.paging(visit.query)
    if page > MOST_PAGES:
        raise BadParameter("page", "Go on by sinceId.")
    since = reading.whole(_first(asked, "sinceId") or "0", "filter[sinceId]")
    feed.publish()
    with snapshot() as alias:
        rows = _narrowed(chosen(alias), asked, visit).filter(place__position__gte=since // WIDTH)
        rows = rows.select_related("place").prefetch_related("personal_values").order_by("place__position")
        found, ahead = _collect(rows, records, visit, since, page * limit)
    shown = found[(page - 1) * limit : page * limit]
    total = len(found) + ahead
    more = {"generatedAt": visit.moment(visit.now), "pagination": told(limit, page, total)}
    return answered({"history": shown} | more)


def _collect(
    rows: QuerySet[JournalEvent], records: Records, visit: Visit, since: int, wanted: int
) -> tuple[list[Record], int]:
    """Read on until there are enough records. Gives them, and how many events are behind them, as far as is counted."""
    found: list[Record] = []
    after = -1
    while True:
        events = list(rows.filter(place__position__gt=after)[: min(AT_ONCE, wanted)])
        for event, some in zip(events, records(events, visit), strict=True):
            numbered = (_numbered(event, place, one, visit) for place, one in enumerate(some[: WIDTH - 1], start=1))
            found += [one for one in numbered if one["id"] > since]
        if len(events) < min(AT_ONCE, wanted):
            return found[:wanted], max(len(found) - wanted, 0)
        after = events[-1].place.position
        if len(found) >= wanted:
            behind = rows.filter(place__position__gt=after).order_by().values("pk")[:COUNTED].count()
            return found[:wanted], len(found) - wanted + behind


def _numbered(event: JournalEvent, place: int, record: Record, visit: Visit) -> Record:
    said: Record = {
        "id": event.place.position * WIDTH + place,
        "createdAt": visit.moment(event.at),
        "source": SOURCES.get(event.actor_kind, "code"),
    }
    if event.actor_kind == "token":
        said["apiKey"] = {"current": event.actor_id in visit.keys}
    if event.actor_kind == "person" and visit.subject.kind is not Kind.STOREFRONT:  # who works here is no shop's matter
        said["user"] = {"id": event.actor_id}
    return said | record


def _narrowed(rows: QuerySet[JournalEvent], asked: Mapping[str, list[str]], visit: Visit) -> QuerySet[JournalEvent]:
    if written := _first(asked, "startDate"):
        rows = rows.filter(at__gte=_moment(written, visit, "startDate"))
    if written := _first(asked, "endDate"):
        rows = rows.filter(at__lte=_moment(written, visit, "endDate"))
    if number := _first(asked, "orderId"):
        rows = rows.filter(order__in=reading.wholes([number]))
    if own := _first(asked, "orderExternalId"):
        rows = rows.filter(order__external_id=own)
    return rows


def _first(asked: Mapping[str, list[str]], name: str) -> str:
    return next(chain((one for one in asked.get(name, ()) if one), [""]))


def _moment(written: str, visit: Visit, name: str) -> datetime:
    try:
        return reading.moment(written, visit.zone)
    except (ValueError, OverflowError):
        raise BadParameter(f"filter[{name}]", "A date is written as 2026-01-31 10:00:00.") from None


def _of_orders(visit: Visit) -> Chosen:
    """Choose the events that say something to a shop, of orders that the asker sees."""

    def chosen(alias: str) -> QuerySet[JournalEvent]:
        rows = JournalEvent.objects.using(alias).for_subject(visit.subject)
        rows = rows.filter(Q(kind__in=telling.KINDS) | ~Q(to_status=""), order__parent=None, order__isnull=False)
        return rows.filter(order__channel=visit.site) if visit.site else rows

    return chosen


def _records(events: list[JournalEvent], visit: Visit) -> list[list[Record]]:
    """Tell each event, with its order as it is now."""
    numbers = {event.order_id for event in events if event.order_id}
    orders = list(seen_orders(visit).select_related("channel", "label").filter(pk__in=numbers))
    shown = dict(zip((order.pk for order in orders), show_orders(orders, visit), strict=True))
    by_number: Mapping[int, Order] = {order.pk: order for order in orders}
    labels = dict(StatusLabel.objects.order_by().values_list("code", "status"))
    found = []
    for event in events:
        order = by_number.get(event.order_id or 0)
        records = telling.tell(event, order, labels) if order else []
        found.append([record | {"order": shown[event.order_id or 0]} for record in records])
    return found
