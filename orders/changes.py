"""Changes between intake and the sealed parcel: edits, holds, cancellations, and giving short orders their goods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import (
    bringing,
    calltasks,
    customers,
    discounts,
    doubts,
    holds,
    journal,
    lifecycle,
    slots,
    stock,
    tariffs,
    unmet,
    whereabouts,
)
from orders.holds import NewHold, Note
from orders.models import Channel, Courier, Hold, JournalEvent, Order, OrderLine, Product
from orders.status import BEFORE_PACKED, HoldReason, Status
from shopdesk.base import phones
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing, Stale
from shopdesk.base.money import part_of

PERSONAL = (
    "contact_name", "contact_phone_raw", "contact_email", "address_text", "address_region", "address_postcode",
    "address_city", "address_street", "address_house", "address_flat", "address_notes", "comment",
)  # fmt: skip
PLAIN = (
    "address_country", "delivery_method", "courier_id", "promised_on", "slot", "delivery_minor", "discount_minor",
    "fees_minor", "delivery_by_tariff",
)  # fmt: skip
PHONE = ("contact_phone", "customer", "zone", "address_region_code")  # what follows from the phone and the address
WHEREABOUTS = {"contact_phone_raw", "address_region", "address_city", "address_text", "address_country"}
LINE_COLUMNS = ("quantity", "cancelled", "price_minor", "discount_minor", "total_minor", "tax_minor")
PROMISED = {"courier_id", "promised_on", "slot"}
EDITED = "order.edited"


class TooLate(DomainError):
    """The order is sealed or gone: what is in the parcel cannot be changed from here."""

    sentence = _("Order %(number)s is packed already, so it cannot be changed.")
    next_step = _("Open its parcel again first, or cancel it.")


class AlreadyPicked(DomainError):
    """More pieces are on the packing table than the line would have."""

    sentence = _("%(picked)s pieces of %(sku)s are picked already.")
    next_step = _("Put the order down and scan them back first.")


@dataclass(frozen=True, slots=True)
class LineEdit:
    """A line as it shall be: an existing one by `id`, or a new one by `sku`; quantity 0 takes it off the order.

    A line that a shop added has the shop's `external_id`: its SKU may be one that nobody knows yet.
    """

    quantity: int
    id: int | None = None
    sku: str = ""
    name: str = ""
    price_minor: int | None = None
    discount_minor: int | None = None
    instead_of: str = ""
    tax_minor: int | None = None
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What shall be different: columns of the order by name (`PERSONAL`, `PLAIN`), and lines. The rest stays."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[LineEdit] = ()


@transaction.atomic(durable=True)
def edit(number: int, wanted: Edit, *, version: int, by: Actor, at: datetime) -> Order:
    """Change an order that is not sealed yet; its reservation changes by the difference alone.

    Raises Stale with what differs when somebody else changed the same order since `version`; TooLate, AlreadyPicked,
    DiscountTooLarge.
    """
    order = _locked(number)
    _refuse_stale(order, version)
    return carry_out(order, wanted, by=by, at=at)


def carry_out(order: Order, wanted: Edit, *, by: Actor, at: datetime) -> Order:
    """Change an order that the caller has locked in its own transaction. Raises what `edit` raises, but for Stale."""
    if order.status not in BEFORE_PACKED:
        raise TooLate(detail={"number": order.pk})
    lines = list(order.lines.select_for_update(no_key=True).order_by("position"))
    before = discounts.read(order, lines) if _is_about_money(wanted) else None
    stood, charged = unmet.stand_of(order, lines) if wanted.lines else {}, order.delivery_minor
    changed = _change_fields(order, wanted.fields)
    if PROMISED & changed.keys():
        slots.refuse_unkept(slots.promise_of(order), at=at)
    codes = _change_lines(order, lines, wanted.lines) if wanted.lines else []
    _add_up(order, lines)
    if before is not None:
        discounts.refuse_more(before, order, lines, by=by)
    if "contact_phone_raw" in changed:
        _read_phone(order, at)
    _settle_whereabouts(order, set(changed), by=by, at=at)
    bringing.follow(order, lines, changed, charged=charged, by=by, at=at)
    order.save(update_fields=[*PERSONAL, *PLAIN, *PHONE, *tariffs.COSTS, "items_minor", "total_minor", "tax_minor"])
    events = _journal_edit(order, changed, codes, by=by, at=at)
    if "contact_phone_raw" in changed:
        _ring_new_phone(order, events)
    if wanted.lines:
        unmet.of_changed(stood, lines, events[0])
        _promise_difference(order, events)
    return order


@transaction.atomic(durable=True)
def cancel(number: int, reason: str, *, by: Actor, at: datetime) -> Order:
    """Stop an order before it is handed over. Its promises are free at once; money that came in is owed back."""
    order = _locked(number)
    lifecycle.move([order], Status.CANCELLED, by=by, at=at, why=lifecycle.Why(reason=reason))
    return order


@transaction.atomic(durable=True)
def reopen(number: int, *, by: Actor, at: datetime) -> Order:
    """Take a cancelled order up again: the customer came back. It is reserved anew and must be confirmed."""
    order = _locked(number)
    lifecycle.refuse_unless(order, {Status.CANCELLED}, Status.NEW)
    lifecycle.move([order], Status.NEW, by=by, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic(durable=True)
def agree_again(number: int, *, by: Actor, at: datetime) -> Order:
    """Send a confirmed order back to the callers: what was agreed holds no longer."""
    order = _locked(number)
    lifecycle.refuse_unless(order, {Status.CONFIRMED, Status.PICKING}, Status.NEW)
    lifecycle.move([order], Status.NEW, by=by, at=at)
    return order


@transaction.atomic(durable=True)
def hold(
    number: int, reason: HoldReason, *, note: Note = "", until: datetime | None = None, by: Actor, at: datetime
) -> Order:
    """Keep an order away from packing. A reason that is open already stays as it is."""
    order = _locked(number)
    if order.status not in BEFORE_PACKED:
        raise TooLate(detail={"number": number})
    if holds.open_holds([NewHold(order, reason, note, until)], by=by, at=at):
        journal.record([journal.Entry("order.held", order, {"reason": str(reason)})], by=by, at=at)
    return order


@transaction.atomic(durable=True)
def release_hold(number: int, hold_id: int, *, by: Actor, at: datetime) -> Order:
    """Close one hold. Raises Missing when the order has no such open hold."""
    order = _locked(number)
    found = Hold.objects.filter(pk=hold_id, order=order, closed_at=None).first()
    if found is None:
        raise Missing
    Hold.objects.filter(pk=found.pk).update(closed_at=at, closed_by=str(by))
    entry = journal.Entry("order.hold_released", order, {"reason": found.reason})
    events = journal.record([entry], by=by, at=at)
    if order.contact_phone and order.channel.contact == Channel.Contact.REQUIRED:
        calltasks.open_missing([order], events)
    lifecycle.confirm_agreed(order, at=at)
    return order


@transaction.atomic(durable=True)
def allocate(number: int, *, at: datetime) -> int:
    """Give a short order what there is by now. Gives how many pieces it got; holds that wait for goods end with it."""
    order = _locked(number)
    if order.status not in {Status.NEW, Status.CONFIRMED}:
        return 0
    _learn_products(order)
    before = _reserved(order)
    short = stock.reserve([order], [])
    got = _reserved(order) - before
    reasons = {HoldReason.OUT_OF_STOCK: any(line.product_id for line in short)}
    reasons[HoldReason.UNKNOWN_ITEM] = any(line.product_id is None for line in short)
    ended = holds.close([order], [reason for reason, still in reasons.items() if not still], by=SWEEP, at=at)
    if got or ended:
        data: dict[str, journal.Code] = {"pieces": got, "released": [hold.reason for hold in ended]}
        journal.record([journal.Entry("order.allocated", order, data)], by=SWEEP, at=at)
    if ended:
        lifecycle.confirm_agreed(order, at=at)
    return got


def _locked(number: int) -> Order:
    try:
        return Order.objects.lock(number)
    except Order.DoesNotExist:
        raise Missing from None


def _is_about_money(wanted: Edit) -> bool:
    return bool(wanted.lines) or "discount_minor" in wanted.fields


def _refuse_stale(order: Order, version: int) -> None:
    """Refuse only when what happened since is a change that the person did not see; calls and scans do not count."""
    since = JournalEvent.objects.filter(order=order, seq__gt=version)
    differs: dict[str, tuple[Any, Any]] = {}
    for event in since.prefetch_related("personal_values"):
        if event.to_status and event.from_status:
            differs["status"] = (event.from_status, order.status)
        if event.kind == EDITED:
            differs.update({name: tuple(pair) for name, pair in event.data.get("changed", {}).items()})
            differs.update({value.field: (value.old, value.new) for value in event.personal_values.all()})
            if event.data.get("lines"):
                differs["items"] = (None, event.data["lines"])
    if differs:
        raise Stale(differs)


def _change_fields(order: Order, fields: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set the columns that differ. Gives (old, new) of each."""
    if (code := fields.get("courier_id")) and not Courier.objects.filter(pk=code, active=True).exists():
        raise Malformed([FieldError("/delivery/courier", "unknown", _("There is no such courier."))])
    changed = {}
    for name, value in fields.items():
        old = getattr(order, name)
        if old != value:
            setattr(order, name, value)
            changed[name] = (old, value)
    return changed


