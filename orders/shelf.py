"""The shelf: bins are made, and goods go from one place of a location to another, or out of use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from orders import journal, shortfall, stock
from orders.models import JournalEvent, Location, Place, Product, StockMove
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake
from shopdesk.people.limits import limits_of_actor

A_DAY = timedelta(days=1)
REASON_LENGTH = 40  # of the ledger's column


class BinExists(DomainError):
    """The location has a bin of that code."""

    sentence = _("Bin %(bin)s is there already.")


class LocationExists(DomainError):
    """There is a warehouse of that code."""

    sentence = _("Location %(location)s is there already.")


class SamePlace(DomainError):
    """Goods were to be moved to where they are."""

    sentence = _("The goods are in %(bin)s already.")


class PutBackAlready(DomainError):
    """A carrying was taken back before."""

    sentence = _("%(sku)s is back in %(bin)s already.")


class NotOnShelf(DomainError):
    """A product was named that is unknown, or that is a service."""

    sentence = _("%(skus)s cannot lie on a shelf: it is unknown, or a service.")


class NeedsAnother(DomainError):
    """It is worth more than this person may write off alone (SEC-07)."""

    sentence = _("With this you write off more within a day than you may alone.")
    next_step = _("Set it aside, and let the owner or a colleague who may write it off.")


FIRST_BIN = stock.MAIN  # every location has it from the first


class Reason(models.TextChoices):
    """Why goods leave the shelf."""

    DAMAGED = "damaged", _("damaged")
    EXPIRED = "expired", _("expired")
    RECALLED = "recalled", _("recalled")
    SAMPLE = "sample", _("sample or own use")
    DOUBTFUL = "doubtful", _("to be looked at")
    OTHER = "other", _("other")


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of a product in one bin."""

    sku: str
    quantity: int
    bin: str = "MAIN"


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper behind a write-off: its own number, booked once, and the reason as it says it, in a few words."""

    reference: str = ""
    text: str = ""


NO_PAPER = Paper()


@dataclass(frozen=True, slots=True)
class Taken:
    """What left the shelf, and the numbers of the orders that lost a promise for it."""

    moves: Sequence[StockMove]
    orders: Sequence[int]


@dataclass(frozen=True, slots=True)
class NewLocation:
    """A warehouse. `near` names the countries, regions and cities that it is nearest to, one a line."""

    code: str
    name: str
    near: str = ""
    serves: bool = True


@transaction.atomic(durable=True)
def make_location(new: NewLocation, *, by: Actor, at: datetime) -> Location:
    """Put up a warehouse with its first bin; it comes after those that are there. Raises LocationExists."""
    stock.main_location()  # the first order made it, or would have
    last = Location.objects.order_by("-position").values_list("position", flat=True)[0]
    try:
        with transaction.atomic():
            made = Location.objects.create(
                code=new.code, name=new.name, near=new.near.casefold(), serves=new.serves, position=last + 1
            )
    except IntegrityError:
        raise LocationExists(detail={"location": new.code}) from None
    stock.bin_at(made.code)
    journal.record([journal.Entry("stock.location_made", subject=("location", made.code))], by=by, at=at)
    return made


@transaction.atomic(durable=True)
def make_bin(location: str, code: str, *, by: Actor, at: datetime) -> Place:
    """Put up a new bin. Raises BinExists."""
    location = stock.location_named(location).code
    try:
        with transaction.atomic():
            place = Place.objects.create(kind=Place.Kind.BIN, location_id=location, code=code)
    except IntegrityError:
        raise BinExists(detail={"bin": code}) from None
    journal.record([journal.Entry("stock.bin_made", subject=("place", place.pk))], by=by, at=at)
    return place


@transaction.atomic(durable=True)
def carry(pieces: Pieces, *, location: str, to_bin: str, by: Actor, at: datetime) -> StockMove:
    """Carry goods from one bin to another. Promises stay: they are the location's. Raises NotEnough."""
    if pieces.bin == to_bin:
        raise SamePlace(detail={"bin": to_bin})
    target = stock.bin_at(location, to_bin)
    (event,) = _record("stock.carried", [pieces], {"to": target.pk}, by=by, at=at)
    (moved,) = stock.move(_moves([pieces], location, target, "carry", event), at=at)
    return moved


@transaction.atomic(durable=True)
def put_back(move_id: int, *, by: Actor, at: datetime) -> StockMove:
    """Take a carrying back, once. Raises Missing, PutBackAlready, NotEnough when the pieces have gone on since."""
    moves = StockMove.objects.select_related("product", "source", "target")
    carried = moves.locked(pk=move_id, reason="carry").first()
    if carried is None:
        raise Missing
    if StockMove.objects.filter(reverses=carried).exists():
        raise PutBackAlready(detail={"sku": carried.product.sku, "bin": carried.source.code})
    pieces = Pieces(carried.product.sku, carried.quantity, carried.target.code)
    (event,) = _record("stock.put_back", [pieces], {"to": carried.source_id}, by=by, at=at)
    (moved,) = stock.reverse([carried], event=event, at=at)
    return moved


def would_lose(pieces: Sequence[Pieces], *, location: str) -> list[int]:
    """Give the orders that would lose a promise if these pieces were taken out now."""
    return shortfall.would_lose(_leaving(pieces, _products(pieces), location))


