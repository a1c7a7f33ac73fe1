"""Three-way: what the shop changed against what the desk changed, field by field. Pure: no database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.changes import Edit, LineEdit
from orders.channels.said import FIELDS, Said, SaidLine
from orders.models import Order, OrderLine

LINE_MARK = "line:"
SAME = ("quantity", "price_minor", "discount_minor")


@dataclass(slots=True)
class Merged:
    """What is to be done, and what a person must decide: field -> [what the shop wants, what we have]."""

    edit: Edit
    differs: dict[str, list[Any]] = field(default_factory=dict)
    agrees: set[str] = field(default_factory=set)  # fields in which both say the same now

    @property
    def changes(self) -> bool:
        return bool(self.edit.fields or self.edit.lines)


def merge(base: Said | None, order: Order, lines: Sequence[OrderLine], theirs: Said, skus: Mapping[str, str]) -> Merged:
    """Compare the shop's former word, its new one, and the order as it stands here.

    Without a former word (it was erased) whatever differs is for a person.
    """
    fields: dict[str, Any] = {}
    merged = Merged(Edit(fields))
    was = base.fields if base else {}
    for name in FIELDS:
        ours, wanted = getattr(order, name), theirs.fields[name]
        if wanted == ours:
            merged.agrees.add(name)
        elif base is not None and wanted == was[name]:
            continue
        elif base is not None and ours == was[name]:
            fields[name] = wanted
        else:
            merged.differs[name] = [wanted, ours]
    if theirs.lines:  # a body without lines says nothing of them
        merged.edit = Edit(fields, _merge_lines(base, lines, theirs, skus, merged))
    return merged


def edit_of(differs: Mapping[str, Sequence[Any]], lines: Sequence[OrderLine]) -> Edit:
    """Make the edit that gives the shop its way in everything that waited for a person."""
    ours = {line.external_id: line for line in lines if line.external_id}
    fields = {name: pair[0] for name, pair in differs.items() if not name.startswith(LINE_MARK)}
    wanted = {name.removeprefix(LINE_MARK): pair[0] for name, pair in differs.items() if name.startswith(LINE_MARK)}
    return Edit(fields, [_edit(SaidLine(**said) if said else None, ours.get(key), {}) for key, said in wanted.items()])


def _merge_lines(
    base: Said | None, lines: Sequence[OrderLine], theirs: Said, skus: Mapping[str, str], merged: Merged
) -> list[LineEdit]:
    ours = {line.external_id: line for line in lines if line.external_id}
    was = {line.external_id: line for line in base.lines} if base else {}
    wants = {line.external_id: line for line in theirs.lines}
    edits = []
    for key in [*was, *(key for key in wants if key not in was)]:
        line, wanted, have = was.get(key), wants.get(key), ours.get(key)
        if _said(wanted) == _stands(have):
            merged.agrees.add(f"{LINE_MARK}{key}")
        elif base is not None and _said(wanted) == _said(line):
            continue
        elif base is not None and _stands(have) == _said(line):
            edits.append(_edit(wanted, have, skus))
        else:
            merged.differs[f"{LINE_MARK}{key}"] = [_stored(wanted), _shown(have)]
    return edits


def _said(line: SaidLine | None) -> tuple[int, ...] | None:
    return tuple(getattr(line, name) for name in SAME) if line else None


def _stands(line: OrderLine | None) -> tuple[int, ...] | None:
    """Give a line as it counts: one that was taken off is not there."""
    is_there = line is not None and line.cancelled < line.quantity
    return tuple(getattr(line, name) for name in SAME) if is_there else None


def _edit(wanted: SaidLine | None, have: OrderLine | None, skus: Mapping[str, str]) -> LineEdit:
    if wanted is None:
        assert have is not None  # noqa: S101  for the type checker: nothing that is not there is taken off
        return LineEdit(quantity=0, id=have.pk)
    return LineEdit(
        quantity=wanted.quantity, id=have.pk if have else None,
        sku=skus.get(wanted.external_id, wanted.sku) if have is None else "", name=wanted.name,
        price_minor=wanted.price_minor, discount_minor=wanted.discount_minor, tax_minor=wanted.tax_minor,
        external_id=wanted.external_id,
    )  # fmt: skip


def _stored(line: SaidLine | None) -> dict[str, Any] | None:
    return {name: getattr(line, name) for name in SaidLine.__dataclass_fields__} if line else None


def _shown(line: OrderLine | None) -> dict[str, Any] | None:
    if line is None or _stands(line) is None:
        return None
    return {"name": line.name, "sku": line.sku, "total_minor": line.total_minor} | dict(
        zip(SAME, _stands(line) or (), strict=True)
    )
