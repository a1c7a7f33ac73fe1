"""The next call of one person: a walk along the index of open calls to the first that they may be given, locked.

`choosing.candidates` ranks all that is due for the board; here each rank is walked from its best call on, and the first
walk that meets one ends the search. What others are just taking is passed over: many who press at once each get another
one, and nobody waits. The place of this raw SQL beside `shopdesk.base.prepared`; a test chooses the same in Python.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from orders import calltasks
from orders.calls import presence
from orders.calls.leases import PhoneBusy
from orders.calls.pressing import Press
from orders.models import CallTask
from shopdesk.base.access import Limits
from shopdesk.base.prepared import Ask, Changing, Reading

# A value behind a SELECT is one that PostgreSQL does not look at when it plans: else it would plan ten walks anew for
# every press, since those for known values look cheaper than the plan for all (`texts` of `prepared`).
PLACE: Final = """(CASE WHEN t.stage = 'callback' THEN 0 WHEN t.mode = 'lead' THEN 4 WHEN t.mode = 'follow_up' THEN 5
WHEN t.stage = 'new' THEN 1 ELSE 3 END)"""  # word for word as `call_task_next` has it
# Late first calls lie scattered among the others: nobody looks for them before there is one.
LATE: Final = f"""{PLACE} = 1 AND t.limit_at <= (SELECT %(at)s)
AND (SELECT min(n.limit_at) FROM call_task n WHERE n.closed_at IS NULL AND n.stage = 'new') <= (SELECT %(at)s)"""  # noqa: S608  # our own words
RANKS: Final = (f"{PLACE} = 0", LATE, f"{PLACE} = 1", f"{PLACE} = 3", f"{PLACE} = 4", f"{PLACE} = 5")
# Where no call is of somebody's customer, the index goes through all ranks by itself, but for the late ones.
OF_NOBODY: Final = (f"{PLACE} = 0", LATE, f"{PLACE} >= 1")
OWN: Final = "t.owner_id {numbers:own}"
# A customer who asked to be rung at this hour is awake. Many zones may be asleep, few phones are being talked to.
FREE: Final = """t.closed_at IS NULL AND t.due_at <= (SELECT %(at)s) AND NOT t.id {numbers:tried}
AND NOT (t.zone {texts:asleep} AND NOT (t.stage = 'callback' AND t.asked_by_customer))
AND COALESCE((SELECT l.until FROM phone_lease l WHERE l.phone = t.phone), (SELECT %(at)s)) <= (SELECT %(at)s)"""
ORDER: Final = f"{PLACE}, (t.promised_on IS NULL), t.promised_on, t.total_minor DESC, t.opened_at, t.id"
PHONES: Final = "(SELECT {listed}(p.phone) FROM customer_phone p WHERE p.customer_id = t.customer_id)"
OF_ORDER: Final = "EXISTS (SELECT 1 FROM orders o WHERE o.number = t.order_id AND {})"
# What narrows the calls of somebody, by the name of its values: what they can take, and how far the owner lets them go.
NARROWER: Final = {
    "others": "(t.owner_id IS NULL OR NOT t.owner_id {numbers:others} OR t.due_at <= (SELECT %(kept_since)s))",
    "languages": "t.language {texts:languages}",
    "served": f"(t.order_id IS NULL OR {OF_ORDER.format('o.channel_id {texts:served}')})",
    "regions": "t.region {texts:regions}",
    "statuses": f"(t.order_id IS NULL OR {OF_ORDER.format('o.status {texts:statuses}')})",
    "channels": OF_ORDER.format("o.channel_id {texts:channels}"),
}
TAKEN: Final = """SET taken_by_id = %(person)s, token = %(token)s,
score = CASE WHEN call_task.id = %(first)s THEN {json:score} ELSE call_task.score END"""
PRESSED: Final[dict[int, Press]] = {}  # what this process knew of each person when they pressed the last time
MET: Final[set[str]] = set()  # zones of customers this process met; a new one is asked about when it is chosen


def lock(press: Press, tried: Collection[int]) -> tuple[CallTask, list[str]] | None:
    """Lock the best call that this person can and may take but for those that were tried. Gives it with the phones of
    its customer, sorted; None when nobody is to be rung. Needs an open transaction.

    Inside a rank their own customers come first; a customer whose owner is there is left to them for the shop's few
    minutes, then anybody's.
    """
    PRESSED[press.person] = press
    while True:
        walk, values = _asked(press, tried)
        found = walk.named(values)
        if not found:
            return None
        listed, task = found[0]
        if _is_awake(task, press):
            known = json.loads(listed) if isinstance(listed, str) else listed or []
            return task, sorted({task.phone, *known})
        MET.add(task.zone)


def guess(person: int, tried: Collection[int], at: datetime) -> list[Ask]:
    """Give what `lock` is going to ask if nothing about this person has changed since they pressed the last time.

    Where it has, the call that is met is locked in vain until the transaction ends, and others pass it over.
    """
    last = PRESSED.get(person)
    return [] if last is None or last.owned else [_asked(replace(last, at=at), tried)]


def taking(
    task: CallTask, phones: Sequence[str], press: Press, score: Mapping[str, Any], token: str
) -> tuple[Changing[CallTask], dict[str, Any]]:
    """Give what asks for the open calls that one call with this customer may settle: for `take_all`."""
    values = {
        "phones": phones, "customer": task.customer_id, "person": press.person, "token": token, "first": task.pk,
        "score": json.dumps(score),
    }  # fmt: skip
    limits = within(press.limits)
    return _theirs(frozenset(limits)), values | limits


def take_all(theirs: tuple[Changing[CallTask], dict[str, Any]]) -> list[CallTask]:
    """Write on calls who has them, without waiting. Raises PhoneBusy when somebody has one in hand: roll back then.

    Whoever takes a customer waits for nobody who holds a row of theirs, so takers and settlers never deadlock.
    """
    rows = theirs[0].named(theirs[1])
    if any(len(rows) < there for there, _task in rows):
        raise PhoneBusy
    return sorted((task for _there, task in rows), key=lambda task: task.pk)


def within(limits: Limits) -> dict[str, Any]:
    """Give the values of what narrows calls to those within somebody's limits (`NARROWER`)."""
    values = {"statuses": limits.statuses, "channels": limits.channels}
    return {name: sorted(some) for name, some in values.items() if some is not None}