def _read_phone(order: Order, at: datetime) -> None:
    """Read the phone anew: whom it rings, in which zone they live, and who they are."""
    found = [phone.e164 for phone in phones.read(order.contact_phone_raw, order.channel.country) if phone.dialable]
    order.contact_phone = found[0] if found else ""
    if not found:
        return
    if order.customer is None:
        contact = customers.Contact(order.contact_name, tuple(found), order.contact_email.casefold())
        order.customer = customers.match([contact], at=at)[0]
    else:
        customers.attach(order.customer, found)


def _settle_whereabouts(order: Order, changed: set[str], *, by: Actor, at: datetime) -> None:
    """Find the region and the clock anew; what waited for an address waits no longer once there is one."""
    if changed & WHEREABOUTS:
        whereabouts.settle(order)
        calltasks.move_with(order)
    if changed & WHEREABOUTS - {"contact_phone_raw"} and doubts.goes_somewhere(order):
        holds.close([order], [HoldReason.BAD_ADDRESS], by=by, at=at)


def _ring_new_phone(order: Order, events: Sequence[JournalEvent]) -> None:
    """Ring the new phone from now on; what waited for a phone that rings waits no longer, or begins to wait."""
    by, at = events[0].actor, events[0].at
    if not order.contact_phone:
        holds.open_holds([NewHold(order, HoldReason.BAD_PHONE)], by=by, at=at)
        return
    holds.close([order], [HoldReason.BAD_PHONE], by=by, at=at)
    calltasks.ring_instead(order)
    calltasks.open_missing([order], events)


