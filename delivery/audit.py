"""The auditor's queries over parcels, acts and the couriers' money: P1 to P4, M1 to M4 and S5. They only read."""

from collections.abc import Sequence

from delivery.handoff import act_hash
from delivery.models import Handoff
from shopdesk.base.audit import Check, Finding, found, select

STANDS_TWICE = """
SELECT parcel_id, 'on two acts' FROM handoff_line WHERE state IN ('on', 'accepted')
GROUP BY parcel_id HAVING count(*) > 1
UNION ALL
SELECT p.id, 'on a closed act that does not list it' FROM parcel p WHERE p.on_act = 'closed' AND NOT EXISTS (
  SELECT 1 FROM handoff_line l JOIN handoff h ON h.number = l.handoff_id
  WHERE l.parcel_id = p.id AND l.state IN ('on', 'accepted') AND h.closed_at IS NOT NULL)
UNION ALL
SELECT p.id, 'listed by an act it knows nothing of' FROM parcel p WHERE p.on_act = 'none' AND p.state = 'inside'
  AND EXISTS (SELECT 1 FROM handoff_line l WHERE l.parcel_id = p.id AND l.state IN ('on', 'accepted'))
"""
CONTENTS = """
WITH packed AS (
  SELECT i.line_id, sum(i.quantity) AS pieces, sum(i.delivered) AS delivered, sum(i.returned) AS returned,
    sum(i.lost) AS lost
  FROM parcel_item i JOIN parcel p ON p.id = i.parcel_id WHERE p.state <> 'opened' GROUP BY i.line_id)
SELECT l.order_id, l.position FROM order_line l JOIN orders o ON o.number = l.order_id
LEFT JOIN packed k ON k.line_id = l.id
WHERE l.kind = 'goods' AND o.status IN ('packed', 'handed_over', 'delivered', 'returning', 'returned', 'lost')
  AND (coalesce(k.pieces, 0) <> l.picked OR coalesce(k.delivered, 0) <> l.delivered
    OR coalesce(k.returned, 0) <> l.returned OR coalesce(k.lost, 0) <> l.lost)
UNION ALL
SELECT p.order_id, p.position FROM parcel_item i JOIN parcel p ON p.id = i.parcel_id
WHERE i.delivered + i.returned + i.lost > i.quantity
"""
HOLDERS = """
SELECT p.number, p.state FROM parcel p LEFT JOIN (
  SELECT parcel_id, sum(quantity - delivered - returned - lost) AS pieces FROM parcel_item GROUP BY parcel_id) i
  ON i.parcel_id = p.id
WHERE (p.state = 'out' AND p.in_hands_of = '')
   OR (p.state IN ('kept', 'returning') AND (coalesce(i.pieces, 0) > 0) <> (p.in_hands_of <> ''))
   OR (p.state IN ('returned', 'lost', 'opened') AND p.in_hands_of <> '')
   OR (p.state = 'inside' AND (p.on_act = 'closed') <> (p.in_hands_of <> ''))
"""
SUMS = """
WITH booked AS (
  SELECT shipment_id,
    sum(CASE WHEN kind = 'due' THEN signed ELSE 0 END) AS due,
    sum(CASE WHEN kind = 'reduced' THEN signed ELSE 0 END) AS reduced,
    sum(CASE WHEN kind = 'collected' THEN signed ELSE 0 END) AS collected,
    sum(CASE WHEN kind = 'remitted' THEN signed ELSE 0 END) AS remitted,
    sum(CASE WHEN kind = 'fee' THEN signed ELSE 0 END) AS fees,
    sum(CASE WHEN kind = 'written_off' THEN signed ELSE 0 END) AS written_off,
    sum(CASE WHEN kind = 'fee_due' THEN signed ELSE 0 END) AS fee_due
  FROM (SELECT shipment_id, kind, CASE WHEN reverses_id IS NULL THEN amount_minor ELSE -amount_minor END AS signed
        FROM cash_entry) e
  GROUP BY shipment_id)
SELECT s.order_id, s.flag FROM shipment s LEFT JOIN booked b ON b.shipment_id = s.id
WHERE coalesce(b.due, 0) <> s.due_minor OR coalesce(b.reduced, 0) <> s.reduced_minor
   OR coalesce(b.collected, 0) <> s.collected_minor OR coalesce(b.remitted, 0) <> s.remitted_minor
   OR coalesce(b.fees, 0) <> s.fees_minor OR coalesce(b.written_off, 0) <> s.written_off_minor
   OR coalesce(b.fee_due, 0) <> s.fee_due_minor OR s.fee_due_minor < s.buyout_fee_minor
   OR (s.due_minor < s.reduced_minor + s.collected_minor + s.written_off_minor AND s.flag = '')
   OR (s.collected_minor < s.remitted_minor + s.fees_minor AND s.flag = '')
"""
ACCOUNTS = """
SELECT currency, 'entries do not cancel out' FROM (
  SELECT currency, source AS account, -amount_minor AS pieces FROM cash_entry
  UNION ALL SELECT currency, target, amount_minor FROM cash_entry) both_sides
GROUP BY currency HAVING sum(pieces) <> 0
UNION ALL
SELECT currency, 'an entry of no shipment' FROM cash_entry
WHERE (shipment_id IS NULL) <> (kind IN ('fine', 'fine_ended'))
UNION ALL
SELECT currency, 'fines that are not what is booked' FROM (
  SELECT source AS account, currency, -amount_minor AS pieces FROM cash_entry WHERE kind IN ('fine', 'fine_ended')
  UNION ALL SELECT target, currency, amount_minor FROM cash_entry WHERE kind IN ('fine', 'fine_ended')
  UNION ALL SELECT 'courier:' || courier_id, currency, -amount_minor FROM fine WHERE ended = '') both_sides
WHERE substr(account, 1, 8) = 'courier:' GROUP BY account, currency HAVING sum(pieces) <> 0
UNION ALL
SELECT e.currency, 'an entry of another currency' FROM cash_entry e JOIN shipment s ON s.id = e.shipment_id
WHERE e.currency <> s.currency
UNION ALL
SELECT e.currency, 'a reversal that is no mirror' FROM cash_entry e JOIN cash_entry r ON r.id = e.reverses_id
WHERE e.source <> r.target OR e.target <> r.source OR e.amount_minor <> r.amount_minor OR e.kind <> r.kind
   OR e.shipment_id <> r.shipment_id
"""
TWICE = """
SELECT courier_id, event_id FROM shipment_event GROUP BY courier_id, event_id HAVING count(*) > 1
UNION ALL
SELECT 'shipment', CAST(e.shipment_id AS text) FROM cash_entry e
WHERE e.kind = 'collected' AND e.reverses_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM cash_entry r WHERE r.reverses_id = e.id)
GROUP BY e.shipment_id HAVING count(*) > 1
"""
REGISTERS = """
WITH said AS (
  SELECT shipment_id, sum(remitted_minor) AS remitted, sum(kept_minor) AS kept FROM register_line
  WHERE shipment_id IS NOT NULL GROUP BY shipment_id)
SELECT s.order_id, 'registers' FROM shipment s LEFT JOIN said r ON r.shipment_id = s.id
WHERE coalesce(r.remitted, 0) <> s.remitted_minor OR coalesce(r.kept, 0) <> s.fees_minor
UNION ALL
SELECT l.id, 'a line of another courier' FROM register_line l JOIN register g ON g.id = l.register_id
JOIN shipment s ON s.id = l.shipment_id
WHERE l.remitted_minor + l.kept_minor > 0 AND (s.courier_id <> g.courier_id OR s.currency <> g.currency)
UNION ALL
SELECT l.id, 'booked without a parcel' FROM register_line l
WHERE l.shipment_id IS NULL AND l.remitted_minor + l.kept_minor > 0
UNION ALL
SELECT g.id, 'a total that is not its lines' FROM register g JOIN register_line l ON l.register_id = g.id
GROUP BY g.id, g.total_minor, g.fees_minor
HAVING sum(l.amount_minor) <> g.total_minor OR sum(l.fee_minor) <> g.fees_minor
"""
IN_HANDS = """
SELECT product_id, code, sum(pieces) FROM (
  SELECT l.product_id, s.courier_id AS code, i.quantity - i.delivered - i.returned - i.lost AS pieces
  FROM parcel_item i JOIN parcel p ON p.id = i.parcel_id JOIN order_line l ON l.id = i.line_id
  JOIN shipment s ON s.order_id = p.order_id WHERE p.state IN ('out', 'kept', 'returning', 'returned', 'lost')
  UNION ALL
  SELECT v.product_id, a.code, -v.on_hand FROM place_level v JOIN place a ON a.id = v.place_id WHERE a.kind = 'courier'
) both_sides GROUP BY product_id, code HAVING sum(pieces) <> 0
UNION ALL
SELECT product_id, location_id, sum(pieces) FROM (
  SELECT l.product_id, o.location_id, l.picked AS pieces
  FROM order_line l JOIN orders o ON o.number = l.order_id WHERE l.picked > 0
  UNION ALL
  SELECT l.product_id, o.location_id, -i.quantity FROM parcel_item i JOIN parcel p ON p.id = i.parcel_id
  JOIN order_line l ON l.id = i.line_id JOIN orders o ON o.number = l.order_id
  WHERE p.state IN ('out', 'kept', 'returning', 'returned', 'lost')
  UNION ALL
  SELECT v.product_id, a.location_id, -v.on_hand FROM place_level v JOIN place a ON a.id = v.place_id
  WHERE a.kind = 'packing'
) at_the_table GROUP BY product_id, location_id HAVING sum(pieces) <> 0
"""


