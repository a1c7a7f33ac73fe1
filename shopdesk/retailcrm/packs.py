"""Packs over API v5: the papers of pieces set aside for a line. Goods move by scans at the table, never by a paper."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from orders import changes, journal
from orders.inbox.applying import Verdict
from orders.inbox.asked import UNASKED, Cause
from orders.models import InboundMessage, JournalEvent, Location, Order, OrderLine
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.envelope import answered
from shopdesk.base.errors import DomainError, Malformed, Missing
from shopdesk.retailcrm import history, inboxed, reading
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.finding import seen_orders
from shopdesk.retailcrm.inboxed import Fate
from shopdesk.retailcrm.models import Pack
from shopdesk.retailcrm.reading import Entity, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.showing import amount

State = InboundMessage.State
CREATE, EDIT, DELETE = "v5/packs/create", "v5/packs/edit", "v5/packs/delete"
MOST_PIECES = 100_000
GONE = (Status.CANCELLED, Status.RETURNED, Status.LOST)
PAPERS = {"invoiceNumber": "invoice_number", "deliveryNoteNumber": "note_number"}


class NotSetAside(DomainError):
    """A pack would hold more pieces than are set aside for its line."""

    sentence = _("%(there)s pieces of this line are set aside and in no pack yet.")


class List(Door):
    """Many packs."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of them."""
        visit = self.visit(request)
        limit, page = reading.paging(visit.query)
        asked = reading.filters(visit.query)
        rows = _seen(visit)
        for name, column in (("store", "location__in"), ("itemId", "line__in"), ("orderId", "line__order__in")):
            if values := [one for one in asked.get(name, ()) if one]:
                rows = rows.filter(**{column: _stores(values) if name == "store" else reading.wholes(values)})
        if values := [one for one in asked.get("orderExternalId", ()) if one]:
            rows = rows.filter(line__order__external_id__in=values)
        found, told = paged(rows.select_related("line__order", "line__product").order_by("pk"), limit, page)
        return answered({"pagination": told, "packs": [show_pack(row) for row in found]})


class Create(Door):
    """A new pack."""

    def post(self, request: Request) -> HttpResponse:
        """Set the line's goods aside if they are not, and note the pack."""
        visit = self.visit(request)
        channel = visit.only_site or _line(visit, reading.entity(visit.fields, "pack")).order.channel
        with inboxed.kept(visit, channel, CREATE, visit.fields.get("pack") or "", {}) as fate:
            row = create(visit, fate)
        return answered({"id": row.pk}, 201)


class One(Door):
    """One pack."""

    def get(self, request: Request, pack_id: int) -> HttpResponse:
        """Give it."""
        return answered({"pack": show_pack(_find(self.visit(request), pack_id))})


class Edit(Door):
    """A pack as it shall be."""

    def post(self, request: Request, pack_id: int) -> HttpResponse:
        """Change what is sent; the rest stays."""
        visit = self.visit(request)
        channel = visit.only_site or _find(visit, pack_id).line.order.channel
        names = inboxed.names_of(visit, str(pack_id))
        with inboxed.kept(visit, channel, EDIT, visit.fields.get("pack") or "", names) as fate:
            row = edit(visit, fate)
        return answered({"id": row.pk})


class Delete(Door):
    """A pack that is none."""

    def post(self, request: Request, pack_id: int) -> HttpResponse:
        """Take it away; what is set aside stays with the order."""
        visit = self.visit(request)
        channel = visit.only_site or _find(visit, pack_id).line.order.channel
        with inboxed.kept(visit, channel, DELETE, inboxed.NO_TEXT, inboxed.names_of(visit, str(pack_id))) as fate:
            delete(visit, fate)
        return answered({})


class History(Door):
    """What became of packs since."""

    def get(self, request: Request) -> HttpResponse:
        """Give it in the order of the feed."""
        visit = self.visit(request)
        return history.answer(visit, _events(visit), _records)


