"""What the auditor asks of the journal and the feed."""

from orders.feed import chained
from orders.models import Feed, FeedHead, JournalEvent, Order
from orders.status import MOVES
from shopdesk.base.audit import Check, Finding, found, select

# The moves of each order in order of seq, each beside the one before it. The first one begins at no status.
CHAIN = """
SELECT order_id, seq, from_status, to_status, came_from, is_last FROM (
  SELECT order_id, seq, from_status, to_status,
    COALESCE(LAG(to_status) OVER (PARTITION BY order_id ORDER BY seq), '') AS came_from,
    CASE WHEN LEAD(seq) OVER (PARTITION BY order_id ORDER BY seq) IS NULL THEN 1 ELSE 0 END AS is_last
  FROM journal_event WHERE order_id IS NOT NULL AND to_status <> ''
) moves
"""


def checks() -> list[Check]:
    """Give the promises of the journal and the feed."""
    return [
        Check("E1", "Each change of status has exactly one event.", broken_chains),
        Check("E8", "Positions ascend without gaps, follow seq within an order, and their hashes chain.", broken_feed),
        Check("O4", "An order's status is its last move's; its events are 1..n; each move is allowed.", broken_orders),
    ]


def broken_chains(alias: str) -> Finding:
    """Find moves that do not begin where the move before ended: between them the status changed without an event."""
    moves = JournalEvent.objects.using(alias).exclude(to_status="").count()
    offenders = select(alias, f"SELECT order_id, seq FROM ({CHAIN}) chain WHERE from_status <> came_from")  # noqa: S608 our own text
    return found(moves, [f"order {order}, event {seq}: begins where the order was not" for order, seq in offenders])


def broken_orders(alias: str) -> Finding:
    """Find orders whose status, version or moves are not those of their journal."""
    last = f"SELECT order_id, to_status FROM ({CHAIN}) chain WHERE is_last = 1"  # noqa: S608 our own text
    wrong_status = select(
        alias,
        f"SELECT o.number FROM orders o LEFT JOIN ({last}) last ON last.order_id = o.number "  # noqa: S608 our own text
        "WHERE last.to_status IS NULL OR last.to_status <> o.status",
    )
    wrong_version = select(
        alias,
        "SELECT o.number FROM orders o LEFT JOIN (SELECT order_id, COUNT(*) AS n, MIN(seq) AS first, MAX(seq) AS last "
        "FROM journal_event WHERE order_id IS NOT NULL GROUP BY order_id) e ON e.order_id = o.number "
        "WHERE e.n IS NULL OR e.first <> 1 OR e.last <> e.n OR o.version <> e.n",
    )
    offenders = [f"order {number}: its status is not that of its last move" for (number,) in wrong_status]
    offenders += [f"order {number}: its events are not 1..version" for (number,) in wrong_version]
    return found(Order.objects.using(alias).count(), [*offenders, *_forbidden(alias)])


def broken_feed(alias: str) -> Finding:
    """Find places that leave a gap, stand against seq, or whose hash does not follow from everything before."""
    offenders = []
    position, sealed, seqs = 0, FeedHead._meta.get_field("hash").get_default(), dict[int, int]()
    places = Feed.objects.using(alias).select_related("event").order_by("position")
    for place in places.iterator(chunk_size=2_000):
        position, event, sealed = position + 1, place.event, chained(sealed, place.event)
        if place.position != position:
            offenders.append(f"position {place.position}: {position} was expected")
            position = place.position
        if place.hash != sealed:
            offenders.append(f"position {place.position}: its hash does not follow")
            sealed = place.hash  # name the one that was changed, not everything behind it
        if event.order_id and event.seq is not None:
            if event.seq != seqs.get(event.order_id, 0) + 1:
                offenders.append(f"position {place.position}: not in the order of seq")
            seqs[event.order_id] = event.seq
    head = FeedHead.objects.using(alias).first()
    if (head.position if head else 0) != position:
        offenders.append("the head is not at the last position")
    return found(position, offenders)


def _forbidden(alias: str) -> list[str]:
    """Name the moves that no rule allows."""
    allowed = {(begins or "", end.value) for begins, ends in MOVES.items() for end in ends}
    pairs = select(alias, "SELECT DISTINCT from_status, to_status FROM journal_event WHERE to_status <> ''")
    wrong = JournalEvent.objects.using(alias)
    return [
        f"order {event.order_id}: {begins or 'nothing'} -> {ends} is no move"
        for begins, ends in pairs
        if (begins, ends) not in allowed
        for event in wrong.filter(from_status=begins, to_status=ends)
    ]