def _change_lines(order: Order, lines: list[OrderLine], wanted: Sequence[LineEdit]) -> list[dict[str, journal.Code]]:
    """Bring the lines to what is wanted; `lines` is changed in place. Gives what changed, in codes."""
    by_id = {line.pk: line for line in lines}
    products = {p.sku: p for p in Product.objects.filter(sku__in={w.sku for w in wanted if w.sku})}
    _refuse_unknown(wanted, by_id, products)
    surplus: list[tuple[OrderLine, int]] = []
    codes: list[dict[str, journal.Code]] = []
    for change in wanted:
        if change.id is None:
            line = _add_line(order, lines, change, products.get(change.sku))
            before = price = 0
        else:
            line = by_id[change.id]
            before, price = line.quantity, line.price_minor
            surplus.append((line, _resize(line, change)))
        codes.append({"sku": line.sku, "from": before, "to": change.quantity, "instead_of": change.instead_of})
        if change.id is not None and price != line.price_minor:
            codes[-1] |= {"line": line.pk, "price": [price, line.price_minor]}
    if all(line.cancelled == line.quantity for line in lines):
        raise Malformed([FieldError("/items", "required", _("An order needs a line; cancel it instead."))])
    stock.take_back(surplus, location_id=order.location_id)
    OrderLine.objects.bulk_update(lines, LINE_COLUMNS)
    return codes


def _refuse_unknown(
    wanted: Sequence[LineEdit], by_id: Mapping[int, OrderLine], products: Mapping[str, Product]
) -> None:
    errors = []
    for index, change in enumerate(wanted):
        if change.id is not None and change.id not in by_id:
            errors.append(FieldError(f"/items/{index}/id", "unknown", _("The order has no such line.")))
        if change.id is None and change.sku not in products and not change.external_id:
            errors.append(FieldError(f"/items/{index}/sku", "unknown", _("There is no product with this SKU.")))
    if errors:
        raise Malformed(errors)


