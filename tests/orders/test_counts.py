"""Counting without stopping: a line is true for its own moment, and orders go on meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings, strategies

from orders import audit, counts, journal, shelf, stock
from orders.counts import Counted
from orders.models import CountLine, Hold, Place, PlaceLevel, Product, StockCount, StockLevel, StockMove
from shopdesk.base.access import Actor
from shopdesk.people.models import ApiToken
from tests import make

pytestmark = pytest.mark.django_db


def start(*bins: str, kind: str = "bin", by: Actor = make.BY) -> StockCount:
    return counts.start(kind, "", bins or ("MAIN",), by=by, at=make.AT)


def count(document: StockCount, pieces: int, *, by: Actor = make.BY, sku: str = "A", **fields: Any) -> CountLine:
    at = fields.pop("at", None)
    counted = Counted(sku, fields.pop("bin", "MAIN"), pieces, at)
    return counts.count_line(document.pk, counted, by=by, at=fields.pop("now", make.AT))


def close(document: StockCount, by: Actor = make.BY) -> counts.Ended:
    return counts.close(document.pk, by=by, at=make.AT)


def pick(pieces: int, at: Any = make.AT) -> StockMove:
    event = journal.record([journal.Entry("test")], by=make.BY, at=at)[0]
    table = stock.inside(Place.Kind.PACKING, "MAIN")
    product = Product.objects.get(sku="A")
    return stock.move([stock.Move(product.pk, pieces, stock.bin_at("MAIN"), table, "pick", event)], at=at)[0]


def lying() -> int:
    return PlaceLevel.objects.get(product__sku="A", place__code="MAIN").on_hand


def person(role: str = "packer") -> Actor:
    return make.person(role).subject.actor


def problems() -> list[tuple[str, list[str]]]:
    found = [(check.id, check.find("default").offenders) for check in audit.checks()]
    return [(name, offenders) for name, offenders in found if offenders]


def test_matched_line_moves_nothing_and_stays_as_evidence() -> None:
    make.product("A", on_hand=5)
    document = start()
    line = count(document, 5)
    ended = close(document)
    assert ended.count.state == "posted"
    assert list(ended.count.lines.values_list("pk", "move")) == [(line.pk, None)]
    assert StockMove.objects.filter(reason="count").count() == 0


def test_missing_piece_goes_to_the_correction() -> None:
    make.product("A", on_hand=5)
    document = start()
    line = count(document, 4)
    close(document)
    line.refresh_from_db()
    assert line.move is not None
    assert (line.move.quantity, line.move.target.kind, lying()) == (1, "correction", 4)
    assert problems() == []


def test_found_piece_comes_from_the_correction() -> None:
    make.product("A", on_hand=5)
    document = start()
    count(document, 7)
    close(document)
    assert lying() == 7
    assert StockMove.objects.get(reason="count").source.kind == "correction"
    assert problems() == []


def test_goods_never_seen_in_the_bin_are_counted_in() -> None:
    make.product("A")
    document = start()
    count(document, 2)
    close(document)
    assert lying() == 2


def test_picks_between_counting_and_posting_do_not_matter() -> None:
    make.product("A", on_hand=5)
    document = start()
    count(document, 4)
    pick(2)
    close(document)
    assert lying() == 2
    assert problems() == []


def test_recomputing_at_the_end_would_be_wrong() -> None:
    """Negative control: against the shelf of the end, the same count would swallow the picked pieces."""
    make.product("A", on_hand=5)
    document = start()
    count(document, 4)
    pick(2)
    CountLine.objects.update(book=lying())
    close(document)
    assert lying() == 4
    assert [name for name, _ in problems()] == ["S8"]


def test_counting_again_replaces_the_line_and_keeps_the_old_one() -> None:
    make.product("A", on_hand=5)
    document = start()
    first = count(document, 1)
    second = count(document, 5)
    third = count(document, 4)
    assert list(CountLine.objects.order_by("pk").values_list("replaced_by", flat=True)) == [second.pk, third.pk, None]
    assert first.book == second.book == 5
    close(document)
    assert lying() == 4


def test_two_open_counts_of_one_bin_are_refused_by_name() -> None:
    shelf.make_bin("", "B-1", by=make.BY, at=make.AT)
    first = start("B-1")
    with pytest.raises(counts.AlreadyCounted) as refusal:
        start("MAIN", "B-1")
    assert refusal.value.detail == {"bin": "B-1", "count": first.pk}
    start("MAIN")


def test_dropped_count_frees_its_bins_and_moves_nothing() -> None:
    make.product("A", on_hand=5)
    document = start()
    count(document, 1)
    counts.void(document.pk, by=make.BY, at=make.AT)
    assert lying() == 5
    start()
    with pytest.raises(counts.CountEnded):
        count(document, 2)


def test_unknown_bin_is_refused() -> None:
    with pytest.raises(stock.UnknownBin):
        start("B-9")


def test_full_count_takes_every_bin() -> None:
    make.product("A", on_hand=1)
    shelf.make_bin("", "B-1", by=make.BY, at=make.AT)
    document = counts.start("full", "", (), by=make.BY, at=make.AT)
    assert sorted(document.bins.values_list("code", flat=True)) == ["B-1", "MAIN"]
    assert counts.uncounted(document) == [("A", "MAIN")]
    count(document, 1)
    assert counts.uncounted(document) == []


def test_what_is_not_in_the_count_is_refused() -> None:
    make.product("A")
    document = start()
    with pytest.raises(counts.NotInCount):
        count(document, 1, bin="B-1")
    with pytest.raises(counts.NotInCount):
        count(document, 1, sku="X")


def test_empty_count_is_not_closed() -> None:
    with pytest.raises(counts.NothingCounted):
        close(start())


def test_count_is_posted_once() -> None:
    make.product("A", on_hand=5)
    document = start()
    count(document, 4)
    close(document)
    with pytest.raises(counts.CountEnded):
        close(document)
    assert lying() == 4


def test_counted_elsewhere_is_compared_with_that_hour() -> None:
    make.product("A", on_hand=9)
    pick(2, make.after(minutes=30))
    document = start()
    line = count(document, 8, at=make.after(minutes=20), now=make.after(hours=1))
    assert (line.book, line.version, line.question) == (9, 1, None)
    counts.close(document.pk, by=make.BY, at=make.after(hours=1))
    assert lying() == 6
    assert problems() == []


def test_counted_before_anything_came_has_an_empty_book() -> None:
    make.product("A", on_hand=9)
    line = count(start(), 0, at=make.AT - timedelta(hours=1))
    assert (line.book, line.version) == (0, 0)


def test_time_to_come_is_refused() -> None:
    make.product("A", on_hand=9)
    with pytest.raises(counts.CountedLater):
        count(start(), 9, at=make.after(seconds=1))


@pytest.mark.parametrize(("moved_before", "left"), [(True, 8), (False, 6)])
def test_move_near_the_counting_is_asked_about(moved_before: bool, left: int) -> None:
    make.product("A", on_hand=10)
    moved = pick(2, make.after(minutes=61))
    now = make.after(hours=2)
    document = start()
    line = count(document, 8, at=make.after(minutes=60), now=now)
    assert line.question == moved
    with pytest.raises(counts.QuestionOpen):
        counts.close(document.pk, by=make.BY, at=now)
    counts.answer(line.pk, moved_before=moved_before, by=make.BY, at=now)
    counts.close(document.pk, by=make.BY, at=now)
    assert lying() == left
    assert problems() == []


def test_several_moves_near_the_counting_are_asked_about_in_turn() -> None:
    make.product("A", on_hand=10)
    first, second = pick(1, make.after(minutes=59)), pick(2, make.after(minutes=61))
    document = start()
    line = count(document, 9, at=make.after(minutes=60), now=make.after(hours=2))
    assert line.question == first
    line = counts.answer(line.pk, moved_before=True, by=make.BY, at=make.after(hours=2))
    assert (line.question, line.book) == (second, 9)
    line = counts.answer(line.pk, moved_before=False, by=make.BY, at=make.after(hours=2))
    assert (line.question, line.book, line.variance) == (None, 9, 0)
    with pytest.raises(counts.NoQuestion):
        counts.answer(line.pk, moved_before=True, by=make.BY, at=make.after(hours=2))


def test_three_minutes_are_near_and_more_are_not() -> None:
    make.product("A", on_hand=10)
    pick(1, make.after(minutes=60))
    document = start()
    now = make.after(hours=2)
    assert count(document, 9, at=make.after(minutes=63), now=now).question is not None
    assert count(document, 9, at=make.after(minutes=63, seconds=1), now=now).question is None


def test_counting_again_at_the_shelf_ends_the_question() -> None:
    make.product("A", on_hand=10)
    pick(2, make.after(minutes=61))
    document = start()
    count(document, 8, at=make.after(minutes=60), now=make.after(hours=2))
    count(document, 8, now=make.after(hours=2))
    assert counts.close(document.pk, by=make.BY, at=make.after(hours=2)).count.state == "posted"


def test_large_variance_waits_for_a_second_count_and_an_approval() -> None:
    make.product("A", on_hand=10)
    anna, boris, vera = person(), person(), person("manager")
    document = start(by=anna)
    count(document, 6, by=anna)
    assert close(document, by=anna).count.state == "review"
    assert lying() == 10
    with pytest.raises(counts.SecondCountNeeded):
        counts.approve(document.pk, by=vera, at=make.AT)
    count(document, 6, by=boris)
    with pytest.raises(counts.SamePerson):
        counts.approve(document.pk, by=boris, at=make.AT)
    counts.approve(document.pk, by=vera, at=make.AT)
    assert lying() == 6
    assert problems() == []


def test_costly_variance_is_large_however_few_the_pieces() -> None:
    make.product("A", on_hand=10, cost_minor=200_000)
    document = start()
    count(document, 9)
    assert close(document).count.state == "review"


def test_token_of_whoever_counted_cannot_approve() -> None:
    make.product("A", on_hand=10)
    anna, boris = make.manager(), make.packer()
    make.token(anna)
    token = Actor("token", ApiToken.objects.get().pk)
    document = start()
    count(document, 6, by=token)
    count(document, 6, by=boris.subject.actor)
    close(document)
    with pytest.raises(counts.SamePerson):
        counts.approve(document.pk, by=anna.subject.actor, at=make.AT)
    assert lying() == 10


def test_shop_of_one_gives_a_reason_instead() -> None:
    make.product("A", on_hand=10)
    make.shop(four_eyes=False)
    anna = person("owner")
    document = start(by=anna)
    count(document, 6, by=anna)
    close(document, by=anna)
    with pytest.raises(counts.ReasonMissing):
        counts.approve(document.pk, by=anna, at=make.AT)
    counts.approve(document.pk, reason="a box was stolen", by=anna, at=make.AT)
    assert StockCount.objects.get().approved_alone == "a box was stolen"
    assert lying() == 6


def test_reason_does_not_stand_in_where_there_are_more_people() -> None:
    make.product("A", on_hand=10)
    anna = person("owner")
    document = start(by=anna)
    count(document, 6, by=anna)
    close(document, by=anna)
    with pytest.raises(counts.SamePerson):
        counts.approve(document.pk, reason="a box was stolen", by=anna, at=make.AT)


def test_open_count_cannot_be_approved() -> None:
    make.product("A", on_hand=10)
    document = start()
    with pytest.raises(counts.NotInReview):
        counts.approve(document.pk, by=person("owner"), at=make.AT)


def test_missing_pieces_are_taken_from_the_youngest_orders() -> None:
    make.product("A", on_hand=5)
    old, young = make.order([("A", 3, "129.00")]), make.order([("A", 2, "129.00")])
    document = start()
    count(document, 4)
    assert list(close(document).orders) == [young.pk]
    assert (old.lines.get().reserved, young.lines.get().reserved) == (3, 1)
    assert Hold.objects.get(order=young, reason="out_of_stock").closed_at is None
    assert problems() == []


def test_piece_in_the_wrong_bin_takes_nobodys_promise() -> None:
    make.product("A", on_hand=5)
    shelf.make_bin("", "B-1", by=make.BY, at=make.AT)
    order = make.order([("A", 5, "129.00")])
    document = start("MAIN", "B-1")
    count(document, 4)
    count(document, 1, bin="B-1")
    assert list(close(document).orders) == []
    assert order.lines.get().reserved == 5
    assert StockLevel.objects.get().on_hand == 5


def test_two_hundred_products_are_posted_in_few_statements(django_assert_max_num_queries: Any) -> None:
    for place in range(40):
        make.product(f"P{place}", on_hand=5)
    document = start()
    for place in range(40):
        count(document, 4, sku=f"P{place}")
    with django_assert_max_num_queries(40 + 3 * 40):  # a statement a row where the database has no unnest
        close(document)
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {4}


def test_audit_finds_a_posted_line_that_does_not_add_up() -> None:
    make.product("A", on_hand=5)
    document = start()
    count(document, 4)
    close(document)
    CountLine.objects.update(counted=F("counted") + 1)
    assert [name for name, _ in problems()] == ["S8"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=strategies.lists(strategies.sampled_from(["pick", "receive", "theft", "count"]), max_size=15),
)
def test_truthful_counts_make_the_books_true_whatever_moves_meanwhile(steps: list[str]) -> None:
    with make.undone():
        walk(steps)


def walk(steps: list[str]) -> None:
    product = make.product("A", on_hand=20)
    truth, counted = 20, False
    document = start()
    for step in steps:
        if step == "pick" and truth:
            pick(1)
            truth -= 1
        elif step == "receive":
            make.fill(product, 2)
            truth += 2
        elif step == "theft" and truth and not counted:
            truth -= 1  # after the last count nobody could know
        elif step == "count":
            count(document, truth)
            counted = True
    if counted:
        make.shop(four_eyes=False)
        if close(document).count.state == "review":
            counts.approve(document.pk, reason="alone", by=make.BY, at=make.AT)
        assert lying() == truth
        assert problems() == []
