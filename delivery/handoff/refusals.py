"""Why parcels cannot go where somebody sends them."""

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError


class UnknownCourier(DomainError):
    """No such courier, or it is not used any more."""

    sentence = _("There is no courier %(courier)s.")


class UnknownParcel(DomainError):
    """A parcel was named that does not exist."""

    sentence = _("There is no parcel %(parcels)s.")
    next_step = _("Scan its barcode again.")


class ActClosed(DomainError):
    """A closed act never changes."""

    sentence = _("Act %(number)s is closed and cannot change.")
    next_step = _("Open a new act for late parcels.")


class ActEmpty(DomainError):
    """There is nothing on the act."""

    sentence = _("There is no parcel on act %(number)s.")


class CannotLeave(DomainError):
    """Parcels that cannot be handed over: not inside, of an order that is not packed, or on another act."""

    sentence = _("These parcels cannot go on act %(number)s: %(parcels)s.")
    next_step = _("Take them off; each needs a sealed order and no other act.")


class WrongParcel(CannotLeave):
    """One parcel was scanned that cannot go on this act; says why, and what to do with it."""

    code = CannotLeave.code
    sentence = _("Parcel %(parcels)s must not go: order %(order)s is %(status)s.")
    next_step = _("Put it on the unpack shelf; do not hand it over.")


class NotClosed(DomainError):
    """The courier accepts what is closed."""

    sentence = _("Act %(number)s is not closed yet.")


class NotOnAct(DomainError):
    """Parcels were named that are not on the act, or of which the act says otherwise already."""

    sentence = _("Act %(number)s does not list these parcels so: %(parcels)s.")


class NotOwnCourier(DomainError):
    """Only the shop's own couriers bring parcels back for another day."""

    sentence = _("Parcel %(parcel)s is not with a courier of ours.")
    next_step = _("Take it in as a return.")


class NotAtCounter(DomainError):
    """The order cannot be given out: it is not sealed, or a parcel stands on an act."""

    sentence = _("Order %(number)s cannot be given out: it is %(status)s or on an act.")


class WrongSum(DomainError):
    """What was taken is not what is due."""

    sentence = _("%(due)s %(currency)s is due for order %(number)s.")
