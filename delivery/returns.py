"""Returns: announced, received by scan, inspected piece by piece, and credited when they were paid for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery import refunds, shelving, shipments, wayback
from delivery.models import Return, ReturnLine, Shipment
from orders import journal, stock
from orders.models import JournalEvent, Order, OrderLine, Parcel, Product
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.money import part_of
from shopdesk.base.wake import wake

FROM_CUSTOMER = (Return.Kind.AFTER_DELIVERY, Return.Kind.EXCHANGE, Return.Kind.DAMAGED)


class NotWithCustomer(DomainError):
    """More pieces are to come back than the customer has."""

    sentence = _("The customer has only %(delivered)s pieces of %(sku)s of order %(number)s.")


class UnknownProduct(DomainError):
    """A return without an order names a product that the desk does not know."""

    sentence = _("There is no product %(sku)s.")


class NothingComesBack(DomainError):
    """The parcel is not out, or all of it stayed with the customer and nobody said which pieces come back."""

    sentence = _("Nothing of parcel %(parcel)s is on its way back.")


class NotAllInspected(DomainError):
    """Every piece of a return must be said to go somewhere, and no piece twice. `left` lists the difference by SKU."""

    sentence = _("The inspection does not add up to what came back.")
    next_step = _("Say for each piece: bin, quarantine, scrap, or missing.")


@dataclass(frozen=True, slots=True)
class Comeback:
    """Pieces coming back. `amount_minor`: what a paper credits for them; 0 leaves it to the order."""

    sku: str
    quantity: int
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class NewReturn:
    """A return from a customer: of an order's delivered pieces, or without an order (`NO_ORDER`).

    `services` (name, minor units) are credited beside the goods: postage, a fee.
    """

    kind: Return.Kind
    lines: Sequence[Comeback]
    order: int | None = None
    location: str = ""
    reference: str = ""
    reason: str = ""
    waybill: str = ""
    currency: str = ""
    customer_id: int | None = None
    services: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Inspected:
    """Where the inspection sends pieces: `bin` (which one: `bin`, else MAIN), `quarantine`, `scrap` or `missing`.

    `found`: what was found of them (`ReturnLine.Found`); of several words for one line the last stands.
    """

    sku: str
    quantity: int
    to: str
    bin: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """A locked return with its lines, its order and what else is credited with it."""

    row: Return
    lines: list[ReturnLine]
    order: Order | None
    amounts: Mapping[int, int] = field(default_factory=dict)
    new: NewReturn | None = None


@transaction.atomic(durable=True)
def announce(wanted: Sequence[NewReturn], *, by: Actor, at: datetime) -> list[Return]:
    """Note returns that customers have announced. The goods are theirs until they are received.

    A reference that was announced before gives the return that exists. Raises NotWithCustomer, UnknownProduct.
    """
    return [case.row for case in _announce(wanted, by=by, at=at)]


def announce_within(wanted: NewReturn, *, by: Actor, at: datetime) -> Return:
    """Announce a return within the caller's transaction: an exchange takes in what goes out in the same one."""
    return _announce_one(wanted, by=by, at=at).row


@transaction.atomic(durable=True)
def receive(returns: Sequence[int], *, by: Actor, at: datetime) -> list[Return]:
    """Scan announced returns in: their goods wait for inspection. One that is here already stays as it is."""
    return [_receive_one(pk, by=by, at=at) for pk in sorted(set(returns))]


@transaction.atomic(durable=True)
def receive_parcels(numbers: Sequence[str], *, by: Actor, at: datetime) -> list[Return]:
    """Scan parcels in that a courier brings back for good, announced by it or not. Again: stays as it is.

    Raises Missing, NothingComesBack.
    """
    rows = [_open_of_parcel(number, by=by, at=at) for number in dict.fromkeys(numbers)]
    return [_receive_one(row.pk, by=by, at=at) for row in rows]


