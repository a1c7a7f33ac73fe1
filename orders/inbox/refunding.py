"""Money that a shop gave back: noted once each, as what it was for; asked about where the shop does not say."""

from datetime import datetime

from django.db.models import Q

from orders import holds, lifecycle, payments
from orders.channels import givenback
from orders.channels.said import Said
from orders.inbox import calling
from orders.models import Connection, Credit, Hold, Order, ShopOrder
from orders.status import BEFORE_PACKED, HoldReason, Status
from shopdesk.base.access import Actor

Reason, State = Credit.Reason, Credit.State
OLD_UNSAID = "the shop gave money back without saying for what:"  # how the note of that hold began once
NOT_SOLD_YET = frozenset({Status.NEW, Status.CONFIRMED, Status.CANCELLED})


def give_back(side: ShopOrder, order: Order, newest: Said, *, by: Actor, at: datetime) -> str:
    """Note the money that the shop gave back, each time once, as a credit that is paid.

    What it took off an order that is not sold yet lowers that order, so its credit lowers no sale; the rest does.
    Of a shop that can be asked the goods come first: the next poll brings them, and the order waits for it.
    What the shop has deleted since is taken back, once; it counts anew if it is ever there again.
    """
    if not side.refunds:
        return ""
    references = {key: _reference(side, key) for key in side.refunds_now}
    is_undone = _take_back(side, order, by=by, at=at)
    known = set(Credit.objects.filter(reference__in=references.values()).values_list("reference", flat=True))
    fresh = [key for key in sorted(references) if references[key] not in known]
    unsaid = {key for key in references if key not in side.goods_back}
    if unsaid & set(fresh) and _can_be_asked(side):
        fresh = [key for key in fresh if key not in unsaid]
    for key in fresh:
        for reason, minor, reference in _shares(side, order, key, references[key]):
            line = payments.Service(f"refund {references[key]}", minor)
            owed = payments.Owed(reason, order.currency, [line], order.pk, reference)
            payments.settle(payments.owe(owed, order, by=by, at=at), order, State.PAID, by=by, at=at)
    _ask_for_what(order, side, unsaid, by=by, at=at)
    return "refunded" if fresh else "unrefunded" if is_undone else ""


def is_all_back(side: ShopOrder) -> bool:
    """Tell whether the shop gave back everything that was ordered."""
    said = Said.of_stored(side.said)
    return said is not None and givenback.all_went_back(said, side.goods_back_now)


def balance(side: ShopOrder, order: Order, newest: Said, *, by: Actor, at: datetime) -> str:
    """Owe a cancelled order's customer what came in less what was given back, however these came about."""
    if order.status != Status.CANCELLED or not side.refunds:
        return ""
    credits = list(Credit.objects.locked(order=order))
    given = sum(one.amount_minor for one in credits if one.state == State.PAID)
    owed = max(order.paid_minor - given, 0)
    due = [one for one in credits if one.state == State.DUE and one.reason == Reason.CANCELLED]
    if sum(one.amount_minor for one in due) == owed:
        return ""
    for one in due:
        payments.settle(one, order, State.WRITTEN_OFF, by=by, at=at)
    if owed:
        line = payments.Service(f"order {order.pk}", owed)
        payments.owe(payments.Owed(Reason.CANCELLED, order.currency, [line], order.pk), order, by=by, at=at)
    return ""


def _shares(side: ShopOrder, order: Order, key: str, reference: str) -> list[tuple[Credit.Reason, int, str]]:
    """Divide a refund into what the order lost of its own total, and what was given beside it."""
    minor, off = side.refunds[key], 0
    said = Said.of_stored(side.said)
    is_own = order.external_id == side.external_id  # else it was merged away, and the survivor's lines stay
    if said is not None and is_own and key in side.goods_back and order.status in NOT_SOLD_YET:
        off = min(givenback.worth(said, side.goods_back[key]), minor)
    if not off:
        return [(Reason.OTHER, minor, reference)]
    shares = [(Reason.CANCELLED, off, reference)]
    return [*shares, (Reason.OTHER, minor - off, _rest(reference))] if minor > off else shares


def _take_back(side: ShopOrder, order: Order, *, by: Actor, at: datetime) -> bool:
    """Take back the credits of refunds that the shop has deleted. Gives whether there were any."""
    gone = [_reference(side, key) for key in side.refunds.keys() - side.refunds_now.keys()]
    references = [*gone, *(_rest(reference) for reference in gone)]
    rows = list(Credit.objects.locked(reference__in=references, order=order).order_by("pk")) if gone else []
    for row in rows:
        payments.take_back(row, order, by=by, at=at)
    return bool(rows)


def _reference(side: ShopOrder, key: str) -> str:
    return f"{side.channel_id}:{key}"[:64]


def _rest(reference: str) -> str:
    return f"{reference[:59]}:rest"


def _can_be_asked(side: ShopOrder) -> bool:
    own = Connection.objects.select_related("channel").filter(pk=side.channel_id, polls=True).first()
    return own is not None and calling.can_be_called(own)


def _ask_for_what(order: Order, side: ShopOrder, unsaid: set[str], *, by: Actor, at: datetime) -> None:
    """Keep the order from packing until it is known what went back: the shop says it, or a person looks there."""
    ours = Q(code=holds.About.REFUND_UNSAID) | Q(note__startswith=OLD_UNSAID)
    asked = {_asked_about(row): row for row in Hold.objects.filter(ours, order=order)}
    wanted = sorted(unsaid) if order.status in BEFORE_PACKED else []
    answered = [row.pk for key, row in asked.items() if row.closed_at is None and key not in unsaid]
    fresh = [_unsaid(key) for key in wanted if key not in asked]  # one that a person closed is not opened again
    holds.open_holds([holds.NewHold(order, HoldReason.OTHER, says) for says in fresh], by=by, at=at)
    if answered:
        Hold.objects.filter(pk__in=answered).update(closed_at=at, closed_by=str(by))
        lifecycle.confirm_agreed(order, at=at)


def _unsaid(key: str) -> holds.Says:
    return holds.Says(holds.About.REFUND_UNSAID, {"refund": key})


def _asked_about(hold: Hold) -> str:
    """Give which refund a hold asks about."""
    return str(hold.detail.get("refund", "")) if hold.code else hold.note.split()[-1]
