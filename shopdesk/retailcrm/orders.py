"""Orders over API v5: taken in one by one and fifty at once, changed, read, listed."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from orders import intake
from orders.inbox import asked
from orders.inbox.applying import Verdict
from orders.models import Order
from shopdesk.base.envelope import answered, refused
from shopdesk.base.errors import DomainError
from shopdesk.retailcrm import inboxed, keeping, reading, taking
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.finding import filtered, find_order, seen_orders
from shopdesk.retailcrm.inboxed import Fate
from shopdesk.retailcrm.reading import Entity
from shopdesk.retailcrm.refusals import BadEntity, sentence
from shopdesk.retailcrm.showing import Beside, show_order, show_orders, show_status

MOST_STATUSES = 500
LOADED_WITH_ERRORS = "Orders are loaded with errors"
PARTLY = 460  # the protocol's own status: some were taken, some were not


class Create(Door):
    """A new order."""

    def post(self, request: Request) -> HttpResponse:
        """Take it in. One that exists in this site is refused, never doubled: the modules then edit it."""
        visit = self.visit(request)
        raw = visit.fields.get("order") or ""
        with inboxed.kept(visit, visit.own_site, inboxed.CREATE, raw, {}) as fate:
            order = inboxed.create(reading.entity(visit.fields, "order"), visit, fate)
        return answered({"id": order.pk, "order": show_order(order, visit)}, 201)


class Upload(Door):
    """Up to fifty orders at once; each stands alone."""

    def post(self, request: Request) -> HttpResponse:
        """Take in what can be read; what cannot is named, with 460, and the good ones are stored all the same."""
        visit = self.visit(request)
        raw = visit.fields.get("orders") or ""
        with inboxed.kept(visit, visit.own_site, inboxed.UPLOAD, raw, {}) as whole:
            said = reading.entities(visit.fields, "orders")
            fates = inboxed.keep_all(whole, said, inboxed.CREATE, at=visit.now)
        wrong = self._read(said, fates, visit)
        orders = self._take(fates, wrong, visit)
        asked.settle([(fate.row, self._verdict(fate, wrong.get(place))) for place, fate in enumerate(fates)],
                     at=visit.now)  # fmt: skip
        return _uploaded(said, orders, wrong, visit)

    def _read(self, said: Sequence[Entity], fates: Sequence[Fate], visit: Visit) -> dict[int, dict[str, str]]:
        products = taking.products_of(said)
        wrong: dict[int, dict[str, str]] = {}
        for place, (one, fate) in enumerate(zip(said, fates, strict=True)):
            try:
                fate.read = inboxed.named(taking.reader(one, visit.own_site, visit, products).read(), visit)
            except BadEntity as refusal:
                wrong[place] = dict(refusal.errors or {})  # type: ignore[arg-type]  # a bad entity says it by field
        return wrong

    def _take(self, fates: Sequence[Fate], wrong: dict[int, dict[str, str]], visit: Visit) -> list[Order]:
        good = [(place, fate, fate.read) for place, fate in enumerate(fates) if fate.read is not None]
        taken = intake.take_in_many([read.new for _p, _f, read in good], by=visit.by, at=visit.now) if good else []
        orders = []
        for (place, fate, read), found in zip(good, taken, strict=True):
            fate.order = found.order
            if found.clash or not found.created:
                keeping.keep_beside(found.order, read, at=visit.now)
                wrong[place] = {"externalId": inboxed.EXISTS}
                continue
            fate.reason = "taken"
            try:
                orders.append(inboxed.after(found.order, read, visit))
            except BadEntity:  # it is taken; only its status is not what the shop asked for
                orders.append(found.order)
        return orders

    def _verdict(self, fate: Fate, wrong: dict[str, str] | None) -> Verdict:
        return fate.verdict if wrong is None else fate.refused(BadEntity(wrong))


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
        channel = visit.only_site or find_order(visit, uid).channel
        names = inboxed.names_of(visit, uid)
        with inboxed.kept(visit, channel, inboxed.EDIT, visit.fields.get("order") or "", names) as fate:
            order = find_order(visit, uid)
            order = inboxed.edit(reading.entity(visit.fields, "order"), visit, fate, order)
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
