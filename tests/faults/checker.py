"""After the storm: is everything that was acknowledged there, once, and is nothing there that nobody sent?"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from orders import feed
from orders.models import InboundMessage, Order, Unplaced
from shopdesk.management.commands import audit
from shopdesk.webhooks.models import Endpoint, Message
from tests.faults.load import Sent


def judge(sent: Sequence[Sent], seen: Sequence[str]) -> dict[str, Any]:
    """Compare the clients' history with the database, and what the receiver saw with what was to be told."""
    # Deeds bring orders of their own (`clocks`, `couriers`) through other channels: the shops' are judged here.
    orders = Order.objects.filter(channel__in={one.shop for one in sent})
    stored = {order.external_id: order for order in orders.prefetch_related("lines")}
    made = [one for one in sent if one.kind in ("order", "hook")]
    there = [one for one in made if one.external_id in stored]
    copies = Counter(orders.values_list("external_id", flat=True))
    told = Message.objects.filter(kind="order.taken")
    marked = set(told.filter(state="delivered").values_list("code", flat=True))
    audited = audit.run(audit.all_checks())
    wrong = {
        "acknowledged orders lost (O2)": [
            one.external_id for one in made if one.taken and one.external_id not in stored
        ],
        "orders changed (O2)": [one.external_id for one in there if not same(one, stored[one.external_id])],
        "orders that nobody sent (O3)": sorted(set(stored) - {one.external_id for one in made}),
        "refused orders that are there (O3)": [one.external_id for one in there if one.refused],
        "orders twice (O1)": [code for code, times in copies.items() if times > 1],
        "one key, two numbers (I1)": [one.external_id for one in made if len(numbers(one)) > 1],
        "cancellations lost (O2)": [
            one.external_id for one in sent
            if one.kind == "cancel" and one.taken and stored[one.external_id].status != "cancelled"
        ],
        "messages undecided (E4)": list(InboundMessage.objects.filter(state="received").values_list("pk", flat=True)),
        "messages lost (E4)": sorted(
            {one.external_id for one in made if one.kind == "hook" and one.taken}
            - set(InboundMessage.objects.values_list("delivery_id", flat=True))
        ),
        "told nobody (E2)": list(told.exclude(state="delivered").values_list("code", flat=True)),
        "marked, never seen (E6)": sorted(marked - set(seen)),
        "answered with 500": [one.external_id for one in sent if any(status == 500 for status, _ in one.answers)],
    }  # fmt: skip
    return {
        "wrong": {name: found[:20] for name, found in wrong.items() if found},
        "violations": {check["id"]: check["offenders"] for check in audited if check["violations"]},
        "checked": {check["id"]: check["rows"] for check in audited},
        "why messages made no order": dict(
            Counter(
                InboundMessage.objects.filter(order=None)
                .values_list("state", "reason")
                .order_by()
                .values_list("reason", flat=True)
            )
        ),
        "orders": len(stored),
        "told": len(set(seen)),
        "told again": len(seen) - len(set(seen)),
    }


def same(one: Sent, order: Order) -> bool:
    """Whether an order says what was sent: SKUs, pieces and the sum."""
    lines = sorted((line.sku, line.quantity) for line in order.lines.all())
    wanted = sorted((item["sku"], item["quantity"]) for item in one.body["items"])
    return lines == wanted and order.items_minor == sum(1000 * pieces for _, pieces in wanted)


def numbers(one: Sent) -> set[int]:
    """Every number that was given for one thing that was sent."""
    return {body["number"] for status, body in one.answers if status in (200, 201) and body and "number" in body}


def settled() -> bool:
    """Whether nothing waits any more: no message, no event on its way to the feed, and nobody who is to be told."""
    waits = InboundMessage.objects.filter(state="received").exists()
    unpublished = Unplaced.objects.exists()
    unplanned = Endpoint.objects.filter(ended_at=None, planned_to__lt=feed.position()).exists()
    untold = Message.objects.filter(state="waiting", kind="order.taken").exists()
    return not (waits or unpublished or unplanned or untold)
