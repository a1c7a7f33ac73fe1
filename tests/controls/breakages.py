"""Deliberate breakages of a working desk, one at a time: what is taken away, what is then done, and what catches it.

`deed` goes well on the desk as it is, and whatever it is refused is refused on purpose. With `take_away` it ends in
one of the auditor's promises broken, in an error of the database, or in the deed's own complaint.
"""

import base64
import builtins
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from delivery import handoff
from delivery.models import HandoffLine, ShipmentEvent
from orders import calls, changes, inbox, intake, journal, lifecycle, stock, writing
from orders.calls import reminders
from orders.inbox import keeping
from orders.models import CallTask, InboundMessage, JournalEvent, Reminder, StockLevel
from orders.status import CancelReason
from orders.stock import promises
from reports import closing
from shopdesk.base import outgoing
from shopdesk.base.periods import day
from shopdesk.webhooks import endpoints, planning, sending
from tests import make
from tests.orders.inbox import shops
from tests.shopdesk.webhooks.receivers import receivers


class Wrong(Exception):
    """What a deed itself complains of: the promise by its id."""


@dataclass(frozen=True)
class Breakage:
    """One breakage. `caught`: a promise's id, or the name of the error that it became."""

    name: str
    take_away: Callable[[], Any]
    deed: Callable[[], object]
    caught: str
    only: str = ""  # a database that can do without what is taken away


# --- what is taken away ---


def _unguarded(location: str, wants: promises.Pieces) -> dict[int, int]:
    """Promise whatever is wanted, whether it is there or not."""
    for product, pieces in wants.items():
        level = StockLevel.objects.get(location=location, product=product)
        StockLevel.objects.filter(pk=level.pk).update(reserved=level.reserved + pieces)
    return dict(wants)


def _line_by_line(wanted: Sequence[stock.Wanted]) -> list[int]:
    """Look at the shelf once for every line, and not once for every product."""
    levels = [StockLevel.objects.get(location=location, product=product) for location, product, _ in wanted]
    given = [min(pieces, level.available) for level, (*_, pieces) in zip(levels, wanted, strict=True)]
    for level, pieces in zip(levels, given, strict=True):
        StockLevel.objects.filter(pk=level.pk).update(reserved=F("reserved") + pieces)
    return given


@contextmanager
def _without_check() -> Iterator[None]:
    """Without the guard of the UPDATE and without the table's own CHECK."""
    sqlite = connection.vendor == "sqlite"
    off = "PRAGMA ignore_check_constraints = ON" if sqlite else (
        "ALTER TABLE stock_level DROP CONSTRAINT stock_level_promises"
    )  # fmt: skip
    _sql(off)
    try:
        with patch.object(promises, "_take", _unguarded):
            yield
    finally:
        if sqlite:
            _sql("PRAGMA ignore_check_constraints = OFF")


@contextmanager
def _without_index(name: str, *blind: Any) -> Iterator[None]:
    _sql(f"DROP INDEX {name}")
    with patch.object(*blind) if blind else nullcontext():
        yield


@contextmanager
def _without_constraint(table: str, name: str) -> Iterator[None]:
    _sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield


@contextmanager
def _without_trigger() -> Iterator[None]:
    for statement in (
        ["DROP TRIGGER stock_move_no_update", "DROP TRIGGER stock_move_no_delete"]
        if connection.vendor == "sqlite"
        else ["DROP TRIGGER stock_move_append_only ON stock_move"]
    ):
        _sql(statement)
    yield


def _afterwards(entries: Any, **more: Any) -> list[JournalEvent]:
    """Write events after the commit: whoever dies in between leaves a status without one."""
    transaction.on_commit(lambda: recorded(entries, **more))
    return [JournalEvent() for _ in entries]


def _unlocked(reminder_id: int, *, at: Any) -> bool:
    """Tell what was selected, without asking whether somebody told it meanwhile."""
    row = Reminder.objects.get(pk=reminder_id)
    Reminder.objects.filter(pk=row.pk).update(state=Reminder.State.DONE, decided_at=at)
    reminders.TELL[row.what].follow(row, at)
    return True


