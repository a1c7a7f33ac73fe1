"""Counts by list, by sheet and by proposal."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orders import counts, packing, stock
from orders.counts import Counted
from orders.models import Barcode, CountLine, CountProposal, Place, StockCount, StockLevel
from shopdesk.base.tables import read_table
from tests import make
from tests.orders.test_counts import close, count, pick, problems, start

pytestmark = pytest.mark.django_db


def test_count_by_list_is_about_its_shelves_alone() -> None:
    make.product("A", on_hand=5)
    make.product("B", on_hand=5)
    make.product("GONE")
    shelves = counts.shelves_of("", ["A", "GONE", "UNKNOWN"])
    assert shelves == [("A", "MAIN"), ("GONE", "MAIN")]
    document = counts.start("list", "", shelves=shelves, by=make.BY, at=make.AT)
    assert counts.uncounted(document) == shelves  # an empty shelf is looked at as well
    with pytest.raises(counts.NotInCount):
        count(document, 5, sku="B")
    count(document, 5)
    count(document, 1, sku="GONE")
    close(document)
    assert StockLevel.objects.get(product__sku="GONE").on_hand == 1
    assert problems() == []


def test_list_of_nothing_is_refused() -> None:
    make.product("FEE", kind="service")
    with pytest.raises(counts.NoShelf):
        counts.start("list", "", shelves=[("FEE", "MAIN")], by=make.BY, at=make.AT)


def test_whole_sheet_is_written_at_once_or_not_at_all() -> None:
    make.product("A", on_hand=5)
    document = start()
    wrong = [Counted("A", "MAIN", 5), Counted("X", "MAIN", 1)]
    with pytest.raises(counts.NotInCount):
        counts.count_lines(document.pk, wrong, by=make.BY, at=make.AT)
    assert CountLine.objects.count() == 0
    counts.count_lines(document.pk, wrong[:1], by=make.BY, at=make.AT)
    assert CountLine.objects.get().counted == 5


def test_sheet_without_hours_asks_about_every_move_since_it_was_printed() -> None:
    make.product("A", on_hand=9)
    document = start()
    pick(1, at=make.after(minutes=20))
    pick(2, at=make.after(minutes=40))
    sheet = Counted("A", "MAIN", 8, since=make.AT + timedelta(minutes=10))  # counted between the two picks
    (line,) = counts.count_lines(document.pk, [sheet], by=make.BY, at=make.after(hours=1))
    assert line.question.quantity == 1
    line = counts.answer(line.pk, moved_before=True, by=make.BY, at=make.after(hours=1))
    assert line.question.quantity == 2
    line = counts.answer(line.pk, moved_before=False, by=make.BY, at=make.after(hours=1))
    assert (line.book, line.variance, line.question) == (8, 0, None)


# --- proposals ---

DAY = make.AT.date()


def proposed() -> dict[str, dict[str, int]]:
    return {row.product.sku: row.parts for row in CountProposal.objects.select_related("product")}


def test_each_day_proposes_what_is_worth_counting_once() -> None:
    make.product("SOLD", on_hand=9, cost_minor=1000)
    make.product("LYING", on_hand=9, cost_minor=10)
    make.picked([("SOLD", 4, "10.00")])
    assert counts.propose("MAIN", day=DAY, at=make.AT) == 2
    assert counts.propose("MAIN", day=DAY, at=make.AT) == 0
    assert proposed() == {
        "SOLD": {"turnover": 30, "never": 30, "worth": 20},
        "LYING": {"turnover": 5, "never": 30},
    }
    document = counts.start_proposed("MAIN", day=DAY, by=make.BY, at=make.AT)
    assert (document.kind, len(counts.uncounted(document))) == ("cycle", 2)
    with pytest.raises(counts.NoShelf):
        counts.start_proposed("MAIN", day=DAY, by=make.BY, at=make.AT)


def test_counted_shelf_rests_a_week_and_a_wrong_one_comes_sooner() -> None:
    make.product("A", on_hand=9)
    document = start()
    count(document, 8)
    close(document)
    counts.propose("MAIN", day=DAY, at=make.AT)
    assert proposed() == {}
    counts.propose("MAIN", day=DAY, at=make.after(days=13))
    assert proposed() == {"A": {"turnover": 5, "age": 2, "wrong": 20}}


def test_short_pick_brings_a_counted_shelf_back_at_once() -> None:
    make.product("A", on_hand=9)
    document = start()
    count(document, 9)
    close(document)
    order = make.picking([("A", 2, "10.00")])
    packing.report_shortage(order.pk, packing.Shortage("A", 2), by=make.BY, at=make.after(hours=1))
    (spot,) = StockCount.objects.filter(kind="spot")
    assert counts.propose("MAIN", day=DAY, at=make.after(hours=2)) == 0  # it is being counted already
    counts.void(spot.pk, by=make.BY, at=make.after(hours=2))
    counts.propose("MAIN", day=DAY, at=make.after(hours=3))
    assert proposed()["A"]["surprise"] == 40


# --- sheets ---


def rows(text: str, tmp_path: Path) -> list[Any]:
    file = tmp_path / "sheet.csv"
    file.write_text(text)
    return list(read_table(file))


def test_sheet_is_blind_and_sorted_along_the_walk() -> None:
    for code in ("B-10", "B-2"):
        stock.bin_at("MAIN")
        Place.objects.create(kind="bin", location_id="MAIN", code=code)
    for sku, code in (("A", "B-10"), ("B", "B-2")):
        make.fill(make.product(sku), 5, bin_code=code)
    document, lines = counts.print_sheet(start("B-10", "B-2").pk, by=make.BY, at=make.after(minutes=1))
    assert [(line.bin, line.sku) for line in lines] == [("B-2", "B"), ("B-10", "A")]
    assert document.printed_at == make.after(minutes=1)


def test_table_of_counted_quantities_is_read(tmp_path: Path) -> None:
    make.product("A", on_hand=5)
    Barcode.objects.create(code="4600", product=make.product("B", on_hand=5))
    make.product("C", on_hand=5)
    document = start()
    table = "sku;barcode;bin;counted;time\nA;;MAIN;4;2026-11-23 11:00\n;4600;;5;\nC;;MAIN;;\n"
    found = counts.read_rows(document, rows(table, tmp_path), zone="Europe/Moscow")
    hour = make.AT.replace(hour=11)
    assert found == [Counted("A", "MAIN", 4, hour), Counted("B", "MAIN", 5, since=make.AT)]


def test_every_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    make.product("A", on_hand=5)
    table = "sku,bin,counted\nA,MAIN,4\nX,MAIN,1\nA,B-9,1\nA,MAIN,-1\nA,MAIN,many\n"
    with pytest.raises(counts.RowsRefused) as refusal:
        counts.read_rows(start(), rows(table, tmp_path), zone="Europe/Moscow")
    assert refusal.value.detail["rows"] == "row 3, row 4, row 5, row 6"
