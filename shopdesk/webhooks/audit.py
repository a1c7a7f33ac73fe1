"""What the auditor asks of webhooks."""

from collections.abc import Iterator

from orders.models import Feed
from shopdesk.base.audit import Check, Finding, found
from shopdesk.webhooks.kinds import EVENTS, Kind
from shopdesk.webhooks.models import Attempt, Endpoint, Message
from shopdesk.webhooks.planning import hash_of


def checks() -> list[Check]:
    """Give the promises of webhooks."""
    return [
        Check("E2", "Each event that an endpoint asked for has one message: sent, to be sent, or listed.", untold),
        Check("E3", "A message's body is the one it was made with, however often it was sent.", changed),
        Check("E6", "What is marked as delivered was answered with 2xx.", unseen),
    ]


def untold(alias: str) -> Finding:
    """Find places of the feed whose message is missing, of every endpoint that is told."""
    rows, offenders = 0, list[str]()
    for endpoint in Endpoint.objects.using(alias).filter(ended_at=None):
        for kind in endpoint.kinds:
            asked = _asked(alias, endpoint, kind)
            rows += len(asked)
            made = Message.objects.using(alias).filter(endpoint=endpoint, kind=kind, position__gt=endpoint.since)
            told = {place for place in made.values_list("position", flat=True) if place is not None}
            wrong = asked ^ told if kind != Kind.STOCK_CHANGED else told - asked  # events without goods say nothing
            offenders += [f"endpoint {endpoint.pk}, {kind}, position {place}" for place in sorted(wrong)]
    return found(rows, offenders)


def changed(alias: str) -> Finding:
    """Find messages whose body is not what it was."""
    rows = Message.objects.using(alias).exclude(body="").values_list("code", "body", "body_hash")
    offenders, seen = [], 0
    for code, body, sealed in rows.iterator(chunk_size=2_000):
        seen += 1
        if hash_of(body) != sealed:
            offenders.append(f"message {code}")
    return found(seen, offenders)


def unseen(alias: str) -> Finding:
    """Find messages that are marked as delivered though no try of theirs was answered with 2xx."""
    delivered = Message.objects.using(alias).filter(state=Message.State.DELIVERED)
    taken = Attempt.objects.using(alias).filter(status__gte=200, status__lt=300).values("message")
    return found(delivered.count(), [f"message {code}" for code in _codes(delivered.exclude(pk__in=taken))])


def _codes(rows: object) -> Iterator[str]:
    yield from rows.values_list("code", flat=True)  # type: ignore[attr-defined]


def _asked(alias: str, endpoint: Endpoint, kind: str) -> set[int]:
    places = Feed.objects.using(alias).filter(position__gt=endpoint.since, position__lte=endpoint.planned_to)
    if endpoint.channel_id:
        places = places.filter(event__order__channel=endpoint.channel_id)
    return set(places.filter(EVENTS[kind]).values_list("position", flat=True))