def write_off(
    pieces: Sequence[Pieces], reason: Reason, *, location: str, by: Actor, at: datetime, paper: Paper = NO_PAPER
) -> Taken:
    """Scrap goods. The youngest orders lose what was promised of them. Raises NotEnough, PromisedMeanwhile.

    A paper that was booked before changes nothing and gives what it took then. Raises NeedsAnother above what this
    person may write off alone within a day, at cost.
    """
    _refuse_alone(pieces, by=by, at=at)
    scrap = stock.outside(Place.Kind.SCRAP)
    wanted = _Leaving(pieces, scrap, paper.text or str(reason), paper.reference)
    return shortfall.repeat(lambda: _take_out(wanted, location=location, by=by, at=at))


def quarantine(pieces: Sequence[Pieces], reason: Reason, *, location: str, by: Actor, at: datetime) -> Taken:
    """Set goods aside; they are not for sale until somebody brings them back. Promises as in `write_off`."""
    aside = stock.inside(Place.Kind.QUARANTINE, location)
    wanted = _Leaving(pieces, aside, str(reason))
    return shortfall.repeat(lambda: _take_out(wanted, location=location, by=by, at=at))


@transaction.atomic(durable=True)
def bring_back(pieces: Sequence[Pieces], *, location: str, by: Actor, at: datetime) -> list[StockMove]:
    """Bring goods from quarantine into bins: they are fit for sale after all. Raises NotEnough."""
    (event,) = _record("stock.quarantine_ended", pieces, {}, by=by, at=at)
    source = stock.inside(Place.Kind.QUARANTINE, location)
    products = _products(pieces)
    moves = [
        stock.Move(
            products[one.sku].pk, one.quantity, source, stock.bin_at(location, one.bin), "bring_back", event,
            unit_cost_minor=products[one.sku].cost_minor,
        )
        for one in pieces
    ]  # fmt: skip
    wake("orders.tasks.allocate")
    return stock.move(moves, at=at)


def _refuse_alone(pieces: Sequence[Pieces], *, by: Actor, at: datetime) -> None:
    """A day's sum: many small write-offs are one large one. The owner and the rules of the desk have no limit."""
    most = limits_of_actor(by).write_off_minor
    if most is None:
        return
    costs = dict(Product.objects.filter(sku__in={one.sku for one in pieces}).values_list("sku", "cost_minor"))
    worth = sum(one.quantity * costs.get(one.sku, 0) for one in pieces)
    own = StockMove.objects.filter(event__actor_kind=by.kind, event__actor_id=by.id, at__gt=at - A_DAY)
    before = own.filter(target__kind=Place.Kind.SCRAP).aggregate(sum=Sum(F("quantity") * F("unit_cost_minor")))["sum"]
    if worth + (before or 0) > most:
        raise NeedsAnother


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Goods that leave the shelf for a place, why, and the number of the paper that says so."""

    pieces: Sequence[Pieces]
    target: Place
    reason: str
    reference: str = ""


@transaction.atomic(durable=True)
def _take_out(wanted: _Leaving, *, location: str, by: Actor, at: datetime) -> Taken:
    kind = f"stock.{wanted.target.kind}"
    if wanted.reference and (known := _booked(kind, wanted.reference)):
        return Taken(list(known.moves.all()), known.data["orders"])
    products = _products(wanted.pieces)
    orders = shortfall.make_room(_leaving(wanted.pieces, products, location), by=by, at=at)
    data: dict[str, journal.Code] = {"reason": wanted.reason, "orders": orders}
    (event,) = _record(kind, wanted.pieces, data, by=by, at=at, reference=wanted.reference)
    reason = f"{wanted.target.kind}:{wanted.reason}"[:REASON_LENGTH]
    return Taken(stock.move(_moves(wanted.pieces, location, wanted.target, reason, event), at=at), orders)


def _leaving(pieces: Sequence[Pieces], products: Mapping[str, Product], location: str) -> dict[tuple[int, str], int]:
    """Sum up per product what leaves the location's bins."""
    leaving: dict[tuple[int, str], int] = {}
    for one in pieces:
        key = (products[one.sku].pk, location)
        leaving[key] = leaving.get(key, 0) + one.quantity
    return leaving


def _booked(kind: str, reference: str) -> JournalEvent | None:
    """Find what a paper booked before."""
    return JournalEvent.objects.filter(kind=kind, subject_kind="paper", subject_id=reference).first()


def _record(
    kind: str, pieces: Sequence[Pieces], data: dict[str, journal.Code], *, by: Actor, at: datetime, reference: str = ""
) -> list[JournalEvent]:
    codes: list[journal.Code] = [{"sku": one.sku, "quantity": one.quantity, "bin": one.bin} for one in pieces]
    subject = ("paper", reference) if reference else ("", "")
    return journal.record([journal.Entry(kind, data={**data, "goods": codes}, subject=subject)], by=by, at=at)


def _moves(
    pieces: Sequence[Pieces], location: str, target: Place, reason: str, event: JournalEvent
) -> list[stock.Move]:
    products = _products(pieces)
    return [
        stock.Move(
            products[one.sku].pk, one.quantity, stock.bin_at(location, one.bin), target, reason, event,
            unit_cost_minor=products[one.sku].cost_minor,
        )
        for one in pieces
    ]  # fmt: skip


def _products(pieces: Iterable[Pieces]) -> dict[str, Product]:
    wanted = {one.sku for one in pieces}
    found = {product.sku: product for product in Product.objects.filter(sku__in=wanted, kind=Product.Kind.GOODS)}
    if unknown := sorted(wanted - set(found)):
        raise NotOnShelf(detail={"skus": ", ".join(unknown)})
    return found