@transaction.atomic(durable=True)
def inspect(return_id: int, lines: Sequence[Inspected], *, by: Actor, at: datetime) -> Return:
    """Say where each piece of a return goes. It is received by that, if nobody scanned it in.

    Opens a credit for what was paid for. Raises Missing, NotAllInspected.
    """
    case = _lock(return_id)
    _receive(case, by=by, at=at)
    _inspect(case, lines, by=by, at=at)
    return case.row


@transaction.atomic(durable=True)
def inspect_parcel(number: str, lines: Sequence[Inspected], *, by: Actor, at: datetime) -> Return:
    """Inspect what came back of a parcel; of one that was delivered, the inspected pieces are what came back.

    Raises Missing, NothingComesBack, NotWithCustomer, NotAllInspected.
    """
    parcel = Parcel.objects.select_related("order").filter(number=number).first()
    if parcel is None:
        raise Missing
    expected = Return.objects.filter(parcel=parcel).exclude(state=Return.State.INSPECTED).exists()
    if parcel.state == Parcel.State.KEPT and not expected:
        counted = [Comeback(line.sku, line.quantity) for line in lines]
        new = NewReturn(Return.Kind.AFTER_DELIVERY, counted, order=parcel.order_id)
        case = _announce([new], by=by, at=at)[0]
    else:
        case = _lock(_open_of_parcel(number, by=by, at=at).pk)
    _receive(case, by=by, at=at)
    _inspect(case, lines, by=by, at=at)
    return case.row


@transaction.atomic(durable=True)
def take_back(wanted: Sequence[NewReturn], *, by: Actor, at: datetime, bin_code: str = stock.MAIN) -> list[Return]:
    """Take returns over the counter: received, found good, put into one bin and credited in the same minute.

    A reference that was taken back before changes nothing.
    """
    cases = _announce(wanted, by=by, at=at)
    for case in cases:
        if case.row.state == Return.State.INSPECTED:
            continue
        _receive(case, by=by, at=at)
        good = [Inspected(line.product.sku, line.quantity, "bin", bin_code) for line in case.lines]
        _inspect(case, good, by=by, at=at)
    return [case.row for case in cases]


def _announce(wanted: Sequence[NewReturn], *, by: Actor, at: datetime) -> list[_Case]:
    return [_announce_one(new, by=by, at=at) for new in wanted]


def _announce_one(new: NewReturn, *, by: Actor, at: datetime) -> _Case:
    if new.reference and (known := Return.objects.filter(reference=new.reference).first()):
        return _lock(known.pk)
    order = _lock_order(new.order)
    found = _lines_of_order(order, new.lines) if order else _lines_alone(new.lines)
    location = order.location_id if order else new.location or stock.main_location().code
    row = Return.objects.create(
        order=order, location_id=location, kind=new.kind, reference=new.reference, reason=new.reason,
        waybill=new.waybill, opened_at=at, check_at=at + wayback.LOOK_AFTER,
    )  # fmt: skip
    lines = ReturnLine.objects.bulk_create(
        ReturnLine(parent=row, line=line, product=product, quantity=pieces) for line, product, pieces, _ in found
    )
    amounts = {line.pk: amount for line, (_, _, _, amount) in zip(lines, found, strict=True)}
    _journal("return.announced", row, order, {"kind": str(new.kind)}, by=by, at=at)
    return _Case(row, lines, order, amounts, new)