def _marked_first(endpoint: Any, *, at: Any) -> list[sending.Letter]:
    """Mark messages as delivered, and send them then."""
    letters = lettered(endpoint, at=at)
    rows = sending.Message.objects.filter(pk__in=[letter.message for letter in letters])
    rows.update(state=sending.Message.State.DELIVERED, ended_at=at)
    return letters


def _following(method: str, url: str, **more: Any) -> outgoing.Answer:
    answer = sent(method, url, **more)
    return sent(method, answer.headers["location"], **more) if answer.status == 301 else answer


def _over_what_was_read(body: bytes, signature: str, known: Any) -> bool:
    """Sign what was understood, written anew, and not the bytes that came."""
    return signed(json.dumps(json.loads(body)).encode(), signature, known)


def _in_floats(amounts: Any) -> int:
    return int(builtins.sum(amount / 100 for amount in amounts) * 100)


def _given_back_twice(given: Any) -> None:
    rows = list(given)
    gave_back([*rows, *rows])


def _in_utc(on: Any, _zone: str, *more: Any) -> Any:
    return day(on, "UTC", *more)


recorded, lettered, sent, signed = journal.record, sending._letters, outgoing.send, keeping.is_signed
gave_back = promises._give_back


# --- what is then done ---


def _sell_more_than_there_is() -> None:
    make.product("A", 1)
    make.order([("A", 2, "10.00")])


def _one_product_on_two_lines() -> None:
    make.product("A", 3)
    make.order([("A", 2, "10.00"), ("A", 2, "10.00")])


def _the_same_order_again() -> None:
    for _ in range(2):
        intake.take_in(make.new_order(external_id="S-1", body_hash="x"), by=make.BY, at=make.AT)


def _cancel() -> None:
    make.product("A", kind="service")  # goods would be noted as wanted in vain, and that notices it first
    changes.cancel(make.order().number, CancelReason.PRICE, by=make.BY, at=make.AT)


def _cancel_one_of_two() -> None:
    make.product("A", 10)
    make.order([("A", 2, "10.00")], external_id="S-1")
    other = make.order([("A", 2, "10.00")], external_id="S-2")
    changes.cancel(other.number, CancelReason.PRICE, by=make.BY, at=make.AT)


def _one_parcel_on_two_acts() -> None:
    make.product("A", 10)
    make.closed_act(make.packed([("A", 1, "10.00")]))
    line = HandoffLine.objects.get()
    other = make.packed([("A", 1, "10.00")], external_id="S-2")
    act = handoff.open_act(
        handoff.NewAct("own", make.AT.date(), [make.parcel_of(other).number]), by=make.BY, at=make.AT
    )
    with suppress(IntegrityError), transaction.atomic():
        line.pk, line._state.adding, line.handoff = None, True, act
        line.save()


def _two_sweeps_one_reminder() -> None:
    task = CallTask.objects.get(order=make.order())
    CallTask.objects.filter(pk=task.pk).update(stage="callback", due_at=make.AT)
    reminders.collect(at=make.AT)
    due = list(Reminder.objects.values_list("pk", flat=True))
    for _sweep in range(2):  # both have read what is due before either decides
        for pk in due:
            reminders._decide(pk, at=make.AT)


def _a_receiver_that_fails(mood: Any = 500) -> None:
    with receivers(mood) as (one,):
        endpoints.make(endpoints.Terms("ERP", one.url, ["order.taken"]), by=make.BY, at=make.AT)
        make.order()
        planning.plan(at=make.AT)
        sending.send_due(at=make.AT)


def _a_receiver_that_redirects() -> None:
    with receivers(301, 200) as (outside, inside):
        answer = b"HTTP/1.1 301 Moved\r\nLocation: " + inside.url.encode() + b"\r\nContent-Length: 0\r\n\r\n"
        outside.behave = lambda line: line.sendall(answer)
        outside.server.behave = outside.behave
        endpoints.make(endpoints.Terms("ERP", outside.url, ["order.taken"]), by=make.BY, at=make.AT)
        make.order()
        planning.plan(at=make.AT)
        sending.send_due(at=make.AT)
        if inside.server.asked:
            raise Wrong("SEC-60")


