"""Customers over API v5: every module asks for them before it sends an order."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from orders.models import JournalEvent
from shopdesk.base.envelope import answered
from shopdesk.base.errors import Missing
from shopdesk.retailcrm import buyers, history, inboxed, reading
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.inboxed import Fate
from shopdesk.retailcrm.models import ShopCustomer, ShopCustomerRows
from shopdesk.retailcrm.reading import Entity, Filters
from shopdesk.retailcrm.refusals import BadEntity, BadParameter
from shopdesk.retailcrm.showing import show_customer

CREATE, UPLOAD, EDIT = "v5/customers/create", "v5/customers/upload", "v5/customers/edit"


class List(Door):
    """Many customers."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of them, the newest first."""
        visit = self.visit(request)
        limit, page = reading.paging(visit.query)
        rows, told = paged(_filtered(visit, reading.filters(visit.query)).order_by("-pk"), limit, page)
        return answered({"pagination": told, "customers": [show_customer(row, visit) for row in rows]})


class Create(Door):
    """A new customer."""

    def post(self, request: Request) -> HttpResponse:
        """Keep them. An id that the shop used before is refused: the modules then edit."""
        visit = self.visit(request)
        with inboxed.kept(visit, visit.own_site, CREATE, visit.fields.get("customer") or "", {}) as fate:
            row = create(reading.entity(visit.fields, "customer"), visit, fate)
        return answered({"id": row.pk}, 201)


class Upload(Door):
    """Up to fifty customers at once."""

    def post(self, request: Request) -> HttpResponse:
        """Keep those that are new; the others are named as failed."""
        visit = self.visit(request)
        done: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        with inboxed.kept(visit, visit.own_site, UPLOAD, visit.fields.get("customers") or "", {}) as whole:
            said = reading.entities(visit.fields, "customers")
            fates = inboxed.keep_all(whole, said, CREATE, at=visit.now)
        for one, fate in zip(said, fates, strict=True):
            try:
                with inboxed.settled(fate, at=visit.now):
                    row = create(one, visit, fate)
            except BadEntity:
                failed.append({"externalId": reading.text(one, "externalId", reading.LONGEST_ID)})
                continue
            done.append({"id": row.pk, "externalId": row.external_id})
        return answered({"uploadedCustomers": done, "failedCustomers": failed}, 201)


class One(Door):
    """One customer."""

    def get(self, request: Request, uid: str) -> HttpResponse:
        """Give them, by the shop's id or the desk's."""
        visit = self.visit(request)
        return answered({"customer": show_customer(find_customer(visit, uid), visit)})


class Edit(Door):
    """A customer as their shop would have them."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Change what is sent; the rest stays."""
        visit = self.visit(request)
        channel = visit.only_site or find_customer(visit, uid).channel
        names = inboxed.names_of(visit, uid)
        with inboxed.kept(visit, channel, EDIT, visit.fields.get("customer") or "", names) as fate:
            row = edit(visit, fate, uid)
        return answered({"id": row.pk})


class FixExternalIds(Door):
    """The shop's ids of customers that it got from the desk."""

    def post(self, request: Request) -> HttpResponse:
        """Note them."""
        visit = self.visit(request)
        wrong = {}
        for place, one in enumerate(reading.entities(visit.fields, "customers", 500)):
            row = _seen(visit).filter(pk__in=reading.wholes([reading.text(one, "id", 20)])).first()
            own = buyers.read({"externalId": one.get("externalId")})
            if row is None or not own.external_id:
                wrong[f"customers[{place}]"] = "Customer not found."
                continue
            buyers.change(row, own, by=visit.by, at=visit.now)
        if wrong:
            raise BadEntity(wrong)
        return answered({})


class History(Door):
    """What became of customers since."""

    def get(self, request: Request) -> HttpResponse:
        """Give it in the order of the feed, its ids ascending without a later one ever coming before."""
        visit = self.visit(request)
        return history.answer(visit, _events(visit), _records)


def create(said: Entity, visit: Visit, fate: Fate) -> ShopCustomer:
    """Keep a new customer of the shop. Raises BadEntity."""
    new = buyers.read(said)
    fate.said = buyers.understood(new, visit.own_site)
    return buyers.make(new, channel=visit.own_site, by=visit.by, at=visit.now, cause=fate.cause)


def edit(visit: Visit, fate: Fate, uid: str) -> ShopCustomer:
    """Change what the shop says anew of a customer. Raises BadEntity, Missing."""
    row = find_customer(visit, uid)
    said = buyers.read(reading.entity(visit.fields, "customer"))
    fate.said = buyers.understood(said, row.channel)
    return buyers.change(row, said, by=visit.by, at=visit.now, cause=fate.cause)


def find_customer(visit: Visit, uid: str) -> ShopCustomer:
    """Give one customer. Raises Missing: a foreign one looks like one that is not there."""
    by = reading.sent(visit.fields, "by") or reading.sent(visit.query, "by") or "externalId"
    if by not in ("externalId", "id"):
        raise BadParameter("by", "This value is not valid.")
    rows = _seen(visit)
    rows = rows.filter(pk__in=reading.wholes([uid])) if by == "id" else rows.filter(external_id=uid)
    found = rows.order_by("pk").first()
    if found is None:
        raise Missing
    return found


def _seen(visit: Visit) -> ShopCustomerRows:
    rows = ShopCustomer.objects.for_subject(visit.subject)
    return rows.filter(channel=visit.site) if visit.site else rows


def _filtered(visit: Visit, asked: Filters) -> ShopCustomerRows:
    rows = _seen(visit)
    said = {name: [one for one in values if one] for name, values in asked.items()}
    if numbers := said.get("ids"):
        rows = rows.filter(pk__in=reading.wholes(numbers))
    if own := said.get("externalIds"):
        rows = rows.filter(external_id__in=own)
    if mails := said.get("email"):
        rows = rows.filter(email=mails[0].strip().casefold())
    if names := said.get("name"):
        rows = rows.filter(_named(names[0], visit))
    return rows


def _named(text: str, visit: Visit) -> Q:
    """Say which customers a text finds: a phone, or the beginning of a name."""
    digits = "".join(one for one in text if one.isdigit())
    if len(digits) >= 7 and not any(one.isalpha() for one in text):
        return Q(customer__search_keys__key=digits[-10:])
    words = text.split() or [""]
    return Q(first_name__istartswith=words[0]) | Q(last_name__istartswith=words[0])


def _events(visit: Visit) -> history.Chosen:
    """Choose what became of customers of the sites that the asker sees."""
    sites = [visit.site.pk] if visit.site else list(visit.sites.values_list("pk", flat=True))
    return lambda alias: JournalEvent.objects.using(alias).filter(subject_kind="shop_customer", data__channel__in=sites)


def _records(events: list[JournalEvent], visit: Visit) -> list[list[dict[str, Any]]]:
    """Give the records of each event: that a customer was made, or which fields changed."""
    rows = _seen(visit).in_bulk([int(event.subject_id) for event in events])
    found = []
    for event in events:
        row = rows.get(int(event.subject_id))
        found.append(_of_event(event, show_customer(row, visit)) if row else [])
    return found


def _of_event(event: JournalEvent, shown: dict[str, Any]) -> list[dict[str, Any]]:
    if event.kind == "shop_customer.made":
        return [{"created": True, "field": "id", "oldValue": None, "newValue": shown["id"], "customer": shown}]
    names = {"external_id": "externalId", "first_name": "firstName", "last_name": "lastName"}
    return [
        {"field": name, "oldValue": None, "newValue": shown.get(names.get(name, name)), "customer": shown}
        for name in event.data["fields"]
    ]
