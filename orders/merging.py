"""Orders that belong together: merged, cut in two, linked. Promises move along, they are not made anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import customers, holds, journal, lifecycle, sourcing, stock, takings
from orders.models import JournalEvent, Location, Order, OrderAlias, OrderLine, OrderLink, Payment, SearchKey
from orders.status import CancelReason, HoldReason, Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing
from shopdesk.base.money import part_of

ASIDE = frozenset({Status.NEW, Status.CONFIRMED})  # nobody packs them yet
FIGURES = ("quantity", "reserved", "cancelled", "discount_minor", "total_minor", "tax_minor")
OF_ORDER = ("items_minor", "discount_minor", "tax_minor", "total_minor")
COPIED = (
    "channel", "location_id", "placed_at", "promised_on", "slot", "customer", "contact_name", "contact_phone",
    "contact_phone_raw", "contact_email", "zone", "delivery_method", "courier_id", "address_text", "address_country",
    "address_region", "address_region_code", "address_postcode", "address_city", "address_street", "address_house",
    "address_flat", "address_notes", "currency", "payment_method", "policy", "comment",
)  # fmt: skip
OF_LINE = ("product", "kind", "sku", "name", "instead_of", "price_minor")


class Strategy(StrEnum):
    """What becomes of the items of the order that goes: put together, the larger quantity counts, or left out."""

    SUM = "sum"
    MAX = "max"
    KEEP = "keep"


class NotAside(DomainError):
    """Somebody packs it, or it is gone."""

    sentence = _("Order %(number)s is %(status)s: only orders that nobody packs yet are merged or cut.")


class NotAlike(DomainError):
    """The two cannot be one: other money, or other shelves."""

    sentence = _("Orders %(numbers)s are in different currencies or served from different locations.")
    next_step = _("Let one location serve both first.")


class SameOrder(DomainError):
    """An order was named twice."""

    sentence = _("This is one and the same order.")


class OnePlaceHasIt(DomainError):
    """There is nothing to divide: one location has all of it, or no second one has a part."""

    sentence = _("Order %(number)s cannot be divided between locations as things are now.")
    next_step = _("Look again how it can be served.")


class NothingLeft(DomainError):
    """Cutting off everything leaves an order of nothing."""

    sentence = _("Something has to stay in the order, and something has to be cut off.")


@transaction.atomic(durable=True)
def merge(survivor: int, loser: int, strategy: Strategy, *, by: Actor, at: datetime) -> Order:
    """Make one order of two: items by the strategy with their promises, money that came in, the shop's id.

    The loser is cancelled as a duplicate; its shop sees the survivor from now on. Raises Missing, SameOrder, NotAside,
    NotAlike.
    """
    kept, gone = _locked_pair(survivor, loser)
    lines = _lines_of(kept)
    codes = _take_items(kept, lines, _lines_of(gone), strategy)
    if strategy == Strategy.SUM:
        kept.discount_minor += gone.discount_minor
    said: dict[str, journal.Code] = {"from": gone.pk, "strategy": str(strategy)}
    events = _record_change(kept, lines, codes, journal.Entry("order.merged", kept, said), by=by, at=at)
    _move_money(kept, gone, events[-1], by=by, at=at)
    OrderAlias.objects.filter(order=gone).update(order=kept)
    if gone.external_id:
        OrderAlias.objects.create(channel=gone.channel, external_id=gone.external_id, order=kept)
    _link(gone, kept, OrderLink.Kind.MERGED, by=by, at=at)
    lifecycle.move([gone], Status.CANCELLED, by=by, at=at, why=lifecycle.Why(reason=CancelReason.DUPLICATE))
    _promise_rest(kept, events)
    return kept


@transaction.atomic(durable=True)
def split(number: int, pieces: Mapping[int, int], *, by: Actor, at: datetime) -> Order:
    """Cut pieces of lines (line -> pieces) off into an order of their own. What stays keeps its promises first.

    Each line's money is cut by its pieces, to the last unit; delivery, discount and payments stay. Raises Missing,
    NotAside, NothingLeft, Malformed.
    """
    order = _locked([number])[0]
    lines = _lines_of(order)
    return _cut_off(order, lines, _wanted(lines, pieces), by=by, at=at)


@transaction.atomic(durable=True)
def split_between(number: int, *, by: Actor, at: datetime) -> list[Order]:
    """Cut an order that no location has whole into one for each location that has a part. Gives those cut off.

    What the order's own location has stays in it, and so does what is nowhere; where it has nothing, the order moves to
    the nearest location that has. Raises Missing, NotAside, OnePlaceHasIt.
    """
    order = _locked([number])[0]
    lines = _lines_of(order)
    # All at once and sorted: the parts take from one shelf after the other. Nothing is taken from the plan meanwhile.
    products = {line.product_id for line in lines if line.product_id}
    stock.lock_levels([(product, location.pk) for product in products for location in sourcing.serving()])
    plan = sourcing.plan(order)
    if plan.whole is not None or len(plan.parts) < 2:
        raise OnePlaceHasIt(detail={"number": number})
    home = next((part for part in plan.parts if part.location.pk == order.location_id), plan.parts[0])
    _move_home(order, lines, home.location, by=by, at=at)
    cut = []
    for part in plan.parts:
        if part is not home:
            wanted = _wanted(lines, _by_line(lines, part.pieces))
            cut.append(_cut_off(order, lines, wanted, location=part.location, by=by, at=at))
    return cut


def _cut_off(
    order: Order,
    lines: list[OrderLine],
    wanted: Sequence[tuple[OrderLine, int]],
    *,
    location: Location | None = None,
    by: Actor,
    at: datetime,
) -> Order:
    """Make an order of pieces of another one's lines. From elsewhere: what was promised of them here is free."""
    cut = _new_part(order, at)
    if location is not None and location.pk != order.location_id:
        stays = [(line, line.quantity - line.cancelled - count) for line, count in wanted]
        stock.take_back([(line, max(line.reserved - left, 0)) for line, left in stays], location_id=order.location_id)
        cut.location = location
    new_lines: list[OrderLine] = []
    codes: list[dict[str, journal.Code]] = []
    for line, count in wanted:
        codes.append({"sku": line.sku, "from": line.quantity, "to": line.quantity - count})
        new_lines.append(_cut(line, count, cut, len(new_lines) + 1))
    _add_up(cut, new_lines)
    lifecycle.first([cut], at=at)
    cut.save(force_insert=True)
    OrderLine.objects.bulk_create(new_lines)
    SearchKey.objects.bulk_create(SearchKey(order=cut, key=key) for key in customers.keys_of(cut))
    said: dict[str, journal.Code] = {"cut_off": cut.pk}
    events = _record_change(order, lines, codes, journal.Entry("order.split", order, said), by=by, at=at)
    _link(cut, order, OrderLink.Kind.SPLIT, by=by, at=at)
    lifecycle.begin([cut], by=by, at=at)
    _promise_rest(order, events)
    if order.status == Status.CONFIRMED and not holds_of(cut):
        lifecycle.move([cut], Status.CONFIRMED, by=by, at=at, why=lifecycle.Why(reason="split"))
    return cut