def _lines_of_order(order: Order, wanted: Sequence[Comeback]) -> list[tuple[OrderLine | None, Product, int, int]]:
    """Give the delivered pieces to lines, less those that are announced already."""
    lines = list(order.lines.filter(kind="goods", product__isnull=False).select_related("product", "order"))
    waiting = ReturnLine.objects.filter(parent__order=order, parent__kind__in=FROM_CUSTOMER)
    open_rows = waiting.filter(parent__state__in=wayback.ON_ITS_WAY)
    free = {line.pk: line.delivered for line in lines}
    for row in open_rows:
        free[row.line_id or 0] = free.get(row.line_id or 0, 0) - row.quantity
    found: list[tuple[OrderLine | None, Product, int, int]] = []
    for comeback in wanted:
        own = [line for line in lines if line.sku == comeback.sku]
        delivered, left = sum(free[line.pk] for line in own), comeback.quantity
        if left > delivered:
            raise NotWithCustomer(detail={"number": order.number, "sku": comeback.sku, "delivered": delivered})
        for line in own:
            pieces = min(left, free[line.pk])
            stated = part_of(comeback.amount_minor, comeback.quantity - left + pieces, comeback.quantity)
            stated -= part_of(comeback.amount_minor, comeback.quantity - left, comeback.quantity)
            free[line.pk] -= pieces
            left -= pieces
            if pieces and line.product is not None:
                found.append((line, line.product, pieces, stated))
    return found


def _lines_alone(wanted: Sequence[Comeback]) -> list[tuple[OrderLine | None, Product, int, int]]:
    products = {row.sku: row for row in Product.objects.filter(sku__in=[one.sku for one in wanted])}
    for one in wanted:
        if one.sku not in products:
            raise UnknownProduct(detail={"sku": one.sku})
    return [(None, products[one.sku], one.quantity, one.amount_minor) for one in wanted]


def _open_of_parcel(number: str, *, by: Actor, at: datetime) -> Return:
    """Give the parcel's open return; a parcel that comes without a word gets one, of all that the courier had."""
    parcel = Parcel.objects.filter(number=number).first()
    if parcel is None:
        raise Missing
    known = Return.objects.filter(parcel=parcel).order_by("-pk").first()
    if known and (known.state != Return.State.INSPECTED or parcel.state == Parcel.State.RETURNED):
        return known
    outside = parcel.state in {Parcel.State.OUT, Parcel.State.RETURNING} and parcel.in_hands_of
    # What was given out at the counter and missed at its inspection was lost by no courier: a count finds it.
    lost = parcel.state == Parcel.State.LOST and Shipment.objects.filter(order=parcel.order_id).exists()
    if not outside and not lost:
        raise NothingComesBack(detail={"parcel": number})
    order = _lock_order(parcel.order_id)
    parcel = Parcel.objects.locked(pk=parcel.pk).get()
    if order is None:
        raise Missing
    parcel.order = order
    data: dict[str, journal.Code] = {"parcel": number}
    event = journal.record([journal.Entry("parcel.came_back", order, data)], by=by, at=at)[0]
    shipments.conclude(parcel, shipments.Outcome(Parcel.State.RETURNING, comes_back=True), event)
    shipments.owe(order.shipment, event)
    shipments.settle([order], by=by, at=at)
    return Return.objects.get(parcel=parcel, state=Return.State.ON_THE_WAY)


def _receive_one(pk: int, *, by: Actor, at: datetime) -> Return:
    """Lock, then receive: of two parcels of one order the second reads it as the first left it."""
    case = _lock(pk)
    _receive(case, by=by, at=at)
    return case.row


def _receive(case: _Case, *, by: Actor, at: datetime) -> None:
    """Move the goods to the returns place. What came from the customer is no longer with them."""
    if case.row.state not in wayback.ON_ITS_WAY:
        return
    _refuse_unless_with_customer(case)
    event = _journal("return.received", case.row, case.order, {}, by=by, at=at)
    shelving.take_in(case.row, case.lines, from_customer=_is_from_customer(case.row), event=event)
    case.row.state, case.row.received_at = Return.State.RECEIVED, at
    case.row.check_at = at + wayback.INSPECT_WITHIN
    case.row.save(update_fields=["state", "received_at", "check_at"])
    if case.order:
        shelving.turn_parcels(case.order)
        shipments.stop_watching(case.order)
        shipments.settle([case.order], by=by, at=at)


