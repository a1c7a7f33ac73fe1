"""Counts by list, by sheet and by proposal."""

from datetime import timedelta

import pytest

from orders import counts
from orders.counts import Counted
from orders.models import CountLine, StockLevel
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
