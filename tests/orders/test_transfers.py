"""Goods between locations: two steps, in transit meanwhile; an order goes where its goods are."""

import pytest

from orders import audit, changes, intake, merging, queues, rerouting, shelf, sourcing, stock, transfers
from orders.models import Hold, Location, Order, OrderLine, PlaceLevel, StockLevel, StockMove
from orders.status import Status
from orders.tasks import allocate
from orders.transfers import Arrived, Sent
from tests import make

pytestmark = pytest.mark.django_db
NOW = {"by": make.BY, "at": make.AT}


def promises_hold() -> None:
    assert {check.id: found for check in audit.checks() if (found := check.find("default").offenders)} == {}


@pytest.fixture
def south() -> Location:
    stock.main_location()
    return Location.objects.create(code="SOUTH", name="South", position=1, near="Сочи\nКраснодарский край")


def lying(kind: str) -> dict[str, int]:
    rows = PlaceLevel.objects.filter(place__kind=kind).values_list("place__location", "on_hand")
    return {location: pieces for location, pieces in rows if pieces}


def test_goods_on_the_way_are_nobodys_to_sell(south: Location) -> None:
    make.product("A", on_hand=5)
    sent = transfers.send([Sent("A", 3)], source="", target="SOUTH", **NOW)
    assert lying("bin") == {"MAIN": 2}
    assert lying("transit") == {"SOUTH": 3}
    promises_hold()

    transfers.receive(sent.pk, [Arrived("A", 3)], **NOW)
    assert lying("bin") == {"MAIN": 2, "SOUTH": 3}
    sent.refresh_from_db()
    assert (sent.state, sent.received_at) == ("received", make.AT)
    promises_hold()


def test_part_arrives_and_the_rest_is_given_up_as_lost(south: Location) -> None:
    make.product("A", on_hand=5)
    sent = transfers.send([Sent("A", 2), Sent("A", 1)], source="", target="SOUTH", **NOW)
    assert transfers.receive(sent.pk, [Arrived("A", 1)], **NOW).state == "sent"
    assert transfers.give_up(sent.pk, **NOW).state == "received"
    line = sent.lines.get()
    assert (line.quantity, line.received, line.lost, line.left) == (3, 1, 2, 0)
    assert lying("transit") == {}
    assert StockMove.objects.get(reason="lost").quantity == 2
    with pytest.raises(transfers.AlreadyArrived):
        transfers.receive(sent.pk, [Arrived("A", 1)], **NOW)
    promises_hold()


def test_more_than_was_sent_does_not_arrive(south: Location) -> None:
    make.product("A", on_hand=5)
    make.product("B", on_hand=5)
    sent = transfers.send([Sent("A", 2)], source="", target="SOUTH", **NOW)
    for arrived in (Arrived("A", 3), Arrived("B", 1)):
        with pytest.raises(transfers.NotOnTheWay):
            transfers.receive(sent.pk, [arrived], **NOW)
    assert lying("transit") == {"SOUTH": 2}


@pytest.mark.parametrize(
    ("pieces", "target", "refusal"),
    [
        ([Sent("A", 1)], "MAIN", transfers.GoesNowhere),
        ([], "SOUTH", transfers.NothingSent),
        ([Sent("X", 1)], "SOUTH", transfers.NotTransferable),
        ([Sent("A", 9)], "SOUTH", stock.NotEnough),
        ([Sent("A", 1, "B-9")], "SOUTH", stock.UnknownBin),
        ([Sent("A", 1)], "NORTH", stock.UnknownLocation),
    ],
)
def test_what_cannot_be_sent_is_refused_and_stays(south, pieces, target, refusal) -> None:
    make.product("A", on_hand=5)
    with pytest.raises(refusal):
        transfers.send(pieces, source="", target=target, **NOW)
    assert lying("bin") == {"MAIN": 5}