def _refuse_unless_with_customer(case: _Case) -> None:
    """Since a return was announced its courier may have said that nothing was delivered. Raises NotWithCustomer."""
    if case.order is None or not _is_from_customer(case.row):
        return
    wanted: dict[int, int] = {}
    for one in case.lines:
        wanted[one.line_id or 0] = wanted.get(one.line_id or 0, 0) + one.quantity
    for line in OrderLine.objects.filter(pk__in=wanted).order_by("pk"):
        if line.delivered < wanted[line.pk]:
            raise NotWithCustomer(detail={"number": case.order.number, "sku": line.sku, "delivered": line.delivered})


def _inspect(case: _Case, lines: Sequence[Inspected], *, by: Actor, at: datetime) -> None:
    if case.row.state == Return.State.INSPECTED:
        return
    orders_of = _where_to(case, lines)
    # As what it counts in the reports: known now, and never changed again.
    counts_as: dict[str, journal.Code] = {"kind": str(wayback.class_of(case.row, case.lines))}
    event = _journal("return.inspected", case.row, case.order, counts_as, by=by, at=at)
    shelving.put_away(case.row, orders_of, event=event, person=by.id if by.kind == "person" else None)
    case.row.state, case.row.inspected_at, case.row.check_at = Return.State.INSPECTED, at, None
    case.row.save(update_fields=["state", "inspected_at", "check_at"])
    _credit(case, event)
    if case.order:
        shelving.finish_parcels(case.order)
        shipments.settle([case.order], by=by, at=at)
    wake("orders.tasks.allocate")


def _where_to(case: _Case, lines: Sequence[Inspected]) -> list[shelving.Destination]:
    """Give each inspected piece to a line of the return. Raises NotAllInspected."""
    left = {line.pk: line.quantity for line in case.lines}
    found: list[shelving.Destination] = []
    over: dict[str, int] = {}
    for one in lines:
        pieces = one.quantity
        for line in case.lines:
            part = min(pieces, left[line.pk]) if line.product.sku == one.sku else 0
            if part:
                found.append(shelving.Destination(line, part, one.to, one.bin))
                line.found = one.found or line.found
                left[line.pk] -= part
                pieces -= part
        if pieces:
            over[one.sku] = over.get(one.sku, 0) - pieces
    for line in case.lines:
        if left[line.pk]:
            over[line.product.sku] = over.get(line.product.sku, 0) + left[line.pk]
    if over:
        raise NotAllInspected(detail={"left": [{"sku": sku, "quantity": number} for sku, number in over.items()]})
    return found


def _credit(case: _Case, event: JournalEvent) -> None:
    if case.order is not None:
        services = case.new.services if case.new else ()
        stated = case.amounts if any(case.amounts.values()) else {}
        refunds.owe_for_order(case.order, case.row, services, event, stated=stated)
    elif case.new is not None:
        refunds.owe_alone(
            case.row, case.lines, case.amounts, event,
            terms=refunds.Terms(case.new.currency, case.new.customer_id, case.new.services),
        )  # fmt: skip


def _is_from_customer(row: Return) -> bool:
    return row.parcel_id is None


def _lock(pk: int) -> _Case:
    """Lock a return, then its order and parcels. Raises Missing."""
    row = Return.objects.locked(pk=pk).first()
    if row is None:
        raise Missing
    order = _lock_order(row.order_id)
    lines = list(row.lines.select_related("line__order", "product").order_by("pk"))
    return _Case(row, lines, order)


def _lock_order(number: int | None) -> Order | None:
    if number is None:
        return None
    shipment = Shipment.objects.locked(order=number).first()
    order = Order.objects.locked(number=number).first()
    if order is None:
        raise Missing
    list(Parcel.objects.locked(order=order))
    if shipment:
        shipment.order, order.shipment = order, shipment
    return order


def _journal(
    kind: str, row: Return, order: Order | None, data: dict[str, journal.Code], *, by: Actor, at: datetime
) -> JournalEvent:
    return journal.record([journal.Entry(kind, order, data, subject=("return", row.pk))], by=by, at=at)[0]