@transaction.atomic(durable=True)
def link(number: int, other: int, *, by: Actor, at: datetime, kind: str = OrderLink.Kind.RELATED) -> OrderLink:
    """Say that two orders belong together; both journals have it. Said again, it changes nothing.

    Raises Missing, SameOrder.
    """
    if number == other:
        raise SameOrder
    orders = {order.pk: order for order in _locked([number, other], aside=False)}
    first, second = orders[number], orders[other]
    present = OrderLink.objects.filter(first=first, second=second, kind=kind).first()
    if present is not None:
        return present
    made = _link(first, second, OrderLink.Kind(kind), by=by, at=at)
    entries = [
        journal.Entry("order.linked", one, {"with": another.pk, "kind": str(kind)})
        for one, another in ((first, second), (second, first))
    ]
    journal.record(entries, by=by, at=at)
    return made


@transaction.atomic(durable=True)
def unlink(link_id: int, *, by: Actor, at: datetime) -> None:
    """Take a link between two orders away, of those that a person made. Raises Missing."""
    made = OrderLink.objects.filter(pk=link_id, kind=OrderLink.Kind.RELATED).first()
    if made is None:
        raise Missing
    orders = _locked([made.first_id, made.second_id], aside=False)
    made.delete()
    journal.record([journal.Entry("order.unlinked", order, {"link": link_id}) for order in orders], by=by, at=at)


def _move_home(order: Order, lines: Sequence[OrderLine], location: Location, *, by: Actor, at: datetime) -> None:
    """Let an order be served from elsewhere before it is cut: its promises here are free, those there come after."""
    if location.pk == order.location_id:
        return
    said: dict[str, journal.Code] = {"from": order.location_id, "to": location.pk}
    journal.record([journal.Entry("order.rerouted", order, said)], by=by, at=at)
    stock.take_back([(line, line.reserved) for line in lines], location_id=order.location_id)
    order.location = location
    Order.objects.filter(pk=order.pk).update(location=location)


