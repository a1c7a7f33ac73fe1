"""A row of the order list, written once in plain strings, so that the page has nothing left to work out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import IntegerField, OuterRef, Subquery, Sum
from django.urls import reverse
from django.utils.text import capfirst

from orders.models import CallTask, Hold, Order, OrderLine
from orders.models.orders import OrderRows
from orders.status import Status
from orders.web.telling import Moment, Next, tell_hold, tell_next, tell_waiting, tell_way
from shopdesk.base import wording
from shopdesk.base.access import Subject

READ = (
    "number", "status", "status_at", "reserved_until", "promised_on", "ship_on", "contact_name", "contact_phone",
    "contact_phone_raw", "delivery_method", "address_city", "address_text", "currency", "total_minor",
    "picking_until", "packer__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows. `tone` is of the waiting time, `chip` the first thing that holds the order."""

    number: int
    url: str
    status: str
    words: str
    name: str
    phone: str
    city: str
    way: str
    pieces: int
    goods: str
    total: str
    waits: str
    tone: str
    chip: str
    chip_tone: str
    next: Next


def lean(rows: OrderRows) -> OrderRows:
    """Read only what a row shows, the first line and the pieces with it."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    first = lines.filter(position=1).values("name")[:1]
    pieces = lines.values("order").annotate(pieces=Sum("quantity")).values("pieces")
    chosen = rows.select_related("packer").only(*READ)
    return chosen.annotate(goods=Subquery(first), pieces=Subquery(pieces, output_field=IntegerField()))


def rows_of(orders: Sequence[Order], subject: Subject, moment: Moment) -> list[Row]:
    """Write the rows of one page: two queries beside the orders' own, however many they are."""
    numbers = [order.pk for order in orders]
    open_rows = {"order__in": numbers, "closed_at": None}
    holds, tasks = defaultdict(list), defaultdict(list)
    for hold in Hold.objects.for_subject(subject).filter(**open_rows).select_related("owner").order_by("pk"):
        holds[hold.order_id].append(hold)
    for task in CallTask.objects.for_subject(subject).filter(**open_rows).select_related("taken_by"):
        tasks[task.order_id].append(task)
    words = {status.value: capfirst(str(status.label)) for status in Status}
    base = reverse("orders")
    return [_row(order, holds[order.pk], tasks[order.pk], moment, base, words) for order in orders]


def _row(
    order: Order, holds: list[Hold], tasks: list[CallTask], moment: Moment, base: str, words: Mapping[str, str]
) -> Row:
    """One row."""
    follows = tell_next(order, holds, tasks, moment)
    waits, tone = tell_waiting(order, follows.late, moment)
    chip, chip_tone = tell_hold(holds[0].reason) if holds else ("", "")
    return Row(
        number=order.number,
        url=f"{base}/{order.number}",
        status=order.status,
        words=words[order.status],
        name=order.contact_name,
        phone=wording.phone(order.contact_phone) if order.contact_phone else order.contact_phone_raw,
        city=order.address_city or order.address_text,
        way=tell_way(order, moment),
        pieces=order.pieces or 0,  # type: ignore[attr-defined]  # annotated by `lean`
        goods=order.goods or "",  # type: ignore[attr-defined]
        total=wording.money(order.total_minor, order.currency),
        waits=waits,
        tone=tone,
        chip=chip,
        chip_tone=chip_tone,
        next=follows,
    )