def checks() -> list[Check]:
    """Give the checks of delivery."""
    return [
        _check("P1", "A parcel stands on one act, and knows it.", "parcel", STANDS_TWICE),
        Check("P2", "A closed act says what it said when it closed.", _changed_acts),
        _check("P3", "Parcels hold what was picked, and no piece is in two states.", "parcel_item", CONTENTS),
        _check("P4", "Every parcel out of the door has one holder.", "parcel", HOLDERS),
        _check("M1", "Due less reduced is collected, outstanding or written off.", "shipment", SUMS),
        _check("M2", "All cash entries cancel out per currency.", "cash_entry", ACCOUNTS),
        _check("M3", "What came home and what was kept is what the registers' lines say.", "register_line", REGISTERS),
        _check("M4", "A courier's event and a collected sum stand once.", "shipment_event", TWICE),
        _check("S5", "Goods with couriers and on the table are those of the parcels.", "parcel_item", IN_HANDS),
    ]


def _check(name: str, says: str, table: str, statement: str) -> Check:
    def find(alias: str) -> Finding:
        return found(_rows(alias, table), select(alias, statement))

    return Check(name, says, find)


def _rows(alias: str, table: str) -> int:
    rows: Sequence[tuple[int]] = select(alias, f"SELECT count(*) FROM {table}")  # noqa: S608 names of our own tables
    return rows[0][0]


def _changed_acts(alias: str) -> Finding:
    acts = Handoff.objects.using(alias).exclude(closed_at=None).prefetch_related("lines__parcel").order_by("number")
    rows, offenders = 0, []
    for act in acts.iterator(chunk_size=200):
        rows += 1
        if act_hash(act, list(act.lines.all())) != act.hash:
            offenders.append(act.number)
    return found(rows, offenders)
