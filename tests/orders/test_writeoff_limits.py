"""Four eyes on scrap (SEC-07): a manager writes off alone what the owner lets them within a day, and no more."""

import pytest

from orders import shelf
from orders.models import StockLevel
from orders.shelf import NeedsAnother, Pieces, Reason
from shopdesk.base.access import NO_LIMITS, Actor
from shopdesk.limits.models import LimitSet
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena():
    make.product("VASE", 10, cost_minor=100_00)
    person = make.manager()
    LimitSet.objects.create(write_off_minor=300_00)
    return Actor("person", person.pk)


def scrap(pieces: int, by: Actor, **span: int):
    shelf.write_off([Pieces("VASE", pieces)], Reason.DAMAGED, location="MAIN", by=by, at=make.after(**span))


def left() -> int:
    return StockLevel.objects.get(product__sku="VASE").on_hand


def test_as_much_as_they_may_and_no_more(lena):
    scrap(3, lena)
    with pytest.raises(NeedsAnother):
        scrap(1, lena, hours=1)

    assert left() == 7


def test_many_small_ones_are_one_large_one_until_the_next_day(lena):
    scrap(2, lena)
    with pytest.raises(NeedsAnother):
        scrap(2, lena, hours=23)
    scrap(2, lena, hours=25)

    assert left() == 6


def test_the_owner_writes_off_what_is_left_to_them(lena):
    with pytest.raises(NeedsAnother):
        scrap(9, lena)
    scrap(9, Actor("person", make.owner().pk))

    assert left() == 1


def test_setting_aside_needs_nobody(lena):
    shelf.quarantine([Pieces("VASE", 9)], Reason.DOUBTFUL, location="MAIN", by=lena, at=make.AT)

    assert left() == 1


def test_without_the_limit_it_all_goes(lena, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(shelf, "limits_of_actor", lambda by: NO_LIMITS)
    scrap(9, lena)

    assert left() == 1
