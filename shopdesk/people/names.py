"""Names of colleagues, for those who read what they did."""

from collections.abc import Iterable

from shopdesk.base.access import Actor
from shopdesk.people.models import User


def names_of(actors: Iterable[Actor]) -> dict[Actor, str]:
    """Give the names of the people among these actors; rules, sweeps and machines have none."""
    people = {actor.id for actor in actors if actor.kind == "person" and actor.id}
    if not people:
        return {}
    return {Actor("person", pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "name")}
