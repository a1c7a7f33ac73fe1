"""What the pages of an act show, read in as many queries for one parcel as for hundreds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import loading, voiding
from delivery.models import Handoff, HandoffLine
from delivery.web.telling import ACT_TONES, LINE_TONES
from orders.models import JournalEvent, Parcel, Shop
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.errors import Missing
from shopdesk.people.names import names_of

OPEN = (Handoff.State.OPEN, Handoff.State.LOADING)
SHOWN = 50
MOST_WAITING = 200
MOST_LINES = 1_000
MOST_TOLD = 30
NEAR = timedelta(hours=1)
HAPPENED = {
    "act.opened": gettext_lazy("Opened"),
    "act.closed": gettext_lazy("Closed: it never changes again"),
    "act.accepted": gettext_lazy("Settled with the courier"),
    "act.printed": gettext_lazy("Printed in two copies"),
    "act.proof_kept": gettext_lazy("A picture was kept"),
    "act.copy_kept": gettext_lazy("A signed copy is kept"),
    "act.voided": gettext_lazy("Declared void: its parcels stand here again"),
}
SAID = {
    "accepted": gettext_lazy("taken"),
    "missing": gettext_lazy("missing"),
    "extra": gettext_lazy("extra"),
}


def find_act(subject: Subject, number: int) -> Handoff:
    """Give an act that the subject may see. Raises Missing: foreign and absent look the same."""
    acts = Handoff.objects.for_subject(subject).select_related("courier", "location")
    act = acts.filter(pk=number).first()
    if act is None:
        raise Missing
    return act


def see_open(act: Handoff, subject: Subject, at: datetime, *, whole: bool = False) -> dict[str, Any]:
    """Read an act that is being loaded: what is on it, what still waits, what nobody planned for it."""
    lines = list(act.lines.select_related("parcel__order__courier").order_by("-pk")[:MOST_LINES])
    waiting = list(loading.to_go(act.courier_id, act.ship_on, act.location_id)[: MOST_WAITING + 1])
    places = _places(subject, [line.parcel for line in lines] + waiting)
    on_it = [_on(line, act, places) for line in lines]
    extra = [row for row in on_it if row["extra"]]
    planned = [row for row in on_it if not row["extra"]]
    return {
        "act": act,
        "tone": ACT_TONES[Handoff.State(act.state)],
        "waiting": [{"parcel": parcel, "place": places[parcel.pk]} for parcel in waiting[:MOST_WAITING]],
        "extra": extra,
        "scanned": planned if whole else planned[:SHOWN],
        "hidden": 0 if whole else max(len(planned) - SHOWN, 0),
        "n": {
            "on": len(lines), "waiting": len(waiting), "extra": len(extra), "expected": len(planned) + len(waiting),
            "planned": len(planned),
        },
        "sums": _sums(lines),
        "clock": _cutoff(act, at),
    }  # fmt: skip


def see_closed(act: Handoff, subject: Subject, *, whole: bool = False) -> dict[str, Any]:
    """Read a closed act: what it says for ever, and beside it what became of each parcel."""
    state = HandoffLine.State
    events = _history(subject, act)
    worst_first = Case(
        When(state=state.ON, then=Value(0)), When(state__in=[state.MISSING, state.REJECTED], then=Value(1)),
        default=Value(2), output_field=IntegerField(),
    )  # fmt: skip
    rows = act.lines.select_related("parcel__order").order_by(worst_first, "parcel__order_id", "parcel__position")
    lines = list(rows[:MOST_LINES])
    places = _places(subject, [line.parcel for line in lines])
    left = [line for line in lines if line.state == state.ON]
    shown = lines if whole else lines[: max(len(left), SHOWN)]
    proofs = list(act.proofs.order_by("pk"))
    return {
        "act": act,
        "tone": ACT_TONES[Handoff.State(act.state)],
        "rows": [
            {"line": line, "place": places[line.parcel_id], "tone": LINE_TONES[state(line.state)], "left": line in left}
            for line in shown
        ],
        "hidden": len(lines) - len(shown),
        "left": len(left),
        "away": [
            (line, [proof for proof in proofs if proof.line_id == line.pk])
            for line in lines
            if line.state in (state.MISSING, state.REJECTED)
        ],
        "taken": sum(line.state in (state.ACCEPTED, state.BACK) for line in lines),
        "may_void": act.state == Handoff.State.CLOSED and all(line.state not in voiding.GIVEN for line in lines),
        "whys": voiding.Why.choices,
        "proofs": [proof for proof in proofs if proof.line_id is None],
        "copies": list(act.copies.select_related("event").order_by("pk")),
        "journal": _tell(events),
        "extra": sorted({number for event in events for number in event.data.get("extra") or []}),
    }


def _on(line: HandoffLine, act: Handoff, places: dict[int, tuple[int, int]]) -> dict[str, Any]:
    """A parcel on an open act; extra is what was planned for another courier or another day."""
    order = line.parcel.order
    other_courier = order.courier if order.courier_id and order.courier_id != act.courier_id else None
    other_day = order.ship_on if order.ship_on and order.ship_on > act.ship_on else None
    return {
        "line": line,
        "parcel": line.parcel,
        "place": places[line.parcel_id],
        "other_courier": other_courier,
        "other_day": other_day,
        "extra": bool(other_courier or other_day),
    }


def _places(subject: Subject, parcels: Sequence[Parcel]) -> dict[int, tuple[int, int]]:
    """Give for each parcel which one of how many of its order it is."""
    orders = {parcel.order_id for parcel in parcels}
    rows = Parcel.objects.for_subject(subject).filter(order__in=orders).exclude(state=Parcel.State.OPENED)
    siblings: dict[int, list[int]] = {}
    for pk, order in rows.order_by("order_id", "position").values_list("pk", "order_id"):
        siblings.setdefault(order, []).append(pk)
    found = {parcel.pk: siblings.get(parcel.order_id, [parcel.pk]) for parcel in parcels}
    return {pk: (own.index(pk) + 1 if pk in own else 1, len(own)) for pk, own in found.items()}


def _sums(lines: Sequence[HandoffLine]) -> dict[str, int]:
    """What stands on the act now."""
    return {
        "places": len(lines),
        "weight": sum(line.weight_g for line in lines),
        "cod": sum(line.cod_minor for line in lines),
        "declared": sum(line.declared_minor for line in lines),
    }


def _cutoff(act: Handoff, at: datetime) -> dict[str, Any]:
    """How long it is to the hour after which the courier takes nothing today."""
    zone = ZoneInfo(Shop.current().zone)
    until = datetime.combine(act.ship_on, act.courier.cutoff, zone)
    left = until - at
    near = timedelta() < left < NEAR
    passed = left <= timedelta()
    today = at.astimezone(zone).date() == act.ship_on
    return {"hour": act.courier.cutoff, "left": left, "today": today, "passed": passed, "near": near}


def _history(subject: Subject, act: Handoff) -> list[JournalEvent]:
    """What was done to the act, the newest first; scans stand in the list of its parcels."""
    events = JournalEvent.objects.for_subject(subject).filter(subject_kind="act", subject_id=str(act.number))
    return list(events.filter(kind__in=HAPPENED).order_by("-pk")[:MOST_TOLD])


def _tell(events: Sequence[JournalEvent]) -> list[dict[str, Any]]:
    """The history in words, with a headline where the day changes."""
    names, zone = names_of(event.actor for event in events), ZoneInfo(Shop.current().zone)
    told: list[dict[str, Any]] = []
    last = None
    for event in events:
        on = event.at.astimezone(zone).date()
        who = names.get(event.actor) or (_("the courier") if event.actor.kind == "courier" else "")
        day = wording.long_day(on) if on != last else ""
        told.append({"day": day, "at": event.at, "text": HAPPENED[event.kind], "who": who, "note": _note(event)})
        last = on
    return told


def _note(event: JournalEvent) -> str:
    """How many parcels it was about."""
    parts = []
    for name, words in SAID.items():
        if number := len(event.data.get(name) or []):
            parts.append(f"{words}: {number}")
    return ", ".join(parts)