def _by_line(lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> dict[int, int]:
    """Say of which lines pieces of products are cut off: of the last ones first, promised pieces last of all."""
    left, found = dict(pieces), {}
    for line in sorted(lines, key=lambda line: (line.reserved > 0, -line.position)):
        product = line.product_id or 0
        there = min(line.wanted + line.reserved, left.get(product, 0))
        if there > 0:
            found[line.pk] = there
            left[product] -= there
    return found


def holds_of(order: Order) -> bool:
    """Tell whether anything holds an order now."""
    return order.holds.filter(closed_at=None).exists()


def _locked(numbers: Sequence[int], *, aside: bool = True) -> list[Order]:
    orders = Order.objects.lock_many(list(numbers))
    if len(orders) != len(set(numbers)):
        raise Missing
    for order in orders if aside else []:
        if order.status not in ASIDE:
            raise NotAside(detail={"number": order.pk, "status": Status(order.status).label})
    return orders


def _locked_pair(survivor: int, loser: int) -> tuple[Order, Order]:
    if survivor == loser:
        raise SameOrder
    orders = {order.pk: order for order in _locked([survivor, loser])}
    kept, gone = orders[survivor], orders[loser]
    if (kept.currency, kept.location_id) != (gone.currency, gone.location_id):
        raise NotAlike(detail={"numbers": f"{survivor}, {loser}"})
    return kept, gone


def _lines_of(order: Order) -> list[OrderLine]:
    return list(order.lines.select_for_update(no_key=True, of=("self",)).order_by("position"))


def _take_items(
    kept: Order, lines: list[OrderLine], others: Sequence[OrderLine], strategy: Strategy
) -> list[dict[str, journal.Code]]:
    """Bring the survivor's lines to what the strategy says, promises with them. `lines` grows. Gives what changed."""
    codes: list[dict[str, journal.Code]] = []
    for theirs in others:
        if theirs.cancelled >= theirs.quantity:
            continue
        mine = next((line for line in lines if _is_same(line, theirs)), None)
        before = mine.quantity if mine else 0
        if mine is None and strategy != Strategy.KEEP:
            mine = _moved(theirs, kept, max((line.position for line in lines), default=0) + 1)
            lines.append(mine)
        elif mine is not None:
            _grow(mine, theirs, strategy)
        if mine is not None:
            _hand_over(theirs, mine)
            if mine.quantity != before:
                codes.append({"sku": mine.sku, "from": before, "to": mine.quantity})
    OrderLine.objects.bulk_update([line for line in lines if line.pk], FIGURES)
    OrderLine.objects.bulk_update(others, ["reserved"])
    OrderLine.objects.bulk_create([line for line in lines if not line.pk])
    return codes


def _is_same(mine: OrderLine, theirs: OrderLine) -> bool:
    alike = (mine.product_id, mine.sku, mine.price_minor) == (theirs.product_id, theirs.sku, theirs.price_minor)
    return alike and mine.cancelled == 0 and bool(mine.product_id or mine.sku)


def _moved(theirs: OrderLine, kept: Order, position: int) -> OrderLine:
    line = OrderLine(order=kept, position=position, **{name: getattr(theirs, name) for name in OF_LINE})
    line.quantity, line.discount_minor = theirs.quantity - theirs.cancelled, theirs.discount_minor
    line.total_minor, line.tax_minor = theirs.total_minor, theirs.tax_minor
    return line


def _grow(mine: OrderLine, theirs: OrderLine, strategy: Strategy) -> None:
    """Put two lines of the same goods together: their pieces and money added, or the larger of the two."""
    pieces = theirs.quantity - theirs.cancelled
    if strategy == Strategy.SUM:
        mine.quantity += pieces
        mine.discount_minor += theirs.discount_minor
        mine.total_minor += theirs.total_minor
        mine.tax_minor += theirs.tax_minor
    elif strategy == Strategy.MAX and pieces > mine.quantity:
        mine.quantity, mine.discount_minor = pieces, theirs.discount_minor
        mine.total_minor, mine.tax_minor = theirs.total_minor, theirs.tax_minor


def _hand_over(theirs: OrderLine, mine: OrderLine) -> None:
    """Move promised pieces as far as the line wants them; the level knows only their sum and stays as it is."""
    if not mine.is_goods:
        return
    pieces = min(theirs.reserved, mine.quantity - mine.cancelled - mine.picked - mine.reserved)
    mine.reserved += pieces
    theirs.reserved -= pieces


def _wanted(lines: Sequence[OrderLine], pieces: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    by_id = {line.pk: line for line in lines}
    wanted = [(by_id[key], count) for key, count in sorted(pieces.items()) if count and key in by_id]
    too_many = [line for line, count in wanted if not 0 < count <= line.quantity - line.cancelled]
    if too_many or set(pieces) - set(by_id):
        raise Malformed([FieldError("/items", "max_value", _("The order has not so many pieces."))])
    left = sum(line.quantity - line.cancelled for line in lines) - sum(count for _line, count in wanted)
    if not wanted or left <= 0:
        raise NothingLeft
    return wanted


def _new_part(order: Order, at: datetime) -> Order:
    part = Order(parent=order, taken_at=at, **{name: getattr(order, name) for name in COPIED})
    part.source = {"split_from": order.pk}
    return part


def _cut(line: OrderLine, pieces: int, part: Order, position: int) -> OrderLine:
    """Cut pieces off a line with their share of its money; the pieces that stay keep their promises first."""
    whole = line.quantity - line.cancelled
    new = OrderLine(order=part, position=position, **{name: getattr(line, name) for name in OF_LINE})
    new.quantity = pieces
    for name in ("discount_minor", "total_minor", "tax_minor"):
        share = part_of(getattr(line, name), pieces, whole)
        setattr(new, name, share)
        setattr(line, name, getattr(line, name) - share)
    new.reserved = max(line.reserved - (whole - pieces), 0)
    line.reserved -= new.reserved
    if pieces == whole:  # taken off whole: the line stays as evidence, its pieces cancelled, and costs nothing
        line.cancelled = line.quantity
    else:
        line.quantity -= pieces
    return new


def _add_up(order: Order, lines: Sequence[OrderLine]) -> None:
    order.items_minor = sum(line.total_minor for line in lines)
    order.tax_minor = sum(line.tax_minor for line in lines)
    order.discount_minor = min(order.discount_minor, order.items_minor)
    order.total_minor = order.items_minor + order.delivery_minor + order.fees_minor - order.discount_minor


def _record_change(
    order: Order,
    lines: Sequence[OrderLine],
    codes: Sequence[Mapping[str, journal.Code]],
    entry: journal.Entry,
    *,
    by: Actor,
    at: datetime,
) -> list[JournalEvent]:
    """Write the order's new figures, and say so as any other change of lines is said: who had it open is told."""
    OrderLine.objects.bulk_update([line for line in lines if line.pk], FIGURES)
    _add_up(order, lines)
    order.save(update_fields=list(OF_ORDER))
    edited = journal.Entry("order.edited", order, {"changed": {}, "lines": list(codes)})
    return journal.record([edited, entry], by=by, at=at)


def _move_money(kept: Order, gone: Order, event: JournalEvent, *, by: Actor, at: datetime) -> None:
    """Book what came in for the one as having come in for the other, account by account; nothing is owed back."""
    sums: dict[str, int] = {}
    for payment in Payment.objects.filter(order=gone):
        sums[payment.account] = sums.get(payment.account, 0) + payment.amount_minor
    if not any(sums.values()):
        return
    (left,) = journal.record([journal.Entry("order.paid_elsewhere", gone, {"to": kept.pk})], by=by, at=at)
    for account, amount in sums.items():
        moves = [
            takings.Taking(gone, Payment.Account(account), -amount),
            takings.Taking(kept, Payment.Account(account), amount),
        ]
        takings.receive(moves, [left, event])


def _link(first: Order, second: Order, kind: OrderLink.Kind, *, by: Actor, at: datetime) -> OrderLink:
    return OrderLink.objects.create(first=first, second=second, kind=kind, at=at, by=str(by))


def _promise_rest(order: Order, events: Sequence[JournalEvent]) -> None:
    """Promise what is still wanted; hold what is short, let go of holds that nothing waits for any more."""
    last = [events[-1]]
    short = stock.reserve([order], last)
    lifecycle.hold_short(short, [order], last)
    if not short:
        holds.close([order], [HoldReason.OUT_OF_STOCK, HoldReason.UNKNOWN_ITEM], by=last[0].actor, at=last[0].at)
