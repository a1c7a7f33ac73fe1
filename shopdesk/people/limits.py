"""How far whoever does something may go, read anew at every deed."""

from shopdesk.base.access import NO_LIMITS, Actor, Limits
from shopdesk.people.models import ApiToken, User


def limits_of_actor(by: Actor) -> Limits:
    """Give the limits of a person, also when they ask by a token of theirs. Machines, rules and sweeps have none."""
    if by.kind == "token":
        token = ApiToken.objects.select_related("user").filter(pk=by.id).first()
        return token.subject.limits if token else NO_LIMITS
    person = User.objects.filter(pk=by.id).first() if by.kind == "person" else None
    return person.subject.limits if person else NO_LIMITS
