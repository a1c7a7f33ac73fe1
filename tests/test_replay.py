"""A real month, replayed: the figures are those of the file, a second run adds nothing, and every promise holds."""

import csv
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from orders.models import Channel, Credit, CreditLine, Feed, Order, Sale, StockMove
from orders.status import Status
from shopdesk.management.commands.audit import all_checks, run

pytestmark = pytest.mark.django_db
HISTORY = Path(__file__).resolve().parents[2] / "shared/fixtures/history/uci_online_retail_2010-12.csv"
INVOICES = 140  # two days with sales, credits, postage and an invoice without a customer
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
    assert Order.objects.filter(status=Status.DELIVERED).count() == wanted["orders"]
    assert [result for result in run(all_checks()) if result["violations"]] == []

    rows = [model.objects.count() for model in (Order, Sale, StockMove, Credit, Feed)]
    said = replay()

    assert f"{int(wanted['orders'])} orders there already" in said
    assert [model.objects.count() for model in (Order, Sale, StockMove, Credit, Feed)] == rows
