"""A real month, replayed: the figures are those of the file, a second run adds nothing, and every promise holds."""

import csv
import os
from collections import Counter
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from orders.models import Channel, Credit, CreditLine, Feed, Order, Sale, StockMove
from orders.status import Status
from reports import rollups, sections
from reports.audit import other_figures
from reports.sections import SECTIONS, Query
from shopdesk.base import periods
from shopdesk.management.commands.audit import all_checks, run
from tests import make

pytestmark = pytest.mark.django_db
HISTORY = Path(__file__).resolve().parents[2] / "shared/fixtures/history/uci_online_retail_2010-12.csv"
# Two days with sales, credits, postage and an invoice without a customer; REPLAY_INVOICES=100000 is the whole month.
INVOICES = int(os.environ.get("REPLAY_INVOICES", "140"))
NO_GOODS = {"POST", "DOT", "M", "m", "C2", "D", "AMAZONFEE", "BANK CHARGES", "S"}


def expected() -> dict[str, Decimal]:
    """Add the same invoices up straight from the file, without any of the desk's code."""
    sums: Counter[str] = Counter()
    sells: dict[str, bool] = {}  # an invoice that only takes goods away is a write-off and no order
    with HISTORY.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sells.setdefault(row["InvoiceNo"], False)
            if len(sells) > INVOICES:
                break
            sells[row["InvoiceNo"]] |= int(row["Quantity"]) > 0
            money = Decimal(row["UnitPrice"]) * int(row["Quantity"])
            if row["InvoiceNo"].startswith("C"):
                what = "services" if row["StockCode"] in NO_GOODS else "goods"
                sums[f"credited {what}"] -= money
            else:
                sums["sold"] += money
    sums["orders"] = sum(list(sells.values())[:INVOICES])
    return dict(sums)


def sent_back_whole() -> set[str]:
    """Find the invoices of which every piece of goods was credited later: those orders end as returned."""
    invoices: dict[str, list[dict[str, str]]] = {}
    with HISTORY.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            invoices.setdefault(row["InvoiceNo"], []).append(row)
    left: dict[str, Counter[str]] = {}
    of_customer: dict[str, list[str]] = {}
    back: set[str] = set()
    for number, rows in list(invoices.items())[:INVOICES]:
        goods = [row for row in rows if row["StockCode"] not in NO_GOODS]
        customer = rows[0]["CustomerID"]
        if not number.startswith("C"):
            left[number] = Counter()
            for row in goods:
                left[number][row["StockCode"]] += max(int(row["Quantity"]), 0)
            of_customer.setdefault(customer, []).append(number)
            continue
        for row in goods:
            pieces = -int(row["Quantity"])
            for earlier in reversed(of_customer.get(customer, []) if customer else []):
                taken = min(pieces, left[earlier][row["StockCode"]])
                left[earlier][row["StockCode"]] -= taken
                pieces -= taken
                if taken and not any(left[earlier].values()):
                    back.add(earlier)
    return back


def per_day() -> dict[str, dict[str, int]]:
    """Add each day of the same invoices up straight from the file: pence sold, and pence credited."""
    days: dict[str, dict[str, int]] = {}
    invoices: set[str] = set()
    with HISTORY.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            invoices.add(row["InvoiceNo"])
            if len(invoices) > INVOICES:
                break
            day = days.setdefault(row["InvoiceDate"][:10], {"sold": 0, "credits": 0})
            pence = int(Decimal(row["UnitPrice"]) * int(row["Quantity"]) * 100)
            if row["InvoiceNo"].startswith("C"):
                day["credits"] -= pence
            else:
                day["sold"] += pence
    return days


def reported() -> dict[str, dict[str, int]]:
    """Read the days of December 2010 as the report has them."""
    december = periods.month(date(2010, 12, 1), "Europe/London")
    told = sections.read(Query(SECTIONS["money"], december, group="day"))
    sums = {part.key: part.values.money.get("GBP", {}) for part in told.parts}
    assert told.values.money["GBP"]["net"] == sum(one.get("net", 0) for one in sums.values())
    return {
        on: {code: values[code] for code in ("sold", "credits")}
        for on, values in sums.items()
        if values.get("sold") or values.get("credits")
    }


def minor(rows, field: str) -> Decimal:
    return Decimal(sum(rows.values_list(field, flat=True))) / 100


def replay() -> str:
    out = StringIO()
    call_command("replay", str(HISTORY), limit=INVOICES, stdout=out, stderr=StringIO())
    return out.getvalue()


# Once: within one transaction PostgreSQL cannot clean up behind a month of moves, and each lock takes seconds there.
@pytest.mark.once
def test_history_comes_out_to_the_penny_and_again_adds_nothing():
    assert Channel.objects.count() == 0
    replay()
    wanted = expected()

    assert minor(Sale.objects, "amount_minor") == wanted["sold"]
    assert minor(CreditLine.objects.filter(kind="goods"), "amount_minor") == wanted["credited goods"]
    assert minor(CreditLine.objects.exclude(kind="goods"), "amount_minor") == wanted.get("credited services", 0)
    back = sent_back_whole()
    assert set(Order.objects.filter(status=Status.RETURNED).values_list("external_id", flat=True)) == back
    assert Order.objects.filter(status=Status.DELIVERED).count() == wanted["orders"] - len(back)
    assert [result for result in run(all_checks()) if result["violations"]] == []

    # Each day of the report is what the file says of it: from the facts, from kept days, and the auditor agrees.
    make.shop(zone="Europe/London", currency="GBP")
    days = {on: one for on, one in per_day().items() if any(one.values())}
    assert reported() == days
    rollups.sweep()
    assert reported() == days
    assert other_figures("default").offenders == []

    rows = [model.objects.count() for model in (Order, Sale, StockMove, Credit, Feed)]
    said = replay()

    assert f"{int(wanted['orders'])} orders there already" in said
    assert [model.objects.count() for model in (Order, Sale, StockMove, Credit, Feed)] == rows
