"""One register by each of its doors: CSV, XLSX and JSON. Every sum below was added up by hand, to the penny."""

import csv
from decimal import Decimal

import pytest
from django.urls import reverse
from xlsxwriter import Workbook

from delivery import audit, custody, remittance
from delivery.models import CashEntry, Register, Shipment
from delivery.registers import Said
from tests import make

pytestmark = pytest.mark.django_db
PARCELS = ("full", "short", "over", "parts", "twice", "before", "fee")  # each was delivered for 129.00
TABLE = [  # parcel, amount, fee -> what it is, home, kept, whether somebody must ask
    ("full", "129.00", "3.00", "matched", "126.00", "3.00", False),
    ("short", "100.00", "3.00", "short", "97.00", "3.00", True),
    ("over", "130.00", "3.00", "over", "126.00", "3.00", True),
    ("parts", "50.00", "1.00", "partial", "49.00", "1.00", False),
    ("parts", "79.00", "2.00", "partial", "77.00", "2.00", False),
    ("twice", "129.00", "0.00", "matched", "129.00", "0.00", False),
    ("twice", "129.00", "0.00", "duplicate", "0.00", "0.00", True),
    ("before", "129.00", "0.00", "duplicate", "0.00", "0.00", True),  # it came home in an earlier register
    ("nobody", "7.00", "0.00", "unknown", "0.00", "0.00", True),
    ("fee", "0.00", "4.50", "fee", "0.00", "4.50", False),
]
TOTAL, FEES = 882_00, 16_50
HOME, KEPT = 604_00, 16_50
IN_HAND = 7 * 129_00 - 129_00 - HOME - KEPT  # of seven parcels, less the one that was home: 153.50


@pytest.fixture
def waybills():
    """Seven parcels delivered, one of them paid for by an earlier register."""
    make.shop()
    make.product("A", on_hand=50)
    found = {name: make.parcel_of(make.delivered()).number for name in PARCELS} | {"nobody": "X-404"}
    earlier = remittance.NewRegister("own", "R-0", "RUB", [Said(1, found["before"], 129_00)])
    remittance.take_in(earlier, by=make.BY, at=make.after(days=2))
    return found


def by_csv(waybills, client, folder):
    path = folder / "register.csv"
    rows = [[waybills[name], amount.replace(".", ","), fee.replace(".", ",")] for name, amount, fee, *_ in TABLE]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        heads, total = ["Номер накладной", "Сумма", "Комиссия"], ["Итого", "882,00", "16,50"]
        csv.writer(file, delimiter=";").writerows([heads, *rows, total])
    send(client, path)


def by_xlsx(waybills, client, folder):
    """With sums as numbers, and what is left after the fee in the column of the amount."""
    path = folder / "register.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["AWB", "Net paid", "Commission"])
        for place, (name, amount, fee, *_) in enumerate(TABLE, start=1):
            left = Decimal(amount) - Decimal(fee) if name != "fee" else Decimal("-4.50") + Decimal("4.50")
            sheet.write_row(place, 0, [waybills[name], float(left), float(fee) if name != "fee" else 0])
    send(client, path, waybill="awb", amount="net paid", fee="commission", net="on")


def by_json(waybills, client, folder):
    lines = [{"waybill": waybills[name], "amount": amount, "fee": fee} for name, amount, fee, *_ in TABLE]
    body = {"courier": "own", "reference": "R-1", "lines": lines}
    assert make.client(make.manager()).post("remittances", body).status_code == 201


def send(client, path, **columns):
    client.force_login(make.manager())
    with path.open("rb") as file:
        answer = client.post("/tracking/registers/new", {"courier": "own", "reference": "R-1", "file": file} | columns)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def minor(sum_):
    return int(Decimal(sum_) * 100)


@pytest.mark.parametrize("door", [by_csv, by_json])
def test_every_line_is_classified_and_the_totals_are_the_file_s_own(door, waybills, client, tmp_path):
    door(waybills, client, tmp_path)

    register = Register.objects.get(reference="R-1")
    lines = list(register.lines.order_by("position"))
    assert [(one.outcome, one.remitted_minor, one.kept_minor, one.is_open) for one in lines] == [
        (what, minor(home), minor(kept), is_open) for _name, _amount, _fee, what, home, kept, is_open in TABLE
    ]  # fmt: skip
    assert (register.total_minor, register.fees_minor) == (TOTAL, FEES)
    assert sum(one.amount_minor for one in lines) == TOTAL
    assert (sum(one.remitted_minor for one in lines), sum(one.kept_minor for one in lines)) == (HOME, KEPT)
    # What was said and is not ours to keep: two duplicates, a stranger, a rouble too much.
    assert TOTAL - HOME - (KEPT - 4_50) == 129_00 + 129_00 + 7_00 + 1_00
    money = {one.holder.kind: one.amount_minor for one in custody.money() if one.currency == "RUB"}
    assert (money["home"], money["fees"], money["courier"]) == (HOME + 129_00, KEPT, IN_HAND) == (73300, 1650, 15350)
    assert [check.id for check in audit.checks() if check.find("default").broken] == []


def test_sums_after_the_fee_come_to_the_same(waybills, client, tmp_path):
    by_xlsx(waybills, client, tmp_path)

    lines = Register.objects.get(reference="R-1").lines.order_by("position")
    found = [(one.outcome, one.amount_minor, one.remitted_minor, one.kept_minor) for one in lines]
    assert found[:9] == [(what, minor(amount), minor(home), minor(kept))
                         for _name, amount, _fee, what, home, kept, _open in TABLE[:9]]  # fmt: skip


@pytest.mark.parametrize("door", [by_csv, by_json])
def test_the_same_register_again_books_nothing(door, waybills, client, tmp_path):
    door(waybills, client, tmp_path)
    booked = CashEntry.objects.count()

    if door is by_csv:
        by_csv(waybills, client, tmp_path)
    else:
        lines = [{"waybill": waybills[name], "amount": amount, "fee": fee} for name, amount, fee, *_ in TABLE]
        body = {"courier": "own", "reference": "R-1", "lines": lines}
        assert make.client(make.manager()).post("remittances", body).status_code == 200

    assert CashEntry.objects.count() == booked
    assert sum(Shipment.objects.values_list("remitted_minor", flat=True)) == HOME + 129_00


def test_every_open_line_has_an_age_and_somebody_to_ask(waybills, client, tmp_path):
    make.owner()
    by_json(waybills, client, tmp_path)
    theirs = Register.objects.get(reference="R-1").taken_by
    client.force_login(make.manager())

    page = client.get(reverse("tracking-questions")).content.decode()

    open_lines = Register.objects.get(reference="R-1").lines.filter(is_open=True)
    assert open_lines.count() == sum(row[-1] for row in TABLE) == 5
    for line in open_lines:
        assert line.owner == theirs, "it is the question of whoever brought the register, by a key of their own too"
        assert theirs.role == "manager"
        assert line.waybill in page