def test_promised_goods_are_not_sent_away(south: Location) -> None:
    make.product("A", on_hand=5)
    make.order([("A", 4, "10.00")])
    with pytest.raises(stock.NotEnough):
        transfers.send([Sent("A", 2)], source="", target="SOUTH", **NOW)


def fill_south(sku: str, pieces: int) -> None:
    sent = transfers.send([Sent(sku, pieces)], source="MAIN", target="SOUTH", **NOW)
    transfers.receive(sent.pk, [Arrived(sku, pieces)], **NOW)


def served_from(city: str, *items: make.Item) -> str:
    new = make.new_order(items, address=intake.Address(text=city, city=city), phone="")
    return intake.take_in(new, **NOW).order.location_id


def test_order_is_served_by_the_nearest_that_has_everything(south: Location) -> None:
    make.product("A", on_hand=9)
    make.product("B", on_hand=9)
    fill_south("A", 4)
    assert served_from("Сочи", ("A", 1, "10.00")) == "SOUTH"
    assert served_from("Тверь", ("A", 1, "10.00")) == "MAIN"
    # South is nearer, but lacks B: everything comes from the main one.
    assert served_from("Сочи", ("A", 1, "10.00"), ("B", 1, "10.00")) == "MAIN"
    # Nobody has it: the nearest that has anything of it.
    assert served_from("Сочи", ("A", 99, "10.00")) == "SOUTH"
    promises_hold()


def test_batch_does_not_promise_a_location_twice(south: Location) -> None:
    make.product("A", on_hand=4)
    fill_south("A", 1)
    new = [
        make.new_order([("A", 1, "10.00")], address=intake.Address(city="Сочи", text="Сочи"), phone="")
        for _ in range(3)
    ]
    taken = intake.take_in_many(new, **NOW)
    assert [one.order.location_id for one in taken] == ["SOUTH", "MAIN", "MAIN"]
    assert set(OrderLine.objects.values_list("reserved", flat=True)) == {1}


def test_location_that_serves_nobody_gets_no_order(south: Location) -> None:
    make.product("A", on_hand=5)
    fill_south("A", 5)
    Location.objects.filter(pk="SOUTH").update(serves=False)
    order = make.order([("A", 1, "10.00")])
    assert order.location_id == "MAIN"
    with pytest.raises(rerouting.NotServing):
        rerouting.serve_from(order.pk, "SOUTH", **NOW)


def test_promises_move_with_the_order(south: Location) -> None:
    make.product("A", on_hand=6)
    fill_south("A", 3)
    order = make.order([("A", 2, "10.00")])
    rerouting.serve_from(order.pk, "SOUTH", **NOW)
    levels = dict(StockLevel.objects.values_list("location", "reserved"))
    assert levels == {"MAIN": 0, "SOUTH": 2}
    order.refresh_from_db()
    assert (order.location_id, order.version) == ("SOUTH", 2)
    rerouting.serve_from(order.pk, "SOUTH", **NOW)
    order.refresh_from_db()
    assert order.version == 2  # from where it is already: nothing happened
    promises_hold()


def test_order_that_no_location_has_whole_is_divided_between_them(south: Location) -> None:
    make.product("A", on_hand=5)
    make.product("B", on_hand=1)
    make.product("C")
    fill_south("A", 2)
    fill_south("B", 1)
    order = make.order([("A", 5, "10.00"), ("B", 1, "7.00"), ("C", 1, "5.00")])
    total = order.total_minor

    (cut,) = merging.split_between(order.pk, **NOW)

    order.refresh_from_db()
    assert (order.location_id, cut.location_id) == ("MAIN", "SOUTH")
    held = {one.pk: list(one.lines.values_list("sku", "quantity", "cancelled", "reserved")) for one in (order, cut)}
    assert held[order.pk] == [("A", 3, 0, 3), ("B", 1, 1, 0), ("C", 1, 0, 0)]
    assert held[cut.pk] == [("A", 2, 0, 2), ("B", 1, 0, 1)]
    assert order.total_minor + cut.total_minor == total
    assert Hold.objects.filter(order=order, closed_at=None).exists()  # C is nowhere, and waits
    assert not Hold.objects.filter(order=cut, closed_at=None).exists()
    promises_hold()