def _resize(line: OrderLine, change: LineEdit) -> int:
    """Set a line's quantity and price. Gives the reserved pieces that it needs no longer."""
    if change.quantity < line.picked:
        raise AlreadyPicked(detail={"picked": line.picked, "sku": line.sku})
    if not change.quantity:  # taken off: the line stays as evidence, its pieces cancelled, and costs nothing
        line.cancelled, line.total_minor, line.tax_minor = line.quantity, 0, 0
        return line.reserved
    old_quantity, old_total = line.quantity, line.total_minor
    line.quantity, line.cancelled = change.quantity, 0
    if change.price_minor is not None:
        line.price_minor = change.price_minor
    if change.discount_minor is not None:
        line.discount_minor = change.discount_minor
    elif change.quantity < old_quantity:  # what was let off goes with the pieces: those that stay keep their share
        line.discount_minor = part_of(line.discount_minor, change.quantity, old_quantity)
    same = change.price_minor is None and change.discount_minor is None and change.quantity == old_quantity
    if not same:
        line.total_minor = max(line.price_minor * line.quantity - line.discount_minor, 0)
        line.tax_minor = line.tax_minor * line.total_minor // old_total if old_total else 0
    if change.tax_minor is not None:
        line.tax_minor = change.tax_minor
    return max(line.reserved - (line.quantity - line.picked), 0)


def _add_line(order: Order, lines: list[OrderLine], change: LineEdit, product: Product | None) -> OrderLine:
    price = change.price_minor
    if price is None:
        price = product.price_minor if product else 0
    discount = change.discount_minor or 0
    line = OrderLine.objects.create(
        order=order, position=max((line.position for line in lines), default=0) + 1, product=product,
        kind=product.kind if product else Product.Kind.GOODS, sku=product.sku if product else change.sku,
        name=change.name or (product.name if product else change.sku), instead_of=change.instead_of,
        external_id=change.external_id, quantity=change.quantity, price_minor=price, discount_minor=discount,
        total_minor=max(price * change.quantity - discount, 0), tax_minor=change.tax_minor or 0,
    )  # fmt: skip
    lines.append(line)
    return line


def _add_up(order: Order, lines: Sequence[OrderLine]) -> None:
    order.items_minor = sum(line.total_minor for line in lines)
    order.tax_minor = sum(line.tax_minor for line in lines)
    order.total_minor = order.items_minor + order.delivery_minor + order.fees_minor - order.discount_minor


def _journal_edit(
    order: Order, changed: Mapping[str, tuple[Any, Any]], lines: Sequence[Mapping[str, journal.Code]], *, by: Actor,
    at: datetime,
) -> list[JournalEvent]:  # fmt: skip
    plain = {name: [_code(old), _code(new)] for name, (old, new) in changed.items() if name in PLAIN}
    personal = [(name, str(old or ""), str(new or "")) for name, (old, new) in changed.items() if name in PERSONAL]
    if not (plain or personal or lines):
        return []
    data: dict[str, journal.Code] = {"changed": plain, "lines": list(lines)}
    return journal.record([journal.Entry(EDITED, order, data, personal=personal)], by=by, at=at)


def _code(value: Any) -> journal.Code:
    return value.isoformat() if isinstance(value, date) else value


def _promise_difference(order: Order, events: Sequence[JournalEvent]) -> None:
    """Reserve what was added; hold what is short of it, let go of holds that nothing waits for any more."""
    short = stock.reserve([order], events)
    lifecycle.hold_short(short, [order], events)
    if not short and events:
        waiting = [HoldReason.OUT_OF_STOCK, HoldReason.UNKNOWN_ITEM]
        if holds.close([order], waiting, by=events[0].actor, at=events[0].at):
            lifecycle.confirm_agreed(order, at=events[0].at)


def _learn_products(order: Order) -> None:
    """Tie lines that were taken in before their product was known to it, by the SKU that they came with."""
    for line in order.lines.filter(product=None).exclude(sku=""):
        if product := Product.objects.filter(sku=line.sku).first():
            OrderLine.objects.filter(pk=line.pk).update(product=product, kind=product.kind)


def _reserved(order: Order) -> int:
    return sum(order.lines.values_list("reserved", flat=True))
