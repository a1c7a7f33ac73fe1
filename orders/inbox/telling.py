"""Telling shops what became of their orders: notes are written from the feed, sent at least once, listed when dead."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import translation

from orders import feed
from orders.channels.calling import Shop
from orders.inbox import calling
from orders.inbox.polling import NO_ANSWER
from orders.models import Connection, JournalEvent, Parcel, ShopNote, ShopOrder
from orders.models import Shop as OwnShop
from orders.status import Status
from shopdesk.base.access import Actor

Kind, State = ShopNote.Kind, ShopNote.State
AT_ONCE = 500
TRIES = 10
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
# What a shop's own status becomes; other moves are the desk's own business.
STATES: Final = {Status.DELIVERED: "completed"}
BY_THE_SHOP = "channel"  # the kind of actor of its own messages


def write_notes(*, at: datetime) -> int:
    """Write what shops are to be told since the last time. Gives how many notes."""
    feed.publish()
    notes = 0
    for key in list(Connection.objects.filter(tells_back=True).values_list("pk", flat=True)):
        read = AT_ONCE
        while read == AT_ONCE:
            read, written = _write_for(key, at)
            notes += written
    return notes


def send_notes(*, at: datetime) -> int:
    """Send the notes whose hour has come. Gives how many shops took."""
    due = ShopNote.objects.filter(state=State.WAITING, due_at__lte=at).order_by("due_at", "pk")
    return sum(_send(key, at) for key in list(due.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic(durable=True)
def send_again(key: int, *, by: Actor, at: datetime) -> None:
    """Try a note anew that was given up. One that waits or was told stays as it is."""
    ShopNote.objects.filter(pk=key, state=State.DEAD).update(state=State.WAITING, attempts=0, due_at=at)


@transaction.atomic(durable=True)
def _write_for(code: str, at: datetime) -> tuple[int, int]:
    """Read the feed from where this channel's notes end; the place and the notes are kept together.

    Gives how many events were read, and how many notes they made.
    """
    own = Connection.objects.locked(pk=code).get()
    events = JournalEvent.objects.filter(place__position__gt=own.told_until).select_related("place", "order")
    batch = list(events.order_by("place__position")[:AT_ONCE])
    if not batch:
        return 0, 0
    moved = [one for one in batch if one.to_status and one.order and one.order.channel_id == code]
    told = [one for one in moved if one.actor_kind != BY_THE_SHOP]
    notes = sum(_note(event, at) for event in told)
    own.told_until = batch[-1].place.position
    own.save(update_fields=["told_until"])
    return len(batch), notes


def _note(event: JournalEvent, at: datetime) -> int:
    """Write what one move means to the shop. The same word again is due again."""
    words: list[tuple[str, str]] = []
    if event.to_status == Status.CANCELLED:
        words.append((Kind.CANCEL, str(event.data.get("reason", "other"))))
    if event.to_status == Status.HANDED_OVER:
        parcels = Parcel.objects.filter(order=event.order_id).order_by("pk")
        words += [(Kind.TRACKING, parcel.waybill or parcel.number) for parcel in parcels]
    if event.to_status in STATES:
        words.append((Kind.STATE, STATES[Status(event.to_status)]))
    sides = ShopOrder.objects.filter(order=event.order_id)
    for side in sides:
        for kind, word in words:
            defaults = {"state": State.WAITING, "attempts": 0, "at": at, "due_at": at}
            ShopNote.objects.update_or_create(shop_order=side, kind=kind, word=word[:100], defaults=defaults)
    return len(sides) * len(words)


def _send(key: int, at: datetime) -> int:
    """Send one note. Its try is counted and its next hour set before the shop is called: a crash repeats, late."""
    note = ShopNote.objects.select_related("shop_order__channel__connection").get(pk=key)
    wait = min(FIRST_WAIT * 2**note.attempts, LONGEST_WAIT)
    mine = ShopNote.objects.filter(pk=key, state=State.WAITING, attempts=note.attempts)
    if not mine.update(attempts=F("attempts") + 1, due_at=at + wait):
        return 0
    side = note.shop_order
    if note.kind in (Kind.STATE, Kind.CANCEL):  # before it is told: the shop's echo may be quicker than its answer
        state = "cancelled" if note.kind == Kind.CANCEL else note.word
        ShopOrder.objects.filter(pk=side.pk).update(told={"state": state})
    try:
        with translation.override(OwnShop.current().language):  # what its people read there
            _tell(calling.shop_of(side.channel.connection), side, note)
    except NO_ANSWER as refusal:
        state = State.DEAD if note.attempts + 1 >= TRIES else State.WAITING
        ShopNote.objects.filter(pk=key).update(state=state, answer=str(refusal.detail["reason"])[:40])
        return 0
    return ShopNote.objects.filter(pk=key).update(state=State.DONE, answer="ok", done_at=at)


def _tell(shop: Shop, side: ShopOrder, note: ShopNote) -> None:
    if note.kind == Kind.CANCEL:
        shop.cancel(side.external_id, note.word)
    elif note.kind == Kind.TRACKING:
        shop.tell_tracking(side.external_id, note.word)
    else:
        shop.tell_state(side.external_id, note.word)
