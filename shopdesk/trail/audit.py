"""What the auditor asks of the trail."""

from shopdesk.base.audit import Check, Finding, found
from shopdesk.trail.chain import chained
from shopdesk.trail.models import TrailEntry, TrailHead, TrailPlace, TrailUnplaced


def checks() -> list[Check]:
    """Give the promises of the trail."""
    return [Check("SEC-71", "Every entry of the trail has its place, without gaps, and the hashes chain.", broken)]


def broken(alias: str) -> Finding:
    """Find places that leave a gap or whose hash does not follow, and entries that wait for no place."""
    offenders = []
    position, sealed = 0, TrailHead._meta.get_field("hash").get_default()
    places = TrailPlace.objects.using(alias).select_related("entry").order_by("position")
    for place in places.iterator(chunk_size=2_000):
        position, sealed = position + 1, chained(sealed, place.entry)
        if place.position != position:
            offenders.append(f"position {place.position}: {position} was expected")
            position = place.position
        if place.hash != sealed:
            offenders.append(f"position {place.position}: its hash does not follow")
            sealed = place.hash  # name the one that was changed, not everything behind it
    head = TrailHead.objects.using(alias).first() or TrailHead()
    if (head.position, head.hash) != (position, sealed):
        offenders.append("the head is not at the last position")
    waiting = TrailUnplaced.objects.using(alias).values("entry_id")
    lost = TrailEntry.objects.using(alias).filter(place=None).exclude(pk__in=waiting).values_list("pk", flat=True)
    offenders += [f"entry {pk}: has no place and waits for none" for pk in lost]
    return found(position, offenders)