def create(visit: Visit, fate: Fate) -> Pack:
    """Set a line's goods aside if they are not, and note the pack. Raises BadEntity, NotSetAside."""
    said = reading.entity(visit.fields, "pack")
    line = _line(visit, said)
    row = Pack(line=line, location_id=line.order.location_id, quantity=1)
    _read(row, said, line)
    fate.said = _understood(row)
    changes.allocate(line.order_id, at=visit.now)
    return keep(row, by=visit.by, at=visit.now, cause=fate.cause)


def edit(visit: Visit, fate: Fate) -> Pack:
    """Change what is sent of a pack. Raises BadEntity, Missing, NotSetAside."""
    row = _find(visit, _named(fate))
    _read(row, reading.entity(visit.fields, "pack"), row.line)
    fate.said = _understood(row)
    return keep(row, by=visit.by, at=visit.now, cause=fate.cause)


def delete(visit: Visit, fate: Fate) -> None:
    """Take a pack away. Raises Missing."""
    take_away(_find(visit, _named(fate)), by=visit.by, at=visit.now, cause=fate.cause)


@transaction.atomic(durable=True)
def keep(row: Pack, *, by: Actor, at: datetime, cause: Cause = UNASKED) -> Pack:
    """Write a pack, new or changed. Raises NotSetAside when its line has fewer pieces than its packs would hold.

    What the shop said before something that is done already changes nothing.
    """
    cause.lock()
    order = Order.objects.lock(row.line.order_id)
    if row.pk and cause.is_overtaken(about(row)):
        cause.mark(_done("older", order), about(row), at=at)
        return row
    line = OrderLine.objects.get(pk=row.line_id)
    others = Pack.objects.filter(line=line, removed_at=None).exclude(pk=row.pk).aggregate(Sum("quantity"))
    there = line.reserved + line.picked - (others["quantity__sum"] or 0)
    if row.quantity > there or order.status in GONE:
        raise NotSetAside(detail={"there": max(there, 0)})
    kind = "pack.changed" if row.pk else "pack.made"
    row.save()
    _journal(kind, row, order, by=by, at=at)
    cause.mark(_done("pack", order), about(row), at=at)
    return row


@transaction.atomic(durable=True)
def take_away(row: Pack, *, by: Actor, at: datetime, cause: Cause = UNASKED) -> None:
    """Take a pack away. Raises Missing when it is."""
    cause.lock()
    order = Order.objects.lock(row.line.order_id)
    if not Pack.objects.filter(pk=row.pk, removed_at=None).update(removed_at=at):
        raise Missing
    _journal("pack.removed", row, order, by=by, at=at)
    cause.mark(_done("pack_gone", order), about(row), at=at)


def about(row: Pack) -> str:
    """Name a pack in the inbox."""
    return f"pack:{row.pk}"


