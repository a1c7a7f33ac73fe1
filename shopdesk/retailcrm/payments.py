"""Payments over API v5: promised, paid, taken back. What is paid is booked by the desk, once."""

from django.http import HttpResponse
from rest_framework.request import Request

from shopdesk.base.envelope import answered
from shopdesk.base.errors import Missing
from shopdesk.retailcrm import keeping, reading, taking
from shopdesk.retailcrm.door import Door, Visit
from shopdesk.retailcrm.finding import find_order, seen_orders
from shopdesk.retailcrm.models import PromisedPayment
from shopdesk.retailcrm.reading import Entity, part, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.taking import NewPayment


class Create(Door):
    """A new payment of an order."""

    def post(self, request: Request) -> HttpResponse:
        """Keep it, and book it if it is paid."""
        visit = self.visit(request)
        said = reading.entity(visit.fields, "payment")
        named = part(said, "order")
        by = "id" if text(named, "id", 20) else "externalId"
        uid = text(named, by, reading.LONGEST_ID)
        if not uid:
            raise BadEntity({"order": "A payment names its order."})
        order = find_order(visit, uid, by=by)
        reader = taking.reader({}, order.channel, visit, {})
        new = reader.payment(said, "payment")
        if reader.wrong:
            raise BadEntity({name.removeprefix("payment."): why for name, why in reader.wrong.items()})
        if said.get("amount") in (None, ""):
            new = taking.worth(new, order.total_minor - order.paid_minor)
        return answered({"id": keeping.promise(order, new, by=visit.by, at=visit.now).pk}, 201)


class Edit(Door):
    """A payment as its shop would have it."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Change what is sent; the rest stays."""
        visit = self.visit(request)
        row = find_payment(visit, uid, reading.sent(visit.fields, "by") or "externalId")
        said = reading.entity(visit.fields, "payment")
        new = _changed(row, said, visit)
        return answered({"id": keeping.change(row, new, by=visit.by, at=visit.now).pk})


class Delete(Door):
    """A payment that is none."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Take it back, and what was booked of it."""
        visit = self.visit(request)
        keeping.remove(find_payment(visit, uid, "id"), by=visit.by, at=visit.now)
        return answered({})


def find_payment(visit: Visit, uid: str, by: str) -> PromisedPayment:
    """Give a payment by the desk's id or the shop's. Raises Missing: a foreign one looks like none."""
    rows = PromisedPayment.objects.for_subject(visit.subject).filter(removed_at=None)
    rows = rows.filter(order__in=seen_orders(visit).values("pk"))
    rows = rows.filter(pk__in=reading.wholes([uid])) if by == "id" else rows.filter(external_id=uid)
    found = rows.select_related("order__channel").order_by("pk").first()
    if found is None:
        raise Missing
    return found


def _changed(row: PromisedPayment, said: Entity, visit: Visit) -> NewPayment:
    currency = row.order.currency
    kept = {"type": row.type, "status": row.status, "externalId": row.external_id}
    reader = taking.reader({}, row.order.channel, visit, {})
    new = reader.payment(kept | {name: value for name, value in said.items() if value is not None}, "payment")
    if reader.wrong:
        raise BadEntity({name.removeprefix("payment."): why for name, why in reader.wrong.items()})
    amount = reading.minor(said.get("amount"), currency) if said.get("amount") not in (None, "") else row.amount_minor
    return NewPayment(new.type, new.status, amount, row.external_id, new.paid_at or row.paid_at)
