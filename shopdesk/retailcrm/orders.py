"""Orders over API v5: taken in one by one and fifty at once, changed, read, listed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from orders import intake
from orders.models import Order
from shopdesk.base.envelope import answered, refused
from shopdesk.base.errors import DomainError
from shopdesk.retailcrm import editing, keeping, reading, taking
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.finding import filtered, find_order, seen_orders
from shopdesk.retailcrm.reading import Entity
from shopdesk.retailcrm.refusals import BadEntity, sentence
from shopdesk.retailcrm.showing import Beside, show_order, show_orders, show_status
from shopdesk.retailcrm.taking import Read

EXISTS = "Order already exists."
MOST_STATUSES = 500
LOADED_WITH_ERRORS = "Orders are loaded with errors"
PARTLY = 460  # the protocol's own status: some were taken, some were not


class Create(Door):
    """A new order."""

    def post(self, request: Request) -> HttpResponse:
        """Take it in. One that exists in this site is refused, never doubled: the modules then edit it."""
        visit = self.visit(request)
        said = reading.entity(visit.fields, "order")
        read = _read(said, visit)
        taken = intake.take_in_many([read.new], by=visit.by, at=visit.now)[0]
        if not taken.created:
            keeping.keep_beside(taken.order, read, at=visit.now)  # its maker may have been cut off half-way
            raise BadEntity({"externalId": EXISTS})
        order = _after(taken.order, read, visit)
        return answered({"id": order.pk, "order": show_order(order, visit)}, 201)


class Upload(Door):
    """Up to fifty orders at once; each stands alone."""

    def post(self, request: Request) -> HttpResponse:
        """Take in what can be read; what cannot is named, with 460, and the good ones are stored all the same."""
        visit = self.visit(request)
        said = reading.entities(visit.fields, "orders")
        products = taking.products_of(said)
        read: dict[int, Read] = {}
        wrong: dict[int, dict[str, str]] = {}
        for place, one in enumerate(said):
            try:
                read[place] = _named(taking.reader(one, visit.own_site, visit, products).read(), visit)
            except BadEntity as refusal:
                wrong[place] = dict(refusal.errors or {})  # type: ignore[arg-type]  # a bad entity says it by field
        orders = self._take(read, wrong, visit)
        return _uploaded(said, orders, wrong, visit)

    def _take(self, read: dict[int, Read], wrong: dict[int, dict[str, str]], visit: Visit) -> list[Order]:
        taken = intake.take_in_many([one.new for one in read.values()], by=visit.by, at=visit.now) if read else []
        orders = []
        for (place, one), found in zip(read.items(), taken, strict=True):
            if found.clash or not found.created:
                keeping.keep_beside(found.order, one, at=visit.now)
                wrong[place] = {"externalId": EXISTS}
                continue
            try:
                orders.append(_after(found.order, one, visit))
            except BadEntity:  # it is taken; only its status is not what the shop asked for
                orders.append(found.order)
        return orders


class List(Door):
    """Many orders."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of them, the newest first."""
        visit = self.visit(request)
        limit, page = reading.paging(visit.query)
        rows, told = paged(filtered(visit, reading.filters(visit.query)).order_by("-number"), limit, page)
        return answered({"pagination": told, "orders": show_orders(rows, visit)})


class One(Door):
    """One order."""

    def get(self, request: Request, uid: str) -> HttpResponse:
        """Give it, by the shop's id or the desk's."""
        visit = self.visit(request)
        return answered({"order": show_order(find_order(visit, uid), visit)})


class Edit(Door):
    """An order as its shop would have it."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Change what differs; what is not sent stays."""
        visit = self.visit(request)
        order = find_order(visit, uid)
        order = editing.edit(order, reading.entity(visit.fields, "order"), visit)
        return answered({"id": order.pk, "order": show_order(order, visit)})


class Statuses(Door):
    """How far some orders are."""

    def get(self, request: Request) -> HttpResponse:
        """Give the status of each that there is."""
        visit = self.visit(request)
        numbers = reading.wholes(reading.listed(visit.query, "ids"))[:MOST_STATUSES]
        own = [one for one in reading.listed(visit.query, "externalIds") if one][:MOST_STATUSES]
        rows = seen_orders(visit).select_related("label")
        orders = list((rows.filter(pk__in=numbers) | rows.filter(external_id__in=own)).order_by("pk")[:MOST_STATUSES])
        beside = Beside.of(orders)
        return answered({"orders": [show_status(order, beside) for order in orders]})


class FixExternalIds(Door):
    """The shop's ids of orders that it got from the desk."""

    def post(self, request: Request) -> HttpResponse:
        """Note them. An order that has one already keeps it; one that is not theirs is refused."""
        visit = self.visit(request)
        wrong = {}
        for place, one in enumerate(reading.entities(visit.fields, "orders", MOST_STATUSES)):
            own = reading.text(one, "externalId", reading.LONGEST_ID)
            order = seen_orders(visit).filter(pk__in=reading.wholes([reading.text(one, "id", 20)])).first()
            if order is None or not own:
                wrong[f"orders[{place}]"] = "Order not found."
                continue
            try:
                keeping.note_external_id(order, own, by=visit.by, at=visit.now)
            except DomainError as refusal:
                wrong[f"orders[{place}]"] = sentence(refusal)
        if wrong:
            raise BadEntity(wrong)
        return answered({})


def _read(said: Entity, visit: Visit) -> Read:
    return _named(taking.reader(said, visit.own_site, visit).read(), visit)


def _named(read: Read, visit: Visit) -> Read:
    """Keep with the order which of the shop's customers it named."""
    known = keeping.named_customer(read, visit.own_site) if read.customer else None
    if known is None:
        return read
    new = replace(read.new, source=taking.with_customer(read.new.source, known.pk))
    return replace(read, new=new)


def _after(order: Order, read: Read, visit: Visit) -> Order:
    """Do what follows from an order that was just taken in: its payments, its customer, its status."""
    keeping.keep_beside(order, read, at=visit.now)
    if read.status is not None:
        order = editing.begin_status(order, read.status, visit)
    return order


def _uploaded(
    said: Sequence[Entity], orders: Sequence[Order], wrong: dict[int, dict[str, str]], visit: Visit
) -> HttpResponse:
    uploaded = [{"id": order.pk, "externalId": order.external_id} for order in orders]
    if not wrong:
        return answered({"uploadedOrders": uploaded, "orders": show_orders(orders, visit)}, 201)
    failed = [{"externalId": reading.text(said[place], "externalId", reading.LONGEST_ID)} for place in sorted(wrong)]
    errors = {f"orders[{place}].{name}": why for place in sorted(wrong) for name, why in wrong[place].items()}
    more: dict[str, Any] = {"uploadedOrders": uploaded, "failedOrders": failed}
    return refused(PARTLY, LOADED_WITH_ERRORS, errors, more)