def show_pack(row: Pack) -> dict[str, Any]:
    """Show one pack."""
    line, currency = row.line, row.line.order.currency
    code = line.external_id or line.sku
    item = {"id": line.pk, "order": {"id": line.order_id}, "offer": {"externalId": code, "xmlId": line.sku or code}}
    shown = {
        "id": row.pk, "quantity": row.quantity, "store": row.location_id, "item": item,
        "purchasePrice": None if row.purchase_price_minor is None else amount(row.purchase_price_minor, currency),
        "shipmentDate": row.shipped_on.isoformat() if row.shipped_on else None,
        "invoiceNumber": row.invoice_number or None, "deliveryNoteNumber": row.note_number or None,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def _done(reason: str, order: Order) -> Verdict:
    state = State.IGNORED if reason == "older" else State.APPLIED
    return Verdict(state, reason, external_id=order.external_id, order=order.pk)


def _understood(row: Pack) -> dict[str, Any]:
    """Give what was understood of a pack, in the words of the inbox's page."""
    line = row.line
    worth = row.quantity * (row.purchase_price_minor or 0)
    shown = {"sku": line.sku, "name": line.name, "quantity": row.quantity, "total_minor": worth}
    return {"external_id": line.order.external_id, "currency": line.order.currency, "lines": [shown]}


def _named(fate: Fate) -> int:
    return int(fate.row.detail["uid"])


def _journal(kind: str, row: Pack, order: Order, *, by: Actor, at: datetime) -> None:
    data: dict[str, journal.Code] = {"line": row.line_id, "quantity": row.quantity, "store": row.location_id}
    journal.record([journal.Entry(kind, order, data, subject=("pack", row.pk))], by=by, at=at)


def _line(visit: Visit, said: Entity) -> OrderLine:
    """Give the line that a pack is of. Raises BadEntity: a foreign one looks like none."""
    number = reading.wholes([text(said, "itemId", 20)])
    line = (
        OrderLine.objects.filter(pk__in=number, order__in=seen_orders(visit)).select_related("order__channel").first()
    )
    if line is None:
        raise BadEntity({"itemId": "This value is unknown."})
    return line


def _read(row: Pack, said: Entity, line: OrderLine) -> None:
    """Put what was sent on a pack. Raises BadEntity with all that is wrong."""
    wrong = {}
    if text(said, "store", 32).casefold() not in ("", line.order.location_id.casefold()):
        wrong["store"] = "This order is served by another store."
    for name, put in (("quantity", _put_quantity), ("purchasePrice", _put_price), ("shipmentDate", _put_day)):
        try:
            if said.get(name) not in (None, ""):
                put(row, said, line)
        except (ValueError, Malformed):
            wrong[name] = "This value is not valid."
    for theirs, ours in PAPERS.items():
        if theirs in said:
            setattr(row, ours, text(said, theirs, 64))
    if wrong:
        raise BadEntity(wrong)


def _put_quantity(row: Pack, said: Entity, line: OrderLine) -> None:
    row.quantity = int(reading.number(said["quantity"]) or 0)
    if not 1 <= row.quantity <= MOST_PIECES:
        raise ValueError("out of bounds")


def _put_price(row: Pack, said: Entity, line: OrderLine) -> None:
    row.purchase_price_minor = reading.minor(said["purchasePrice"], line.order.currency)


def _put_day(row: Pack, said: Entity, line: OrderLine) -> None:
    row.shipped_on = reading.day(text(said, "shipmentDate", 20))


def _stores(codes: list[str]) -> list[str]:
    """Give the locations that some codes mean, whatever their letters' case."""
    wanted = {code.casefold() for code in codes}
    return [code for code in Location.objects.values_list("code", flat=True) if code.casefold() in wanted]


def _seen(visit: Visit) -> Any:
    return Pack.objects.for_subject(visit.subject).filter(removed_at=None, line__order__in=seen_orders(visit))


def _find(visit: Visit, pack_id: int) -> Pack:
    found: Pack | None = _seen(visit).filter(pk=pack_id).select_related("line__order__channel", "line__product").first()
    if found is None:
        raise Missing
    return found


def _events(visit: Visit) -> history.Chosen:
    return lambda alias: (
        JournalEvent.objects.using(alias)
        .for_subject(visit.subject)
        .filter(subject_kind="pack", order__in=seen_orders(visit).using(alias).values("pk"))
    )


def _records(events: list[JournalEvent], visit: Visit) -> list[list[dict[str, Any]]]:
    numbers = [int(event.subject_id) for event in events]
    packs = Pack.objects.select_related("line__order", "line__product").in_bulk(numbers)
    return [[_of_event(event, show_pack(packs[int(event.subject_id)]))] for event in events]


def _of_event(event: JournalEvent, shown: dict[str, Any]) -> dict[str, Any]:
    if event.kind == "pack.removed":
        return {"deleted": True, "field": "store", "oldValue": {"code": event.data["store"]}, "pack": shown}
    if event.kind == "pack.made":
        return {"created": True, "field": "store", "newValue": {"code": event.data["store"]}, "pack": shown}
    return {"field": "quantity", "oldValue": None, "newValue": event.data["quantity"], "pack": shown}
