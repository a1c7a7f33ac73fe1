"""Privacy in words: classes of data, what will be emptied, acts as papers."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Shop
from shopdesk.base import wording
from shopdesk.base.papers import breakable, draw
from shopdesk.privacy.columns import tables
from shopdesk.privacy.models import Erasure, RetentionRun
from shopdesk.trail.models import TrailEntry

CLASSES: Mapping[str, str | Promise] = {
    "contact": gettext_lazy("Name, phone, mail and address of customers"),
    "said": gettext_lazy("What customers said, and notes about them"),
    "past": gettext_lazy("Old and new values of changes, notes of calls, phones that rang"),
    "answer": gettext_lazy("Stored answers to machines"),
}
SINCE: Mapping[str, str | Promise] = {
    "contact": gettext_lazy("after the last order ended"),
    "said": gettext_lazy("after the order ended"),
    "past": gettext_lazy("after the change"),
    "answer": gettext_lazy("after the request"),
}


def by_class(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Add "table.column" -> values up by class, in the classes' own order and words."""
    sums: Counter[str] = Counter()
    for name, count in counts.items():
        table, _dot, column = name.partition(".")
        sums[tables()[table].classes[column]] += count
    return [(str(words), sums[name]) for name, words in CLASSES.items() if sums[name]]


def erasure_paper(row: Erasure, names: Mapping[int, str], *, at: datetime) -> bytes:
    """Give the act of an erasure as PDF, with its extract of the trail; it names the staff and nobody else."""
    shop = Shop.current()
    entries = TrailEntry.objects.filter(target_kind="erasure", target_id=row.code).order_by("pk")
    with translation.override(shop.language):
        facts = [
            [_("Shop"), shop.name],
            [_("Ground"), str(row.get_ground_display())],
            [_("Asked"), _hour(row.asked_at, shop)],
            [_("Erased"), _hour(row.done_at or row.asked_at, shop)],
            [
                _("By"),
                ", ".join(name for one in (row.asked_by_id, row.approved_by_id) if (name := names.get(one or 0))),
            ],
            [_("People"), str(row.people)],
            [_("Orders"), ", ".join(map(str, row.orders)) or "–"],
        ]
        title = _("Act of erasure № %(number)s") % {"number": row.pk}
        return _draw(title, facts, row.counts, list(entries), row.hash, shop=shop, at=at)


def retention_paper(row: RetentionRun, *, at: datetime) -> bytes:
    """Give the act of a run of retention as PDF."""
    shop = Shop.current()
    entries = TrailEntry.objects.filter(target_kind="retention", target_id=str(row.pk)).order_by("pk")
    with translation.override(shop.language):
        facts = [[_("Shop"), shop.name], [_("Erased"), _hour(row.at, shop)], [_("People"), str(row.people)]]
        title = _("Act of retention № %(number)s") % {"number": row.pk}
        return _draw(title, facts, row.counts, list(entries), row.hash, shop=shop, at=at)


def own_data_paper(data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Give what is kept of a person as PDF, table by table, in the language in use."""
    parts = [
        {"title": table, "rows": [cells for row in rows for cells in _cells(row)]}
        for table, rows in data["kept"].items()
    ]
    bought = [
        [str(order["number"]), f"{order['placed_at'][:10]} · {order['total']} {order['currency']} · "
         + ", ".join(f"{item['quantity']} × {item['name']}" for item in order["items"])]
        for order in data["orders"]
    ]  # fmt: skip
    shop = Shop.current()
    paper = {
        "title": _("Your personal data"),
        "facts": [[_("Shop"), shop.name], [_("As of"), _hour(at, shop)]],
        "parts": [*parts, {"title": _("Orders"), "rows": bought}],
        "hash": "",
    }
    return draw("record", _safe(paper, translation.get_language() or "en"), at=at)


def _draw(
    title: str, facts: list[list[str]], counts: Mapping[str, int], entries: list[TrailEntry], seal: str, **rest: Any
) -> bytes:
    shop, at = rest["shop"], rest["at"]
    parts = [
        {"title": _("What was emptied"), "rows": [[words, str(count)] for words, count in by_class(counts)]},
        {"title": _("Column by column"), "rows": [[name, str(count)] for name, count in counts.items()]},
        {"title": _("Extract of the audit trail"), "rows": [
            [_hour(one.at, shop), f"№ {one.pk} · {one.deed} · {one.actor} · {one.target_kind} {one.target_id}"]
            for one in entries
        ]},
    ]  # fmt: skip
    paper = {"title": title, "facts": facts, "parts": parts, "hash": seal}
    return draw("record", _safe(paper, shop.language), at=at)


def _safe(paper: dict[str, Any], language: str) -> dict[str, Any]:
    """What a sheet needs beside its words."""
    parts = [
        {"title": part["title"], "rows": [[breakable(cell) for cell in row] for row in part["rows"]]}
        for part in paper["parts"]
    ]
    return paper | {"parts": parts, "language": language[:2], "page": _("page {page} of {pages}")}


def _hour(at: datetime, shop: Shop) -> str:
    return wording.day_and_hour(at, now=at.replace(year=at.year - 1), zone=shop.zone)


def _cells(row: Mapping[str, Any]) -> list[list[str]]:
    """A row's values, each with its name."""
    return [[f"{row['row']} · {name}", str(value)] for name, value in row.items() if name != "row"]
