"""The base of every query set: what a subject sees of a table, and how rows are locked."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from shopdesk.base.access import Kind, Subject

M = TypeVar("M", bound=models.Model)

Sight = Q | Callable[[Subject], Q]
EVERYTHING = Q()


class Rows(models.QuerySet[M]):
    """A query set with a scope. The owner sees every row; a kind that `scope` does not name sees none."""

    scope: ClassVar[Mapping[Kind, Sight]] = {}

    def for_subject(self, subject: Subject) -> Self:
        """Narrow to what this subject may see. Foreign and missing rows look the same from here on."""
        if subject.kind is Kind.OWNER:
            return self
        sight = self.scope.get(subject.kind)
        if sight is None:
            return self.none()
        return self.filter(sight(subject) if callable(sight) else sight)

    def locked(self, **which: Any) -> Self:
        """Lock the rows in order of their key. NO KEY: a plain FOR UPDATE would block inserts that refer to them."""
        return self.select_for_update(no_key=True, of=("self",)).filter(**which).order_by("pk")
