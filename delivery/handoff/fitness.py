"""Which parcels may go on an act."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from delivery import shipments
from delivery.handoff.refusals import CannotLeave, WrongParcel
from delivery.models import Handoff, HandoffLine
from orders import carrying
from orders.models import Courier, Parcel
from orders.status import Status

# A parcel that was left behind when the others went follows on a later act.
MAY_LEAVE = (Status.PACKED, Status.HANDED_OVER, Status.DELIVERED)


def refuse_unfit(act: Handoff, parcels: Sequence[Parcel], on_act: str = Parcel.OnAct.OPEN) -> None:
    """Refuse parcels that cannot go on this act. Raises CannotLeave, WrongParcel of one alone, CannotCarry."""
    unfit = [
        parcel.number
        for parcel in parcels
        if parcel.state != Parcel.State.INSIDE
        or parcel.on_act != on_act
        or parcel.order.status not in MAY_LEAVE
        or parcel.order.currency != act.currency
        or parcel.order.location_id != act.location_id
    ]
    with_others = _with_others(act, {parcel.order_id for parcel in parcels})
    unfit += [parcel.number for parcel in parcels if parcel.order_id in with_others]
    if unfit:
        if len(parcels) == 1:
            _refuse_one(act, parcels[0])
        raise CannotLeave(detail={"number": act.number, "parcels": ", ".join(sorted(set(unfit)))})
    _refuse_uncarried(act.courier, parcels)


def _refuse_uncarried(courier: Courier, parcels: Sequence[Parcel]) -> None:
    """Refuse what this courier cannot carry: an order without a courier may have been packed for anybody."""
    orders = {parcel.order_id: parcel.order for parcel in parcels}
    inside = Parcel.objects.filter(order__in=orders, state=Parcel.State.INSIDE)
    boxes: dict[int, list[carrying.Box]] = {}
    for parcel in inside.order_by("order_id", "position"):
        size = parcel.length_mm and parcel.width_mm and parcel.height_mm
        boxes.setdefault(parcel.order_id, []).append(carrying.Box(parcel.weight_g, bool(size)))
    for number, order in sorted(orders.items()):
        carrying.refuse_unable(order, courier)
        carrying.refuse_boxes(order, boxes.get(number, []), courier)


def _with_others(act: Handoff, orders: set[int]) -> set[int]:
    """Give the orders of which another courier has or had a parcel, or will have by its act.

    One order travels with one courier: its parcels share one sum to collect.
    """
    gone = Parcel.objects.filter(order__in=orders, state__in=shipments.GONE)
    away = gone.exclude(order__shipment=None)  # what was given out at the counter has no courier
    had = away.exclude(order__shipment__courier=act.courier_id).values_list("order_id", flat=True)
    listed = HandoffLine.objects.filter(parcel__order__in=orders, state=HandoffLine.State.ON)
    lines = listed.filter(parcel__state=Parcel.State.INSIDE)  # an opened box goes nowhere
    waits = lines.exclude(handoff__courier=act.courier_id).values_list("parcel__order_id", flat=True)
    return {*had, *waits}


def _refuse_one(act: Handoff, parcel: Parcel) -> None:
    """Say of a parcel that was scanned alone what is wrong with it. Raises WrongParcel, if it is one of these."""
    order = parcel.order
    detail = {
        "number": act.number,
        "parcels": parcel.number,
        "order": order.number,
        "status": order.get_status_display(),
    }
    elsewhere = HandoffLine.objects.filter(parcel=parcel, state=HandoffLine.State.ON).exclude(handoff=act).first()
    if elsewhere:
        already = _("Parcel %(parcels)s stands on act %(act)s already.")
        aside = _("Take it off there first, or leave it there.")
        raise WrongParcel(already, detail=detail | {"act": elsewhere.handoff_id}, next_step=aside)
    if order.status == Status.CANCELLED:
        raise WrongParcel(detail=detail)
    if parcel.state == Parcel.State.OPENED:
        raise WrongParcel(_("Parcel %(parcels)s was opened again."), detail=detail, next_step=_("Scan its new label."))
    if parcel.state != Parcel.State.INSIDE:
        gone = _("Parcel %(parcels)s left before: its order is %(status)s.")
        raise WrongParcel(gone, detail=detail, next_step=_("Scan it under Returns, if it is here again."))