def narrowed(names: Iterable[str]) -> str:
    """Give the conditions of these names, to be added to others."""
    return "".join(f" AND {NARROWER[name]}" for name in sorted(names))


def _asked(press: Press, tried: Collection[int]) -> tuple[Reading[CallTask], dict[str, Any]]:
    values = _values(press) | within(press.limits)
    walk = _walk(press.owned, frozenset(values.keys() & NARROWER.keys()))
    asleep = [zone for zone in sorted(MET) if not _allows(zone, press)]
    return walk, values | {"tried": list(tried), "asleep": asleep}


def _values(press: Press) -> dict[str, Any]:
    values: dict[str, Any] = {"at": press.at}
    if press.owned:
        shift = presence.read_shift(press.at)
        values["own"] = [press.person, *shift.owners_of(press.person)]
        if others := shift.owners_of_others(press.person):
            kept_for = timedelta(minutes=press.shop.own_first_minutes)
            values |= {"others": others, "kept_since": press.at - kept_for}
    if press.seat is None:
        return values
    skills = {"languages": press.seat.languages, "served": press.seat.channels, "regions": press.seat.regions}
    nothing = {"languages": [""], "regions": [""], "served": []}  # what is of no language or region is anybody's
    return values | {name: [*nothing[name], *some] for name, some in skills.items() if some}


@cache
def _walk(owned: bool, names: frozenset[str]) -> Reading[CallTask]:
    """Give the statement: the walks one after the other, each ended by the first call it meets."""
    turns = [turn for rank in RANKS for turn in (f"{rank} AND {OWN}", rank)] if owned else OF_NOBODY
    walks = [
        f"(SELECT t.id FROM call_task t WHERE {turn} AND {FREE}{narrowed(names)} ORDER BY {ORDER} LIMIT 1{{skip}})"  # noqa: S608  # our own words
        for turn in turns
    ]
    return Reading(CallTask, f"WHERE t.id = COALESCE({', '.join(walks)})", extra=(PHONES,))


@cache
def _theirs(names: frozenset[str]) -> Changing[CallTask]:
    which = f"t.closed_at IS NULL AND (t.phone {{texts:phones}} OR t.customer_id = %(customer)s){narrowed(names)}"
    free = f"SELECT t.id FROM call_task t WHERE {which} ORDER BY t.id{{skip}}"  # noqa: S608  # our own words
    there = f"(SELECT count(*) FROM call_task t WHERE {which})"  # noqa: S608  # our own words
    return Changing(CallTask, f"{TAKEN} WHERE call_task.id IN ({free})", extra=(there,))


def _is_awake(task: CallTask, press: Press) -> bool:
    asked = task.stage == CallTask.Stage.CALLBACK and task.asked_by_customer
    return asked or _allows(task.zone, press)


def _allows(zone: str, press: Press) -> bool:
    return calltasks.hours_of(zone, press.shop).allow(press.at)
