"""Who is away, and who does their work meanwhile."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shopdesk.base.access import Kind
from shopdesk.base.prepared import Reading
from shopdesk.base.rows import EVERYTHING, Rows, Sight


class AbsenceRows(Rows["Absence"]):
    """Owner and manager see who is away, everybody else their own."""

    scope: ClassVar[dict[Kind, Sight]] = {
        Kind.MANAGER: EVERYTHING,
        Kind.PACKER: lambda subject: Q(person=subject.person),
        Kind.COURIER_PERSON: lambda subject: Q(person=subject.person),
    }

    def covering(self, on: date) -> "AbsenceRows":
        """Narrow to those who are away on that day of the shop."""
        return self.filter(from_on__lte=on, until_on__gt=on)


class Absence(models.Model):
    """Days of the shop on which somebody is away, and who does their calls meanwhile. `until_on` is the day back."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    from_on = models.DateField()
    until_on = models.DateField()
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AbsenceRows.as_manager()

    class Meta:
        db_table = "absence"
        indexes = [models.Index(fields=["until_on", "from_on"], name="absence_by_days")]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("person")), name="nobody_is_their_own_substitute"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.from_on} {self.until_on}"


# Those of active people that cover a day; beside each, whether its substitute is active.
COVERING = Reading(
    Absence,
    """JOIN person p ON p.id = t.person_id AND p.is_active LEFT JOIN person s ON s.id = t.substitute_id
    WHERE t.from_on <= %s AND t.until_on > %s ORDER BY t.from_on, t.id""",
    extra=("s.is_active",),
)


def who_is_away(on: date) -> dict[int, int | None]:
    """Give who is away on that day of the shop, each with a substitute who is there; None when nobody stands in."""
    rows = COVERING.rows(on, on)
    named = {row.person_id: row.substitute_id for _active, row in rows}
    there = {row.substitute_id for active, row in rows if active} - named.keys()
    return {person: substitute if substitute in there else None for person, substitute in named.items()}
