"""Declaring an act void: nobody took what it lists, so its parcels stand here again, free for another act."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from delivery.models import Handoff, HandoffLine
from orders import journal
from orders.models import Order, Parcel
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

GIVEN = (HandoffLine.State.ACCEPTED, HandoffLine.State.BACK)


class Why(models.TextChoices):
    """Why an act is void."""

    NOBODY_CAME = "nobody_came", _("the courier did not come")
    WRONG_COURIER = "wrong_courier", _("it was made for another courier")
    MISTAKE = "mistake", _("it was made by mistake")
    OTHER = "other", _("other")


class AlreadyGiven(DomainError):
    """The courier took a parcel of it."""

    sentence = _("The courier took parcels of act %(number)s, so it cannot be void.")
    next_step = _("Mark those missing that were not taken.")


@transaction.atomic(durable=True)
def void(number: int, why: Why, *, by: Actor, at: datetime) -> Handoff:
    """Declare an act void, open or closed. What it said when it closed stays, with its hash. Again: stays void.

    Raises Missing, AlreadyGiven once a parcel of it was accepted.
    """
    act = Handoff.objects.locked(number=number).select_related("courier").first()
    if act is None:
        raise Missing
    if act.state == Handoff.State.VOID:
        return act
    lines = list(HandoffLine.objects.filter(handoff=act).select_related("parcel"))
    if any(line.state in GIVEN for line in lines):
        raise AlreadyGiven(detail={"number": number})
    waiting = [line for line in lines if line.state == HandoffLine.State.ON]
    Order.objects.lock_many(sorted({line.parcel.order_id for line in waiting}))
    parcels = Parcel.objects.locked(pk__in=[line.parcel_id for line in waiting])
    free = [parcel.pk for parcel in parcels]
    rejected = {"state": HandoffLine.State.REJECTED, "state_at": at}
    HandoffLine.objects.filter(pk__in=[line.pk for line in waiting]).update(**rejected)
    Parcel.objects.filter(pk__in=free).update(on_act=Parcel.OnAct.NONE, in_hands_of="")
    act.state = Handoff.State.VOID
    act.save(update_fields=["state"])
    data: dict[str, journal.Code] = {"why": str(why), "parcels": [line.parcel.number for line in waiting]}
    journal.record([journal.Entry("act.voided", data=data, subject=("act", act.number))], by=by, at=at)
    return act
