"""What stands in an unfinished order: shown to whoever rings about it, and taken over into the form of an order."""

from collections.abc import Sequence
from dataclasses import dataclass

from orders.channels.said import Said, SaidLine
from orders.inbox.items import skus_of
from orders.models import CallTask, ShopOrder
from shopdesk.base.access import Subject


@dataclass(frozen=True, slots=True)
class Lead:
    """A basket that somebody left, as the shop said it last. `skus`: line id -> our SKU where it was learnt."""

    pk: int
    shop: str
    said: Said
    lines: Sequence[tuple[SaidLine, str]]

    @property
    def total_minor(self) -> int:
        return sum(line.total_minor for line, _sku in self.lines)


def of_call(task: CallTask, subject: Subject) -> list[Lead]:
    """Give what a call is about, the newest first; nothing of a basket whose words were erased."""
    rows = ShopOrder.objects.for_subject(subject).filter(call=task).select_related("channel")
    return [lead for row in rows.order_by("-placed_at", "-pk") if (lead := _read(row)) is not None]


def find(lead_id: int, subject: Subject) -> Lead | None:
    """Give a basket that is no order yet, as far as the subject sees it."""
    row = ShopOrder.objects.for_subject(subject).filter(pk=lead_id, order=None).select_related("channel").first()
    return _read(row) if row is not None else None


def _read(row: ShopOrder) -> Lead | None:
    said = Said.of_stored(row.said)
    if said is None:
        return None
    learnt = skus_of(row, said)
    lines = [(line, learnt.get(line.external_id, line.sku)) for line in said.lines]
    return Lead(row.pk, row.channel.name, said, lines)
