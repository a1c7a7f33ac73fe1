"""Sending a message again: a person decides it, never a machine."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Message, Order
from orders.notices import SEND
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake

AGAIN = (Message.State.FAILED, Message.State.UNKNOWN, Message.State.DROPPED)


class NotToRepeat(DomainError):
    """The message waits, went out, or was sent again already."""

    sentence = _("This message is not to be sent again.")
    next_step = _("It waits, went out, or was sent again already.")


@transaction.atomic(durable=True)
def repeat(message_id: int, *, by: Actor, at: datetime) -> Message:
    """Send a message again that failed, was dropped, or of which nobody knows. Once: the second press is refused.

    It is a new message under the same rules. Raises NotToRepeat, Missing.
    """
    found = Message.objects.filter(pk=message_id).first()
    if found is None:
        raise Missing
    order = Order.objects.lock(found.order_id)
    again = Message.objects.filter(order=order, kind=found.kind, slot=f"again-{found.pk}")
    if found.state not in AGAIN or again.exists():
        raise NotToRepeat
    told: dict[str, journal.Code] = {"message": found.pk, "kind": found.kind}
    event = journal.record([journal.Entry("message.again", order, told)], by=by, at=at)[0]
    made = Message.objects.create(
        order=order, kind=found.kind, slot=f"again-{found.pk}", due_at=at, occasion_at=at, event=event
    )
    wake(SEND)
    return made
