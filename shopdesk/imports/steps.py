"""What each kind of file needs at each step: how it is read, judged, taken in, taken back."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders import intake, takingback
from orders.intake import MOST_LINES, Taken
from orders.models import Channel, Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import Refusal
from shopdesk.base.tables import read_table
from shopdesk.imports import documents, files, markup, orders, products
from shopdesk.imports.models import Import, ImportItem

Thing = dict[str, Any]
Judged = tuple[Any, ...]  # a row of `ITEM_COLUMNS`
ITEM_COLUMNS = ("batch_id", "place", "row", "key", "verdict", "words", "fate")
WORDS = json.JSONEncoder()
Fate, Verdict = ImportItem.Fate, ImportItem.Verdict


def read(batch: Import) -> Iterator[Thing]:
    """Read the things of a file. Raises UnreadableTable, UnreadableMarkup."""
    path = files.source(batch)
    if batch.form == Import.Form.COMMERCEML and batch.what == Import.What.ORDERS:
        return documents.understand(path, _channel(batch), at=batch.asked_at)
    if batch.form != Import.Form.TABLE:
        return markup.read(path, Import.Form(batch.form), Shop.current().currency)
    if batch.what == Import.What.PRODUCTS:
        return products.understand(read_table(path), batch.columns, Shop.current().currency)
    return orders.understand(read_table(path), _reading(batch))


def judge(batch: Import, things: Sequence[Thing], *, after: int) -> list[Judged]:
    """Say of each thing what would become of it, as rows to be written. `after`: how many came before these."""
    is_products = batch.what == Import.What.PRODUCTS
    verdicts = products.judge(things) if is_products else orders.judge(things, _channel(batch))
    return [
        (batch.pk, place, thing["row"], thing["key"], verdict.value, WORDS.encode(thing["words"]), Fate.WAITS.value)
        for place, (thing, verdict) in enumerate(zip(things, verdicts, strict=True), start=after + 1)
    ]


def take_in(batch: Import, pairs: Sequence[tuple[ImportItem, Thing]], *, at: datetime) -> None:
    """Take in what was found good, and write on each item what became of it. The same again takes nothing twice."""
    good = [pair for pair in pairs if pair[0].verdict in {Verdict.GOOD, Verdict.NOTED}]
    by = batch.asked_by.subject.actor
    if batch.what == Import.What.PRODUCTS:
        products.take_in(good, by=by, at=at)
        return
    channel = _channel(batch)
    orders.complete([thing for _item, thing in good])
    for item, thing in good:
        if thing.get("bad"):  # it was good when it was tried
            item.fate, item.verdict, item.words = Fate.REFUSED, Verdict.BAD, thing["words"]
    for together in _bearable([pair for pair in good if not pair[1].get("bad")]):
        _take_in_orders(batch, together, channel, by=by, at=at)


def take_back(items: Sequence[ImportItem], *, at: datetime) -> None:
    """Cancel orders that came by an import, unless somebody has worked on them since."""
    numbers = [item.order_id for item in items if item.order_id]
    try:
        gone = takingback.take_back(numbers, by=items[0].batch.asked_by.subject.actor, at=at)
    except Refusal as refusal:
        if len(items) > 1:
            for item in items:
                take_back([item], at=at)
        else:
            items[0].fate, items[0].words = Fate.KEPT, [*items[0].words, str(refusal)]
        return
    for item in items:
        item.fate = Fate.UNDONE if item.order_id in gone else Fate.KEPT


def _take_in_orders(
    batch: Import, pairs: Sequence[tuple[ImportItem, Thing]], channel: Channel, *, by: Actor, at: datetime
) -> None:
    """Take orders in together; when one is refused, each on its own, so that only that one stays out."""
    wanted = [orders.revive(thing, channel, batch=batch.code) for _item, thing in pairs]
    try:
        taken = intake.take_in_many(wanted, by=by, at=at)
    except Refusal as refusal:
        if len(pairs) > 1:
            for pair in pairs:
                _take_in_orders(batch, [pair], channel, by=by, at=at)
        else:
            item = pairs[0][0]
            item.fate, item.verdict, item.words = Fate.REFUSED, Verdict.BAD, [*item.words, str(refusal)]
        return
    for (item, _thing), one in zip(pairs, taken, strict=True):
        _note(item, one, batch)


def _note(item: ImportItem, taken: Taken, batch: Import) -> None:
    """An order that says it came by this import was taken in by it, if not now then before the worker was killed."""
    item.order = taken.order
    if taken.created or taken.order.source.get("import") == batch.code:
        item.fate = Fate.TAKEN
    else:
        item.fate, item.verdict = Fate.SAME, Verdict.KNOWN
        item.words = [*item.words, _("It came from elsewhere meanwhile.")]


def _bearable(pairs: Sequence[tuple[ImportItem, Thing]]) -> Iterator[list[tuple[ImportItem, Thing]]]:
    """Cut so that no transaction has more lines than intake wants to see at once."""
    together: list[tuple[ImportItem, Thing]] = []
    lines = 0
    for pair in pairs:
        lines += len(pair[1]["order"]["lines"])
        if together and lines > MOST_LINES:
            yield together
            together, lines = [], len(pair[1]["order"]["lines"])
        together.append(pair)
    if together:
        yield together


def _reading(batch: Import) -> orders.Reading:
    return orders.Reading(batch.columns, _channel(batch), ZoneInfo(Shop.current().zone), batch.asked_at)


def _channel(batch: Import) -> Channel:
    assert batch.channel is not None  # noqa: S101  for the type checker: imports of orders have one
    return batch.channel
