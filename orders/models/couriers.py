"""Who carries parcels: what is promised of them. What happened on the way is delivery's."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Kind
from shopdesk.base.rows import EVERYTHING, Rows


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

    code = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=Kind)
    takes_cod = models.BooleanField(default=True)
    delivers_in_part = models.BooleanField(default=True)
    several_parcels = models.BooleanField(default=True)
    cutoff = models.TimeField(default=time(18))  # shop time; what is packed later goes another day
    days = models.PositiveSmallIntegerField(default=0)  # from handoff to the customer
    check_after_days = models.PositiveSmallIntegerField(default=3)  # silent for so long: look into it
    active = models.BooleanField(default=True)

    objects = CourierRows.as_manager()

    class Meta:
        db_table = "courier"

    def __str__(self) -> str:
        return self.name
