"""Acts and parcels locked in the order that everybody keeps, and what is told of them."""

from collections.abc import Sequence
from datetime import datetime

from delivery.handoff.refusals import ActClosed, NotOnAct, UnknownParcel
from delivery.models import Handoff
from orders import journal
from orders.models import Order, Parcel
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing

OPEN = (Handoff.State.OPEN, Handoff.State.LOADING)


def lock_act(number: int) -> Handoff:
    """Lock an act. Raises Missing."""
    act = Handoff.objects.locked(number=number).select_related("courier").first()
    if act is None:
        raise Missing
    return act


def lock_open(number: int) -> Handoff:
    """Lock an act that may still change. Raises Missing, ActClosed."""
    act = lock_act(number)
    if act.state not in OPEN:
        raise ActClosed(detail={"number": number})
    return act


def lock_parcels(numbers: Sequence[str]) -> list[Parcel]:
    """Lock the orders by number, then their parcels; each parcel's `order` is the locked one."""
    found = dict(Parcel.objects.filter(number__in=numbers).values_list("number", "order_id"))
    if unknown := set(numbers) - set(found):
        raise UnknownParcel(detail={"parcels": ", ".join(sorted(unknown))})
    orders = {order.pk: order for order in Order.objects.lock_many(sorted(set(found.values())))}
    parcels = list(Parcel.objects.locked(number__in=numbers))
    for parcel in parcels:
        parcel.order = orders[parcel.order_id]
    return parcels


def refuse_strangers(act: Handoff, named: Sequence[str], listed: set[str]) -> None:
    """Refuse parcels that an act does not list. Raises NotOnAct."""
    if strangers := set(named) - listed:
        raise NotOnAct(detail={"number": act.number, "parcels": ", ".join(sorted(strangers))})


def note(act: Handoff, kind: str, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> None:
    """Write down what happened to an act."""
    journal.record([journal.Entry(kind, data=data, subject=("act", act.number))], by=by, at=at)
