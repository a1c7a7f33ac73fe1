"""Names of colleagues, for those who read what they did."""

from collections.abc import Iterable

from shopdesk.base.access import Actor
from shopdesk.people.models import Role, User


def names_of(actors: Iterable[Actor]) -> dict[Actor, str]:
    """Give the names of the people among these actors; rules, sweeps and machines have none."""
    people = {actor.id for actor in actors if actor.kind == "person" and actor.id}
    if not people:
        return {}
    return {Actor("person", pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "name")}


def callers_by_name() -> list[tuple[int, str]]:
    """Give those who make calls, by name: owners and managers who still work here."""
    rows = User.objects.filter(role__in=[Role.OWNER, Role.MANAGER], is_active=True)
    return list(rows.order_by("name", "pk").values_list("pk", "name"))
