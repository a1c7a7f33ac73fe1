"""Who carries parcels: what is promised of them. What happened on the way is delivery's."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


class Refusal(models.TextChoices):
    """Why a customer does not want at the door what was brought, as our own couriers say it."""

    CHANGED_MIND = "changed_mind", _("does not want it any more")
    NOT_AS_DESCRIBED = "not_as_described", _("it is not what was ordered")
    DOES_NOT_FIT = "does_not_fit", _("it does not fit")
    DAMAGED = "damaged", _("it is damaged")
    DEFECT = "defect", _("it does not work")
    PRICE = "price", _("too expensive")
    LATE = "late", _("it came too late")
    OTHER = "other", pgettext_lazy("reason", "another reason")


class CourierRows(Rows["Courier"]):
    scope = {
        Kind.MANAGER: EVERYTHING,
        Kind.PACKER: EVERYTHING,
        Kind.STOREFRONT: EVERYTHING,
        Kind.COURIER: lambda subject: models.Q(code=subject.code),
        Kind.COURIER_PERSON: lambda subject: models.Q(code=subject.code),
    }


class Courier(models.Model):
    """A courier service, the post, or the shop's own people; `counter` kind is giving out at the shop."""

    class Kind(models.TextChoices):
        OWN = "own", _("own couriers")
        SERVICE = "service", _("courier service")
        POST = "post", _("post")
        PICKUP_POINT = "pickup_point", _("pickup points")
        PICKUP = "pickup", _("pickup at the shop")

    class Label(models.TextChoices):
        A6 = "a6", _("A6")
        A4 = "a4", _("A4")
        OWN = "own", _("the courier's own")

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=Kind)
    takes_cod = models.BooleanField(default=True)
    delivers_in_part = models.BooleanField(default=True)
    several_parcels = models.BooleanField(default=True)
    cutoff = models.TimeField(default=time(18))  # shop time; what is packed later goes another day
    days = models.PositiveSmallIntegerField(default=0)  # from handoff to the customer
    allows_trying_on = models.BooleanField(default=False)
    needs = models.JSONField(default=list, blank=True)  # what it will not carry without: phone, email, postcode, size
    countries = models.CharField(max_length=100, blank=True)  # "RU KZ"; empty: any
    heaviest_g = models.PositiveIntegerField(null=True)  # of one parcel
    label = models.CharField(max_length=3, choices=Label, default=Label.A6)  # the paper of its labels
    storage_days = models.PositiveSmallIntegerField(default=7)  # at a pickup point, until it goes back
    # What comes back waits at the courier free for so many days after it got there; null: nobody knows. Then each day
    # costs so much, in the shop's currency.
    return_free_days = models.PositiveSmallIntegerField(null=True)
    return_day_minor = models.BigIntegerField(default=0, db_default=0)
    decide_within_hours = models.PositiveSmallIntegerField(default=48)  # after a try in vain, until it goes back
    check_after_days = models.PositiveSmallIntegerField(default=3)  # silent for so long: look into it
    # Refusals for which it asks nothing when a part is kept, codes with a space between: what is broken is no whim.
    fee_exempt = models.CharField(
        max_length=300, blank=True, default=f"{Refusal.DAMAGED} {Refusal.DEFECT}", db_default="damaged defect"
    )
    active = models.BooleanField(default=True)

    objects = CourierRows.as_manager()

    class Meta:
        db_table = "courier"

    def __str__(self) -> str:
        return self.name
