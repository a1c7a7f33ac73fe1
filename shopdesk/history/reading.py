"""Reading a history file: the columns of the UCI "Online Retail" set (InvoiceNo, StockCode, Quantity, …)."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from shopdesk.base.money import to_minor

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
CANCELLATION = "C"  # an invoice number that begins so gives money, and perhaps goods, back
# Codes without an article number are no goods: postage, carriage, bank charges, fees, discounts, manual entries.
GOODS_WITHOUT_NUMBER = ("DCGS",)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of an invoice; `quantity` is negative where goods or money go back, money in minor units a piece."""

    sku: str
    name: str
    quantity: int
    price_minor: int

    @property
    def is_goods(self) -> bool:
        return self.sku[:1].isdigit() or self.sku.startswith(GOODS_WITHOUT_NUMBER)

    @property
    def total_minor(self) -> int:
        return self.quantity * self.price_minor


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice at its minute (that of its first line, where the file has two)."""

    number: str
    at: datetime
    customer: str
    country: str
    lines: Sequence[HistoryLine]

    @property
    def is_cancellation(self) -> bool:
        return self.number.startswith(CANCELLATION)

    @property
    def is_write_off(self) -> bool:
        """Tell whether it only takes goods away at no price: stock that was damaged, lost, or never there."""
        return not self.is_cancellation and all(line.quantity < 0 and not line.price_minor for line in self.lines)


def read(path: Path, *, zone: str, currency: str) -> list[Invoice]:
    """Read a history file, its invoices in the order of the file. Raises ValueError when it cannot."""
    rows: dict[str, list[dict[str, str]]] = {}
    for row in _rows(path):
        rows.setdefault(row["InvoiceNo"], []).append(row)
    tz = ZoneInfo(zone)
    return [_invoice(number, lines, tz, currency) for number, lines in rows.items()]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := set(COLUMNS) - set(reader.fieldnames or ()):
            raise ValueError(f"The file lacks the columns {', '.join(sorted(missing))}.")
        yield from reader


def _invoice(number: str, rows: Sequence[dict[str, str]], tz: ZoneInfo, currency: str) -> Invoice:
    first = rows[0]
    return Invoice(
        number=number,
        at=datetime.fromisoformat(first["InvoiceDate"]).replace(tzinfo=tz),
        customer=first["CustomerID"].removesuffix(".0"),
        country=first["Country"],
        lines=[_line(row, currency) for row in rows],
    )


def _line(row: dict[str, str], currency: str) -> HistoryLine:
    # "0.0" and "12.5": the file writes a number's shortest form, the currency's digits are ours.
    price = to_minor(Decimal(row["UnitPrice"]), currency)
    name = row["Description"].strip() or row["StockCode"]
    return HistoryLine(row["StockCode"], name, int(row["Quantity"]), price)
