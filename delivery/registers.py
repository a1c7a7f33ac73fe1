"""A courier's register as a file: CSV or XLSX, with whatever its columns are called, as rows of gross sums and fees."""

from collections.abc import Iterable, Sequence
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
    next_step = _("Say below which of its columns are which; it is remembered for this courier. It has: %(headings)s.")


@dataclass(frozen=True, slots=True)
class Said:
    """A row of a register: the parcel as the courier wrote it, the gross amount, the fee kept out of it (minor units).

    `position` is the row as a person counts them in the file.
    """

    position: int
    waybill: str
    amount_minor: int
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """What a courier calls its columns, any of several names. `net`: the sums are what is left after the fee."""

    waybill: Sequence[str] = WAYBILL
    amount: Sequence[str] = AMOUNT
    fee: Sequence[str] = FEE
    net: bool = False

    @classmethod
    def named(cls, waybill: str, amount: str, fee: str = "", *, net: bool = False) -> "Columns":
        """Take columns by the names that a person gave them, however they are written."""
        return cls(_heading(waybill), _heading(amount), _heading(fee), net)


USUAL = Columns()


def read_register(path: Path, currency: str, columns: Columns = USUAL) -> list[Said]:
    """Read a register. Its own total, where the last row states one, must be the sum of its rows.

    Raises UnreadableTable, UnknownColumns, Malformed with every wrong row (50 at most).
    """
    lines: list[Said] = []
    wrong: list[FieldError] = []
    for row in read_table(path):
        if not (set(row.cells) & set(columns.waybill) and set(row.cells) & set(columns.amount)):
            raise UnknownColumns(detail={"headings": ", ".join(row.cells)})
        try:
            if _is_total(row):
                _compare(row, lines, currency, columns)
            else:
                lines.append(_said(row, currency, columns))
        except Malformed as refused:
            wrong += refused.errors
    if wrong:
        raise Malformed(wrong[:MOST_WRONG])
    return lines


def _heading(name: str) -> tuple[str, ...]:
    cleaned = " ".join(name.split()).casefold()
    return (cleaned,) if cleaned else ()


def _said(row: Row, currency: str, columns: Columns) -> Said:
    waybill = row.identifier(*columns.waybill)
    if not waybill:
        raise Malformed([FieldError(f"/{row.number}/waybill", "required", _("This row names no parcel."))])
    amount = _money(row, columns.amount, "amount", currency)
    fee = _money(row, columns.fee, "fee", currency)
    return Said(row.number, waybill, amount + (fee if columns.net else 0), fee)


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


def _compare(row: Row, lines: list[Said], currency: str, columns: Columns) -> None:
    stated = _money(row, columns.amount, "amount", currency)
    if stated != sum(line.amount_minor - (line.fee_minor if columns.net else 0) for line in lines):
        raise Malformed([FieldError(f"/{row.number}/amount", "total", _("The rows do not add up to this total."))])
