"""What the other side says of a closed act, and what our own courier brings back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from delivery import departure
from delivery.handoff.locking import OPEN, lock_act, lock_parcels, note, refuse_strangers
from delivery.handoff.refusals import NotClosed, NotOnAct, NotOwnCourier
from delivery.models import Handoff, HandoffLine
from orders import journal
from orders.models import Courier, Order, Parcel
from shopdesk.base.access import Actor


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the courier's side says, by parcel number. Parcels it says nothing of stay to be settled."""

    accepted: Sequence[str] = ()
    missing: Sequence[str] = ()
    extra: Sequence[str] = ()
    how: str = "courier"  # courier, paper


@dataclass(frozen=True, slots=True)
class _Settled:
    accepted: list[HandoffLine] = field(default_factory=list)
    missing: list[HandoffLine] = field(default_factory=list)


@transaction.atomic(durable=True)
def accept(number: int, said: Acceptance, *, by: Actor, at: datetime) -> Handoff:
    """Settle a closed act parcel by parcel, as the courier's side or a signed paper says.

    Accepted parcels are out of the door; missing ones leave the act; extra ones are only noted. Saying the same again
    changes nothing. Raises NotClosed, NotOnAct for parcels that it does not list or lists otherwise.
    """
    act = lock_act(number)
    if act.state in (*OPEN, Handoff.State.VOID):
        raise NotClosed(detail={"number": number})
    settled = _sort_out(act, said)
    if not settled.accepted and not settled.missing and not said.extra:
        return act
    data: dict[str, journal.Code] = {
        "accepted": list(said.accepted), "missing": list(said.missing), "extra": list(said.extra), "how": said.how,
    }  # fmt: skip
    note(act, "act.accepted", data, by=by, at=at)
    _lose_from_act(settled.missing, at)
    departure.accept(act, settled.accepted, how=said.how, by=by, at=at)
    if said.extra:
        departure.finish(act, how=said.how, at=at, differs=True)
    return act


@transaction.atomic(durable=True)
def bring_back(parcels: Sequence[str], *, by: Actor, at: datetime) -> list[Order]:
    """Scan in what our own courier brought back for another day: inside again, to go on a new act.

    A parcel that is inside already is left as it is. Raises UnknownParcel, NotOwnCourier.
    """
    rows = [row for row in lock_parcels(parcels) if row.state != Parcel.State.INSIDE]
    own = set(Courier.objects.filter(kind=Courier.Kind.OWN).values_list("code", flat=True))
    for row in rows:
        if row.state != Parcel.State.OUT or row.in_hands_of not in own:
            raise NotOwnCourier(detail={"parcel": row.number})
    return departure.come_back(rows, by=by, at=at) if rows else []


def _sort_out(act: Handoff, said: Acceptance) -> _Settled:
    """Give the lines that change; parcels that are not on the act, or are settled otherwise, are refused by name."""
    lines = {line.parcel.number: line for line in HandoffLine.objects.filter(handoff=act).select_related("parcel")}
    named = [*said.accepted, *said.missing]
    refuse_strangers(act, named, set(lines))
    both = set(said.accepted) & set(said.missing)
    state = HandoffLine.State
    against = [n for n in said.accepted if lines[n].state not in {state.ON, state.ACCEPTED}]
    against += [n for n in said.missing if lines[n].state not in {state.ON, state.MISSING}]
    if wrong := both | set(against):
        raise NotOnAct(detail={"number": act.number, "parcels": ", ".join(sorted(wrong))})
    parcels = {parcel.pk: parcel for parcel in lock_parcels([n for n in named if lines[n].state == state.ON])}
    for line in lines.values():
        line.parcel = parcels.get(line.parcel_id, line.parcel)
    return _Settled(
        [lines[n] for n in dict.fromkeys(said.accepted) if lines[n].state == state.ON],
        [lines[n] for n in dict.fromkeys(said.missing) if lines[n].state == state.ON],
    )


def _lose_from_act(lines: Sequence[HandoffLine], at: datetime) -> None:
    """Parcels that the courier does not have stand inside again, free for another act."""
    HandoffLine.objects.filter(pk__in=[line.pk for line in lines]).update(state=HandoffLine.State.MISSING, state_at=at)
    Parcel.objects.filter(pk__in=[line.parcel_id for line in lines]).update(on_act=Parcel.OnAct.NONE, in_hands_of="")