def test_order_moves_before_it_is_divided_where_its_own_location_has_nothing(south: Location) -> None:
    make.product("A", on_hand=1)
    make.product("B", on_hand=1)
    fill_south("B", 1)
    order = make.order([("A", 1, "10.00"), ("B", 1, "7.00")])
    east = Location.objects.create(code="EAST", name="East", position=2)
    Order.objects.filter(pk=order.pk).update(location=east)
    StockLevel.objects.filter(location="MAIN").update(reserved=0)
    order.lines.update(reserved=0)

    (cut,) = merging.split_between(order.pk, **NOW)

    order.refresh_from_db()
    assert {order.location_id, cut.location_id} == {"MAIN", "SOUTH"}
    promises_hold()


def test_order_that_one_location_has_is_not_divided(south: Location) -> None:
    make.product("A", on_hand=6)
    fill_south("A", 5)
    order = make.order([("A", 3, "10.00")])
    with pytest.raises(merging.OnePlaceHasIt):
        merging.split_between(order.pk, **NOW)


def test_order_on_the_table_stays_where_it_is(south: Location) -> None:
    make.product("A", on_hand=6)
    order = make.picked([("A", 2, "10.00")])
    with pytest.raises(rerouting.OnTheTable):
        rerouting.serve_from(order.pk, "SOUTH", **NOW)


def test_short_order_goes_where_everything_is_by_the_sweep(south: Location) -> None:
    make.product("A", on_hand=3)
    fill_south("A", 3)
    make.order([("A", 2, "10.00")], address=intake.Address(city="Сочи", text="Сочи"))
    late = make.order([("A", 3, "10.00")])  # one is left in the south, none in the main location
    assert late.location_id == "SOUTH"
    assert Hold.objects.filter(order=late, closed_at=None).exists()
    make.fill(make.Product.objects.get(sku="A"), 5)
    assert late.pk in sourcing.short_elsewhere(10)
    allocate()
    late.refresh_from_db()
    assert (late.location_id, late.lines.get().reserved) == ("MAIN", 3)
    assert not Hold.objects.filter(order=late, closed_at=None).exists()
    promises_hold()


def test_goods_elsewhere_do_not_make_an_order_look_served(south: Location) -> None:
    """An order whose goods lie only elsewhere does not keep the sweep from those behind it."""
    make.product("A", on_hand=2)
    make.product("B")
    fill_south("A", 1)
    order = make.order([("A", 3, "10.00"), ("B", 1, "10.00")])
    assert queues.short(10) == []
    assert rerouting.reroute_short(10, at=make.AT) == 0
    plan = sourcing.plan(order)
    split = {part.location.code: sum(part.pieces.values()) for part in plan.parts}
    assert (plan.whole, split, sum(plan.missing.values())) == (None, {"MAIN": 1, "SOUTH": 1}, 2)


def test_cancelled_order_frees_its_goods_where_it_was_served(south: Location) -> None:
    make.product("A", on_hand=5)
    fill_south("A", 5)
    order = make.order([("A", 2, "10.00")])
    assert order.location_id == "SOUTH"
    changes.cancel(order.pk, "other", **NOW)
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}
    order.refresh_from_db()
    assert order.status == Status.CANCELLED


def test_one_location_costs_intake_no_further_statement(django_assert_max_num_queries) -> None:
    make.product("A", on_hand=5)
    with django_assert_max_num_queries(1):
        assert sourcing.assign([(sourcing.Where(), {1: 1})]) == ["MAIN"]


def test_bin_of_another_location_is_not_carried_to(south: Location) -> None:
    make.product("A", on_hand=5)
    shelf.make_bin("SOUTH", "S-1", **NOW)
    with pytest.raises(stock.UnknownBin):
        shelf.carry(shelf.Pieces("A", 1), location="MAIN", to_bin="S-1", **NOW)
