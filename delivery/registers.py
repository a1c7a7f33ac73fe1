"""A courier's register as a file: CSV or XLSX, with whatever its columns are called, as rows of gross sums and fees."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError, FieldError, Malformed
from shopdesk.base.money import NotMoney, to_minor
from shopdesk.base.tables import Row, read_table

# As couriers of several countries head their columns; the first that is there counts.
WAYBILL = (
    "waybill", "waybill number", "parcel", "tracking number", "tracking", "barcode", "awb",
    "накладная", "номер накладной", "номер отправления", "трек-номер", "шпи", "отправление", "заказ",
    "товарителница", "номер на товарителница", "пратка",
)  # fmt: skip
AMOUNT = (
    "amount", "cod", "cod amount", "collected", "sum",
    "сумма", "сумма нп", "наложенный платеж", "сумма наложенного платежа", "принято",
    "сума", "наложен платеж", "сума нп",
)  # fmt: skip
FEE = (
    "fee", "fees", "commission", "cost",
    "комиссия", "вознаграждение", "сбор", "удержано",
    "такса", "комисиона", "удръжка",
)  # fmt: skip
TOTALS = {"total", "totals", "итого", "всего", "итог", "общо", "всичко"}
MOST_WRONG = 50


class UnknownColumns(DomainError):
    """Nobody can tell which column is what."""

    sentence = _("The register needs a column with the waybill and one with the amount.")
    next_step = _("Name them “waybill” and “amount”, and “fee” if there is one; the first row holds the names.")


@dataclass(frozen=True, slots=True)
class Said:
    """A row of a register: the parcel as the courier wrote it, the gross amount, the fee kept out of it (minor units).

    `position` is the row as a person counts them in the file.
    """

    position: int
    waybill: str
    amount_minor: int
    fee_minor: int = 0


def read_register(path: Path, currency: str) -> list[Said]:
    """Read a register. Its own total, where the last row states one, must be the sum of its rows.

    Raises UnreadableTable, UnknownColumns, Malformed with every wrong row (50 at most).
    """
    lines: list[Said] = []
    wrong: list[FieldError] = []
    for row in read_table(path):
        if not (set(row.cells) & set(WAYBILL) and set(row.cells) & set(AMOUNT)):
            raise UnknownColumns
        try:
            if _is_total(row):
                _compare(row, lines, currency)
            else:
                lines.append(_said(row, currency))
        except Malformed as refused:
            wrong += refused.errors
    if wrong:
        raise Malformed(wrong[:MOST_WRONG])
    return lines


def _said(row: Row, currency: str) -> Said:
    waybill = row.identifier(*WAYBILL)
    if not waybill:
        raise Malformed([FieldError(f"/{row.number}/waybill", "required", _("This row names no parcel."))])
    return Said(row.number, waybill, _money(row, AMOUNT, "amount", currency), _money(row, FEE, "fee", currency))


def _money(row: Row, names: Iterable[str], field: str, currency: str) -> int:
    """Give a sum as minor units however it was written: 1 234,50 or 1234.50; nothing is zero."""
    pointer = f"/{row.number}/{field}"
    text = "".join(row.get(*names).split()).replace("\u202f", "")
    if not text:
        return 0
    plain = text.replace(",", ".") if "." not in text else text.replace(",", "")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise NotMoney(pointer, "invalid_type") from None
    minor = to_minor(amount, currency, pointer=pointer)
    if minor < 0:
        raise Malformed([FieldError(pointer, "min_value", _("A register has no negative sums."))])
    return minor


def _is_total(row: Row) -> bool:
    words = {cell.strip().casefold().rstrip(":") for cell in row.cells.values()}
    return bool(words & TOTALS)


def _compare(row: Row, lines: list[Said], currency: str) -> None:
    stated = _money(row, AMOUNT, "amount", currency)
    if stated != sum(line.amount_minor for line in lines):
        raise Malformed([FieldError(f"/{row.number}/amount", "total", _("The rows do not add up to this total."))])
