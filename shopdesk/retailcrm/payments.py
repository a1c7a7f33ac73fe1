"""Payments over API v5: promised, paid, taken back. What is paid is booked by the desk, once."""

from django.http import HttpResponse
from rest_framework.request import Request

from orders.models import Order
from shopdesk.base.envelope import answered
from shopdesk.base.errors import Missing
from shopdesk.retailcrm import inboxed, keeping, reading, taking
from shopdesk.retailcrm.door import Door, Visit
from shopdesk.retailcrm.finding import find_order, seen_orders
from shopdesk.retailcrm.inboxed import Fate
from shopdesk.retailcrm.models import PromisedPayment
from shopdesk.retailcrm.reading import Entity, part, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.taking import NewPayment

CREATE, EDIT, DELETE = "v5/payments/create", "v5/payments/edit", "v5/payments/delete"


class Create(Door):
    """A new payment of an order."""

    def post(self, request: Request) -> HttpResponse:
        """Keep it, and book it if it is paid."""
        visit = self.visit(request)
        channel = visit.only_site or _order_of(visit, reading.entity(visit.fields, "payment")).channel
        with inboxed.kept(visit, channel, CREATE, visit.fields.get("payment") or "", {}) as fate:
            row = create(visit, fate)
        return answered({"id": row.pk}, 201)


class Edit(Door):
    """A payment as its shop would have it."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Change what is sent; the rest stays."""
        visit = self.visit(request)
        names = inboxed.names_of(visit, uid)
        channel = visit.only_site or find_payment(visit, **names).order.channel
        with inboxed.kept(visit, channel, EDIT, visit.fields.get("payment") or "", names) as fate:
            row = edit(visit, fate)
        return answered({"id": row.pk})


class Delete(Door):
    """A payment that is none."""

    def post(self, request: Request, uid: str) -> HttpResponse:
        """Take it back, and what was booked of it."""
        visit = self.visit(request)
        names = inboxed.names_of(visit, uid) | {"by": "id"}
        channel = visit.only_site or find_payment(visit, **names).order.channel
        with inboxed.kept(visit, channel, DELETE, inboxed.NO_TEXT, names) as fate:
            delete(visit, fate)
        return answered({})


def create(visit: Visit, fate: Fate) -> PromisedPayment:
    """Keep a new payment, and book it if it is paid. Raises BadEntity, Missing, PaymentExists, NothingPaid."""
    said = reading.entity(visit.fields, "payment")
    order = _order_of(visit, said)
    reader = taking.reader({}, order.channel, visit, {})
    new = reader.payment(said, "payment")
    if reader.wrong:
        raise BadEntity({name.removeprefix("payment."): why for name, why in reader.wrong.items()})
    if said.get("amount") in (None, ""):
        new = taking.worth(new, order.total_minor - order.paid_minor)
    fate.said = _understood(new, order)
    return keeping.promise(order, new, by=visit.by, at=visit.now, cause=fate.cause)


def edit(visit: Visit, fate: Fate) -> PromisedPayment:
    """Bring a payment to what its shop says. Raises BadEntity, Missing, NothingPaid."""
    row = find_payment(visit, **_names(fate))
    new = _changed(row, reading.entity(visit.fields, "payment"), visit)
    fate.said = _understood(new, row.order)
    return keeping.change(row, new, by=visit.by, at=visit.now, cause=fate.cause)


def delete(visit: Visit, fate: Fate) -> None:
    """Take a payment back. Raises Missing, NothingPaid."""
    keeping.remove(find_payment(visit, **_names(fate)), by=visit.by, at=visit.now, cause=fate.cause)


def find_payment(visit: Visit, uid: str, by: str) -> PromisedPayment:
    """Give a payment by the desk's id or the shop's. Raises Missing: a foreign one looks like none."""
    rows = PromisedPayment.objects.for_subject(visit.subject).filter(removed_at=None)
    rows = rows.filter(order__in=seen_orders(visit).values("pk"))
    rows = rows.filter(pk__in=reading.wholes([uid])) if by == "id" else rows.filter(external_id=uid)
    found = rows.select_related("order__channel").order_by("pk").first()
    if found is None:
        raise Missing
    return found


def _order_of(visit: Visit, said: Entity) -> Order:
    """Give the order that a payment names. Raises BadEntity, Missing."""
    named = part(said, "order")
    by = "id" if text(named, "id", 20) else "externalId"
    uid = text(named, by, reading.LONGEST_ID)
    if not uid:
        raise BadEntity({"order": "A payment names its order."})
    return find_order(visit, uid, by=by)


def _names(fate: Fate) -> dict[str, str]:
    return {name: str(fate.row.detail.get(name, "")) for name in ("uid", "by")}


def _understood(new: NewPayment, order: Order) -> dict[str, object]:
    """Give what was understood of a payment, in the words of the inbox's page."""
    return {
        "external_id": new.external_id, "payment_method": new.type, "state": new.status, "currency": order.currency,
        "stated_total_minor": new.amount_minor,
    }  # fmt: skip


def _changed(row: PromisedPayment, said: Entity, visit: Visit) -> NewPayment:
    currency = row.order.currency
    kept = {"type": row.type, "status": row.status, "externalId": row.external_id}
    reader = taking.reader({}, row.order.channel, visit, {})
    new = reader.payment(kept | {name: value for name, value in said.items() if value is not None}, "payment")
    if reader.wrong:
        raise BadEntity({name.removeprefix("payment."): why for name, why in reader.wrong.items()})
    amount = reading.minor(said.get("amount"), currency) if said.get("amount") not in (None, "") else row.amount_minor
    return NewPayment(new.type, new.status, amount, row.external_id, new.paid_at or row.paid_at)
