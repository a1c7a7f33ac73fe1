"""The owner's limits of counting: above them two count and a third approves."""

import pytest

from orders import counts
from orders.models import CountLine, Shop, StockCount
from tests import make

pytestmark = pytest.mark.django_db


def a_count(pieces: int) -> StockCount:
    """Ten lie in the books at a rouble each, so many in the bin."""
    make.product("A", on_hand=10, cost_minor=100)
    document = counts.start("bin", "", ("MAIN",), by=make.BY, at=make.AT)
    counts.count_line(document.pk, counts.Counted("A", "MAIN", pieces), by=make.BY, at=make.AT)
    return document


def state_after_closing(document: StockCount) -> str:
    return counts.close(document.pk, by=make.BY, at=make.AT).count.state


def test_owner_sets_above_what_two_count() -> None:
    document = a_count(5)
    assert list(counts.large_lines(document)) == list(CountLine.objects.all())
    counts.set_limits(5, 100_000, by=make.BY, at=make.AT)
    assert not counts.large_lines(document).exists()
    assert state_after_closing(document) == "posted"


def test_sum_at_cost_is_a_limit_of_its_own() -> None:
    counts.set_limits(9, 399, by=make.BY, at=make.AT)
    document = a_count(6)
    assert counts.large_lines(document).count() == 1
    assert state_after_closing(document) == "review"


@pytest.mark.parametrize("limit", [(-1, 0), (0, -1), (10_001, 0)])
def test_limit_that_nobody_means_is_refused(limit: tuple[int, int]) -> None:
    with pytest.raises(counts.NoSuchLimit):
        counts.set_limits(*limit, by=make.BY, at=make.AT)
    assert Shop.current().count_again_pieces == 2