def _a_shop_that_writes_widely() -> None:
    channel = shops.shop()
    body = json.dumps(shops.woo(), indent=2).encode()
    signature = base64.b64encode(hmac.digest(shops.SECRET.encode(), body, "sha256")).decode()
    headers = shops.signed(channel, body) | {"X-WC-Webhook-Signature": signature}
    inbox.keep(inbox.Arrival(channel.code, body, headers), at=make.AT)
    shops.sweep()
    if not InboundMessage.objects.exists():
        raise Wrong("E4")


def _odd_kopecks() -> None:
    make.order([("A", 1, "1.15")])


def _close_a_day() -> None:
    make.order(at=make.AT)
    closing.close_due(at=make.after(days=1))
    if [one.start.astimezone(make.AT.tzinfo).hour for one in closing.Closing.objects.all()] != [0]:
        raise Wrong("M6")


def _courier_says_it_twice_at_once() -> None:
    make.product("A", 10)
    make.said(make.handed_over([("A", 1, "10.00")]), "in_transit")
    event = ShipmentEvent.objects.get()
    event.pk = None
    event._state.adding = True
    with suppress(IntegrityError), transaction.atomic():
        event.save()


def _remind_a_minute_early() -> None:
    task = CallTask.objects.get(order=make.order())
    CallTask.objects.filter(pk=task.pk).update(stage="callback", due_at=make.after(minutes=1))
    reminders.collect(at=make.after(minutes=1))
    calls.remind_due(at=make.AT)


def _status_stays_behind(begins: Any, to: Any, pairs: Any, at: Any) -> None:
    """Let the status stay behind its event."""


def _looks_ahead(*, at: Any) -> int:
    return sum(_unlocked(pk, at=at) for pk in Reminder.objects.values_list("pk", flat=True))


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _swap(place: Any, name: str, other: Any) -> Callable[[], Any]:
    return lambda: patch.object(place, name, other)


def _swap_sum() -> Any:
    return patch.object(writing, "sum", _in_floats, create=True)


ALL = [
    Breakage("the guard in the reserving UPDATE", _swap(promises, "_take", _unguarded), _sell_more_than_there_is,
             "IntegrityError"),
    Breakage("that guard, and the table's CHECK", _without_check, _sell_more_than_there_is, "S2"),
    Breakage("the sum of one product's lines", _swap(stock, "grant", _line_by_line), _one_product_on_two_lines,
             "IntegrityError"),
    Breakage("what is given back once", _swap(promises, "_give_back", _given_back_twice), _cancel_one_of_two, "S3"),
    Breakage("the trigger that keeps moves", _without_trigger, _cancel, "S4"),
    Breakage("the look for the same order", _swap(intake, "_known", lambda new: {}), _the_same_order_again,
             "IntegrityError"),
    Breakage("that look, and unique(channel, external_id)",
             lambda: _without_index("order_once_per_channel", intake, "_known", lambda new: {}), _the_same_order_again,
             "O1"),
    Breakage("the event's place in the transaction", _swap(lifecycle.journal, "record", _afterwards), _cancel, "O4"),
    Breakage("the status beside its event", _swap(lifecycle, "_write", _status_stays_behind), _cancel, "O4"),
    Breakage("whole kopecks", _swap_sum, _odd_kopecks, "O5"),
    Breakage("one act for a parcel", lambda: _without_index("handoff_line_one_act"), _one_parcel_on_two_acts, "P1"),
    Breakage("the shop's own midnight", _swap(closing, "day", _in_utc), _close_a_day, "M6"),
    Breakage("unique(courier, event)",
             lambda: _without_constraint("shipment_event", "shipment_event_once"), _courier_says_it_twice_at_once,
             "M4", only="postgresql"),
    Breakage("the look whether a reminder still waits", _swap(reminders, "_decide", _unlocked),
             _two_sweeps_one_reminder, "T1"),
    Breakage("the hour of a reminder", _swap(calls, "remind_due", _looks_ahead), _remind_a_minute_early, "T1"),
    Breakage("sending before marking", _swap(sending, "_letters", _marked_first), _a_receiver_that_fails, "E6"),
    Breakage("redirects that are not followed", _swap(sending.outgoing, "send", _following),
             _a_receiver_that_redirects, "SEC-60"),
    Breakage("the signature over the bytes", _swap(keeping, "is_signed", _over_what_was_read),
             _a_shop_that_writes_widely, "NotSigned"),
]  # fmt: skip
