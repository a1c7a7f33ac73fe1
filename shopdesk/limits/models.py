"""How far the owner lets each role, or one person, go. Read anew at every request: a change acts on the next one."""

from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import Q

from shopdesk.base.access import NO_LIMITS, Limits
from shopdesk.base.prepared import Reading

MANAGER = "manager"  # the role that is limited; what the others may do is fixed by `rights.toml`
SETS = ("statuses", "channels")  # lists of codes; null is all
FIELDS = ("discount_percent", "own_orders", "export", "cost", *SETS, "confirm_unspoken", "write_off_minor")


class LimitSet(models.Model):
    """The limits of a role, or of one person instead of their role's.

    `addresses` hold for every role. A person without a list of their own has the role's, whatever else is their own.
    """

    role = models.CharField(max_length=10, default=MANAGER)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    discount_percent = models.PositiveSmallIntegerField(default=NO_LIMITS.discount_percent)
    own_orders = models.BooleanField(default=NO_LIMITS.own_orders)
    export = models.BooleanField(default=NO_LIMITS.export)
    cost = models.BooleanField(default=NO_LIMITS.cost)
    confirm_unspoken = models.BooleanField(default=NO_LIMITS.confirm_unspoken)
    statuses = models.JSONField(null=True)  # a list of those that are seen; null is all
    channels = models.JSONField(null=True)  # codes of those whose orders are seen; null is all
    addresses = models.JSONField(null=True)  # networks that they may come from; null is from everywhere
    write_off_minor = models.BigIntegerField(null=True)  # at cost, in the shop's currency; null is any sum

    class Meta:
        db_table = "limit_set"
        constraints = [
            models.UniqueConstraint(fields=["role"], condition=Q(person=None), name="limit_set_once_per_role"),
            models.CheckConstraint(condition=Q(discount_percent__lte=100), name="limit_set_discount"),
        ]

    def __str__(self) -> str:
        return f"limits of {f'person {self.person_id}' if self.person_id else self.role}"

    @property
    def limits(self) -> Limits:
        """The limits as the rest of the desk reads them."""
        values = {name: getattr(self, name) for name in FIELDS}
        sets = {name: None if values[name] is None else frozenset(values[name]) for name in SETS}
        return Limits(**values | sets, addresses=tuple(self.addresses or ()))


SETS_FOR = Reading(LimitSet, "WHERE t.person_id = %s OR t.person_id IS NULL")  # one's own, and those of each role


def limits_of(role: str, person: int) -> Limits:
    """Give the limits in force for a person of a role: their own, else the role's, else none. One query.

    What roles other than the manager's may do is fixed; from where they come is not.
    """
    rows = [row for row in SETS_FOR.all(person) if row.person_id is not None or row.role == role]
    of_role = next((row.limits for row in rows if row.person_id is None), NO_LIMITS)
    own = next((row.limits for row in rows if row.person_id is not None), of_role)
    addresses = own.addresses or of_role.addresses
    return replace(own, addresses=addresses) if role == MANAGER else replace(NO_LIMITS, addresses=addresses)
