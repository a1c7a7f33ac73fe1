"""Transfers: goods leave one location, are in transit, and arrive at another. Two steps, each piece accounted for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.models import JournalEvent, Place, Product, Transfer, TransferLine
from shopdesk.base.access import Actor
from shopdesk.base.bulk import add_integers
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake


class NothingSent(DomainError):
    """A transfer without a line."""

    sentence = _("A transfer needs a line.")


class GoesNowhere(DomainError):
    """The goods were to be sent to where they are."""

    sentence = _("The goods are in location %(location)s already.")
    next_step = _("Carry them from bin to bin instead.")


class NotTransferable(DomainError):
    """A product was named that is unknown, or that is a service."""

    sentence = _("%(skus)s cannot be sent: it is unknown, or a service.")


class AlreadyArrived(DomainError):
    """All of the transfer is accounted for."""

    sentence = _("Transfer %(transfer)s has arrived already.")


class NotOnTheWay(DomainError):
    """More pieces arrived than were sent, or others."""

    sentence = _("Only %(left)s pieces of %(sku)s are on the way in transfer %(transfer)s.")
    next_step = _("Receive what was sent, then count the bin: the count says what is over.")


@dataclass(frozen=True, slots=True)
class Sent:
    """Pieces of a product taken from a bin of the sending location."""

    sku: str
    quantity: int
    bin: str = "MAIN"


@dataclass(frozen=True, slots=True)
class Arrived:
    """Pieces of a product put into a bin of the receiving location."""

    sku: str
    quantity: int
    bin: str = "MAIN"


@transaction.atomic(durable=True)
def send(pieces: Sequence[Sent], *, source: str, target: str, by: Actor, at: datetime) -> Transfer:
    """Take goods off the shelf of one location and send them to another. What is promised to orders stays.

    Raises NothingSent, GoesNowhere, NotTransferable, UnknownLocation, UnknownBin, NotEnough.
    """
    begins, ends = stock.location_named(source), stock.location_named(target)
    if begins == ends:
        raise GoesNowhere(detail={"location": ends.code})
    if not pieces:
        raise NothingSent
    products = _products(pieces)
    bins = stock.bins_at(begins.code, {one.bin for one in pieces})
    entry = journal.Entry("transfer.sent", data={"from": begins.code, "to": ends.code, "goods": _codes(pieces)})
    (event,) = journal.record([entry], by=by, at=at)
    transfer = Transfer.objects.create(source=begins, target=ends, event=event, sent_at=at)
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, product=products[sku], quantity=quantity)
        for sku, quantity in _sums(pieces).items()
    )
    road = stock.inside(Place.Kind.TRANSIT, ends.code)
    stock.move([_move(products[one.sku], one.quantity, bins[one.bin], road, "sent", event) for one in pieces], at=at)
    return transfer


@transaction.atomic(durable=True)
def receive(transfer_id: int, pieces: Sequence[Arrived], *, by: Actor, at: datetime) -> Transfer:
    """Put what arrived into bins, all of it or a part; the rest stays on the way.

    Raises Missing, AlreadyArrived, NotOnTheWay, UnknownBin.
    """
    transfer = _locked(transfer_id)
    if not pieces:
        raise NothingSent
    lines = _lines(transfer)
    _refuse_more(transfer, lines, pieces)
    bins = stock.bins_at(transfer.target_id, {one.bin for one in pieces})
    event = _record("transfer.received", transfer, {"goods": _codes(pieces)}, by=by, at=at)
    road = stock.inside(Place.Kind.TRANSIT, transfer.target_id)
    moves = [
        _move(lines[one.sku].product, one.quantity, road, bins[one.bin], "arrived", event) for one in pieces
    ]  # fmt: skip
    stock.move(moves, at=at)
    add_integers(TransferLine, ["received"], [(lines[sku].pk, n) for sku, n in _sums(pieces).items()])
    _end(transfer, at)
    wake("orders.tasks.allocate")
    return transfer


@transaction.atomic(durable=True)
def give_up(transfer_id: int, *, by: Actor, at: datetime) -> Transfer:
    """Say that the rest will never arrive: it is lost, and the transfer ends. Raises Missing, AlreadyArrived."""
    transfer = _locked(transfer_id)
    gone = [line for line in _lines(transfer).values() if line.left]
    data: dict[str, journal.Code] = {"goods": [{"sku": line.product.sku, "quantity": line.left} for line in gone]}
    event = _record("transfer.lost", transfer, data, by=by, at=at)
    road, lost = stock.inside(Place.Kind.TRANSIT, transfer.target_id), stock.outside(Place.Kind.LOST)
    stock.move([_move(line.product, line.left, road, lost, "lost", event) for line in gone], at=at)
    add_integers(TransferLine, ["lost"], [(line.pk, line.left) for line in gone])
    _end(transfer, at)
    return transfer


def _locked(transfer_id: int) -> Transfer:
    transfer = Transfer.objects.locked(pk=transfer_id).first()
    if transfer is None:
        raise Missing
    if transfer.state == Transfer.State.RECEIVED:
        raise AlreadyArrived(detail={"transfer": transfer_id})
    return transfer


def _lines(transfer: Transfer) -> dict[str, TransferLine]:
    return {line.product.sku: line for line in transfer.lines.select_related("product")}


def _refuse_more(transfer: Transfer, lines: Mapping[str, TransferLine], pieces: Sequence[Arrived]) -> None:
    for sku, quantity in _sums(pieces).items():
        left = lines[sku].left if sku in lines else 0
        if quantity > left:
            raise NotOnTheWay(detail={"left": left, "sku": sku, "transfer": transfer.pk})


def _end(transfer: Transfer, at: datetime) -> None:
    """End the transfer when nothing of it is on the way any more."""
    if any(line.left for line in transfer.lines.all()):
        return
    transfer.state, transfer.received_at = Transfer.State.RECEIVED, at
    transfer.save(update_fields=["state", "received_at"])


def _products(pieces: Sequence[Sent]) -> dict[str, Product]:
    wanted = {one.sku for one in pieces}
    found = {row.sku: row for row in Product.objects.filter(sku__in=wanted, kind=Product.Kind.GOODS)}
    if unknown := sorted(wanted - set(found)):
        raise NotTransferable(detail={"skus": ", ".join(unknown)})
    return found


def _sums(pieces: Sequence[Sent] | Sequence[Arrived]) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for one in pieces:
        sums[one.sku] += one.quantity
    return dict(sorted(sums.items()))


def _codes(pieces: Sequence[Sent] | Sequence[Arrived]) -> list[journal.Code]:
    return [{"sku": one.sku, "quantity": one.quantity, "bin": one.bin} for one in pieces]


def _move(product: Product, pieces: int, source: Place, target: Place, reason: str, event: JournalEvent) -> stock.Move:
    return stock.Move(product.pk, pieces, source, target, reason, event, unit_cost_minor=product.cost_minor)


def _record(kind: str, transfer: Transfer, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> JournalEvent:
    return journal.record([journal.Entry(kind, data=data, subject=("transfer", transfer.pk))], by=by, at=at)[0]
